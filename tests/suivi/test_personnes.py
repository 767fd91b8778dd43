"""Données personnelles : toutes les écritures refusées, les noms signalés, les textes ordinaires acceptés."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.suivi.personnes import donnees_interdites, noms_possibles

TELEPHONE, ELECTRONIQUE = "numéro de téléphone", "adresse électronique"


@pytest.mark.parametrize(
    "texte",
    [
        "au 0612345678 le soir", "au 04.76.00.00.00", "06-12-34-56-78", "06/12/34/56/78", "06,12,34,56,78",
        "06 12 345 678", "0612 345 678", "06 1234 5678", "06  12  34  56  78", "06–12–34–56–78", "06\u201112\u201134\u201156\u201178",
        "06_12_34_56_78", "(06) 12 34 56 78", "0 6 1 2 3 4 5 6 7 8", "06\u202f12\u00a034 56 78", "tel0612345678",
        "06 12 34 56 78/07 11 22 33 44", "O6 12 34 56 78", "au +33 6 12 34 56 78", "+33(0)6 12 34 56 78", "+33-6-12-34-56-78",
        "+33 (0)6.12.34.56.78", "0033612345678", "33 6 12 34 56 78", "+262 692 12 34 56", "+590 690 12 34 56", "0692 12 34 56",
        "０６１２３４５６７８", "06\u200b12345678", "le 3 au 06 12 34 56 78",
    ],
)  # fmt: skip
def test_telephones_refuses(texte: str) -> None:
    assert TELEPHONE in donnees_interdites(texte)


@given(
    chiffres=st.text("0123456789", min_size=8, max_size=8),
    tete=st.sampled_from(["01", "06", "07", "09", "+336", "0033 7", "+33 (0)4"]),
    separateurs=st.lists(
        st.sampled_from(["", " ", ".", "_", "\u00a0", " – "]), min_size=8, max_size=8
    ),
)
def test_un_numero_est_reconnu_comment_qu_on_le_coupe(
    chiffres: str, tete: str, separateurs: list[str]
) -> None:
    numero = tete + "".join(s + c for s, c in zip(separateurs, chiffres, strict=True))
    assert TELEPHONE in donnees_interdites(f"Appelez {numero}, le soir.")


@pytest.mark.parametrize(
    "texte",
    [
        "écrivez à jean.dupont@exemple.fr", "jean (at) exemple.fr", "jean @ exemple.fr", "jean[at]exemple.fr", "jean [@] exemple.fr",
        "jean (arobase) exemple.fr", "jean arobase exemple point net", "jean(at)exemple(point)net", "jean＠exemple.net",
        "jean@exemple . net", "jean@exemple", "j.d\u200b@x.fr", "JEAN@EXEMPLE.FR",
    ],
)  # fmt: skip
def test_adresses_electroniques_refusees(texte: str) -> None:
    assert ELECTRONIQUE in donnees_interdites(texte)


@pytest.mark.parametrize(
    ("texte", "nature"),
    [
        ("n° 2 85 05 78 006 084 91", "numéro de sécurité sociale"),
        ("2.85.05.78.006.084.91", "numéro de sécurité sociale"),
        ("1-85-05-2A-006-084", "numéro de sécurité sociale"),
        ("elle habite au 12 rue des Lilas", "adresse d’un domicile"),
        ("elle vit 12 bis, rue des Lilas", "adresse d’un domicile"),
        ("mon adresse est 3 place Saint-Bruno", "adresse d’un domicile"),
        ("chez moi, au 12 avenue Foch", "adresse d’un domicile"),
        ("domicile : 12 rue des Lilas", "adresse d’un domicile"),
    ],
)
def test_autres_donnees_refusees(texte: str, nature: str) -> None:
    assert nature in donnees_interdites(texte)


@pytest.mark.parametrize(
    "texte",
    [
        "Mme Durand attend", "mme Durand", "madame Durand", "M Durand", "Mr. Durand", "monsieur DURAND", "Mme. Durand",
        "Mme d’Alembert", "Mme de La Tour", "Mme É. Durand", "le docteur Petit", "DURAND Marie", "Marie DURAND",
        "Jean-Pierre Martin dit que", "je m’appelle Marie", "selon Fatima Benali", "la voisine, Fatima Benali, dit que",
    ],
)  # fmt: skip
def test_noms_signales(texte: str) -> None:
    assert noms_possibles(texte)
    assert donnees_interdites(texte) == []


@pytest.mark.parametrize(
    "texte",
    [
        "La ligne C passe toutes les 20 minutes en 2025.", "1 250 000 € en 2024", "Le 10 rue piétonne est fermé", "QN03806M",
        "Le 01/02/2025, 10 personnes", "le 01.02.2025 12 34", "réunion 05-06-2024 14 30 00", "de 2024 à 2025", "n° 0123",
        "numéro vert 0 800 12 34 56", "les bus 12 et 06 20 30 40", "1 250 000 000 €", "Siret 123 456 789 01234",
        "le Maire de Grenoble", "Madame la Maire", "Monsieur le Préfet", "place Victor HUGO", "École Jules FERRY",
        "Le QPV Mistral", "Grenoble ALPES Métropole", "Mission Locale", "La Villeneuve dit non", "selon la CAF de l’Isère",
        "Madame, Monsieur, bonjour", "Maison des Habitants Chorier-Berriat",
    ],
)  # fmt: skip
def test_textes_ordinaires_acceptes(texte: str) -> None:
    assert donnees_interdites(texte) == []
    assert noms_possibles(texte) == []
