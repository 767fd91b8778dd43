"""Un producteur déplace un fichier : la nouvelle adresse s’écrit dans le dossier des données."""

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurCatalogue


def ecrire(dossier, texte):
    (dossier / "adresses.toml").write_text(texte, encoding="utf-8")
    return charger_catalogue(dossier)


def adresse(catalogue, source, annee):
    (trouvee,) = [
        t
        for t in catalogue.sources[source].telechargements
        if t.millesime == annee and not t.par_commune
    ]
    return trouvee


def test_une_adresse_deplacee_ne_change_que_son_annee(tmp_path):
    neuf = ecrire(tmp_path, '[rp_logement]\n2022 = "https://exemple.fr/nouveau.zip"\n')
    avant = charger_catalogue()
    ancienne, deplacee = adresse(avant, "rp_logement", 2022), adresse(neuf, "rp_logement", 2022)
    assert deplacee.adresse == "https://exemple.fr/nouveau.zip"
    assert deplacee.nom_fichier() == ancienne.nom_fichier(), "même place dans le cache"
    assert deplacee.membre == ancienne.membre
    assert adresse(neuf, "rp_logement", 2021) == adresse(avant, "rp_logement", 2021)
    assert neuf.empreinte != avant.empreinte


@pytest.mark.parametrize(
    ("texte", "mot"),
    [
        ('[rp_lojement]\n2022 = "https://exemple.fr/a.zip"\n', "source inconnue"),
        ('[rp_logement]\n1999 = "https://exemple.fr/a.zip"\n', "année sans téléchargement"),
        ('[rp_logement]\n2022 = "http://exemple.fr/a.zip"\n', "https://"),
        ("[rp_logement]\n2022 = 3\n", "2022"),
        ("2022 =\n", "TOML illisible"),
    ],
)
def test_une_faute_dans_les_adresses_se_dit(tmp_path, texte, mot):
    with pytest.raises(ErreurCatalogue, match=mot) as faute:
        ecrire(tmp_path, texte)
    assert "adresses.toml" in str(faute.value)
