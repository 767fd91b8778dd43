"""Contenu d’une note : chaque chiffre est celui de l’édition, chaque phrase suit son verdict."""

import io
import re
from dataclasses import replace

import pandas as pd
import pypdf
import pytest
from chiffres_permis import chiffres_permis, nombres, textes_fixes

from observatoire.cartes.quartier import phrase_quartier, valeur_courte
from observatoire.catalogue import charger_catalogue
from observatoire.editions import Edition, extraire_ville
from observatoire.erreurs import ErreurDemande
from observatoire.exports.choix import Choix
from observatoire.exports.contenu import _profils_retenus as profils_retenus
from observatoire.exports.contenu import composer_contenu, valeurs_citees
from observatoire.exports.modele import Modele
from observatoire.exports.note import composer_note
from observatoire.exports.points import dessiner_svg
from observatoire.exports.reperes import cle_des_points
from observatoire.exports.texte import nettoyer
from observatoire.indicateurs import joindre_ecarts

CATALOGUE = charger_catalogue()
CHIFFRE = re.compile(r"\d")


def phrases(contenu):
    return [
        contenu.titre,
        *contenu.synthese,
        *contenu.lecture,
        *(s.message for s in contenu.series),
        *(p.texte for profil in contenu.profils for p in profil.phrases),
        *contenu.precautions,
        *(d.sens for d in (*contenu.methode, *contenu.glossaire, *contenu.definitions)),
    ]


def test_cinq_phrases(contenu_fictif):
    assert len(contenu_fictif.synthese) == 5
    assert len(set(contenu_fictif.synthese)) == 5
    assert contenu_fictif.synthese[0].startswith("Brumeval (ville fictive) compte cinq quartiers")


def test_le_francais_est_propre(contenu_fictif, edition_fictive):
    for reference in ("ville", "ville_hors_qpv"):
        contenu = composer_contenu(edition_fictive, CATALOGUE, Choix(reference=reference))
        for texte in phrases(contenu):
            assert not re.search(r"\bnan\b|\bNone\b|\bTrue\b|inf\b", texte), texte
            assert not re.search(r"[ \u00a0][;:!?%»]|« | »|'|\.\.|  ", texte), texte
            assert not re.search(r"\b[àd]e? (le|les) (?=[a-zà])|\bde (Le|Les) ", texte), texte
            assert not re.search(r"(?<!\d)-\d", texte), f"le signe moins est U+2212 : {texte}"
            assert not re.search(
                r"(plus|moins|inférieure?|supérieure?) de [\d,]+[\s\u202f]%", texte
            ), texte
            assert texte == texte.strip()
    assert contenu_fictif.avis_fictif


def test_chaque_nombre_des_phrases_est_dans_l_edition(contenu_fictif, edition_fictive):
    fixes = textes_fixes(contenu_fictif)
    permis = chiffres_permis(edition_fictive)
    for texte in [*contenu_fictif.synthese, *contenu_fictif.lecture]:
        assert nombres(texte) <= permis | fixes, texte
    for profil in contenu_fictif.profils:
        siens = chiffres_permis(edition_fictive, [profil.code])
        for phrase in profil.phrases:
            libelles = nombres(" ".join(i.libelle for i in CATALOGUE.indicateurs.values()))
            assert nombres(phrase.texte) <= siens | libelles, phrase.texte


def test_une_case_masquee_ne_devient_jamais_un_nombre(contenu_fictif, edition_fictive):
    contenu = composer_contenu(
        edition_fictive,
        CATALOGUE,
        Choix(indicateurs=("indice_gini", "part_prestations_sociales", "taux_pauvrete")),
    )
    table = edition_fictive.resultats.set_index(["code_territoire", "indicateur", "millesime"])
    masquees = 0
    for un in (contenu, contenu_fictif):
        for ligne in un.tableau.lignes:
            for chiffre in ligne.chiffres:
                brut = table.loc[
                    [(chiffre.code_territoire, chiffre.indicateur, chiffre.millesime)]
                ].iloc[0]
                if brut["statut"] in {"secret", "absent"}:
                    masquees += 1
                    assert not CHIFFRE.search(chiffre.texte + chiffre.intervalle + chiffre.ecart)
                    assert chiffre.valeur is None
                    assert not chiffre.compare
                elif brut["bornes_seules"]:
                    assert chiffre.valeur is None
                else:
                    assert chiffre.valeur == brut["valeur"]
    assert masquees >= 2
    secrets = [p.texte for profil in contenu.profils for p in profil.phrases if "secret" in p.texte]
    assert secrets
    assert not any(CHIFFRE.search(t) for t in secrets)


def test_toutes_les_phrases_de_la_ville_fictive(edition_fictive):
    """Chaque quartier, indicateur, millésime et référence : l’assurance est celle du verdict."""
    vues = 0
    for reference in ("ville", "ville_hors_qpv"):
        table = joindre_ecarts(
            edition_fictive.resultats, edition_fictive.ecarts, reference=reference
        )
        for ligne in table[table["type_territoire"] == "qpv"].to_dict("records"):
            indicateur = CATALOGUE.indicateurs[ligne["indicateur"]]
            texte = phrase_quartier(
                str(ligne["nom"]), indicateur, valeur=ligne["valeur"], ecart=ligne["ecart"],
                verdict=str(ligne["verdict"]), statut=ligne["statut"], reference=reference,
                borne_basse=ligne["borne_basse"], borne_haute=ligne["borne_haute"],
                methode=ligne["methode"], bornes_seules=bool(ligne["bornes_seules"]),
                ecart_bornes=(ligne["ecart_borne_basse"], ligne["ecart_borne_haute"]),
            )  # fmt: skip
            vues += 1
            assert "nan" not in texte
            compare = re.search(r"de (plus|moins) que dans|, comme dans", texte)
            if ligne["statut"] in {"secret", "absent"}:
                assert not compare
                # « pour 100 habitants » est dans le nom de l’indicateur : ce n’est pas une valeur.
                assert not nombres(re.sub(r"pour 10*(\u202f000)?\u00a0habitants", "", texte))
            elif not indicateur.est_stock:
                # « comme dans la ville » n’affirme aucun écart.
                affirme = bool(compare) and ", comme" not in texte
                assert affirme <= (ligne["verdict"] == "ecart_net")
                assert ("semble" in texte) == (
                    ligne["verdict"] == "ecart_indicatif"
                    and not ligne["bornes_seules"]
                    and ", comme" not in texte
                )
            if ligne["bornes_seules"] and pd.notna(ligne["valeur"]):
                point = valeur_courte(ligne["valeur"], indicateur.unite)
                bornes = {
                    valeur_courte(ligne[b], indicateur.unite)
                    for b in ("borne_basse", "borne_haute")
                    if pd.notna(ligne[b])
                }
                assert point in bornes or f" {point}" not in texte
    assert vues > 500


def test_les_documents_disent_ce_qu_ils_citent(contenu_fictif, edition_fictive):
    citees = valeurs_citees(contenu_fictif)
    assert list(citees.columns) == [
        "code_territoire", "indicateur", "millesime", "valeur", "ecart", "statut", "reference",
    ]  # fmt: skip
    assert not citees.duplicated(["code_territoire", "indicateur", "millesime"]).any()
    cles = ["code_territoire", "indicateur", "millesime"]
    jointes = citees.merge(
        edition_fictive.resultats[[*cles, "valeur", "statut"]], on=cles, how="left",
        suffixes=("", "_edition"), validate="one_to_one",
    )  # fmt: skip
    connues = jointes.dropna(subset="valeur")
    assert len(connues) > 60
    assert (connues["valeur"] == connues["valeur_edition"]).all()
    assert {"00001", "QN00003M"} <= set(citees["code_territoire"])


def test_choix_de_quartiers_et_de_themes(edition_fictive):
    contenu = composer_contenu(
        edition_fictive, CATALOGUE, Choix(quartiers=("QN00004M", "QN00002M"), themes=("emploi",))
    )
    assert [p.code for p in contenu.profils] == ["QN00002M", "QN00004M"]
    assert {c.indicateur.theme for c in contenu.tableau.colonnes} == {"emploi"}
    assert "porte sur deux des cinq quartiers" in contenu.synthese[0]
    assert contenu.identifiant != composer_contenu(edition_fictive, CATALOGUE, Choix()).identifiant


def test_toutes_les_fautes_d_un_coup(edition_fictive):
    with pytest.raises(ErreurDemande) as levee:
        composer_contenu(edition_fictive, CATALOGUE, Choix(("QPX",), ("truc",), "region"))
    assert len(levee.value.anomalies) == 3
    assert "QN00001M" in str(levee.value)


def test_une_ville_lue_dans_une_edition_de_plusieurs(edition_fictive, contenu_fictif):
    extraite = extraire_ville(edition_fictive, "00001")
    contenu = composer_contenu(extraite, CATALOGUE, Choix())
    assert contenu.synthese == contenu_fictif.synthese
    assert [p.phrases for p in contenu.profils] == [p.phrases for p in contenu_fictif.profils]


def test_une_ville_sans_quartier_est_refusee(edition_fictive):
    nue = Edition(edition_fictive.dossier, edition_fictive.manifeste)
    couches = edition_fictive.couches
    nue.__dict__["couches"] = couches | {"qpv": couches["qpv"].iloc[:0]}
    with pytest.raises(ErreurDemande, match="n’a pas de quartier prioritaire"):
        composer_contenu(nue, CATALOGUE, Choix())


def test_un_quartier_au_nom_hostile(edition_fictive):
    piegee = Edition(edition_fictive.dossier, edition_fictive.manifeste)
    couches = edition_fictive.couches
    noms = ["#panic()", "<script>", "=1+1", "Les Géants", "L’Abbaye"]
    piegee.__dict__["couches"] = couches | {"qpv": couches["qpv"].assign(nom=noms)}
    contenu = composer_contenu(piegee, CATALOGUE, Choix())
    assert {p.nom for p in contenu.profils} == set(noms)
    pdf = pypdf.PdfReader(io.BytesIO(composer_note(contenu, Modele())))
    ecrit = "\n".join(p.extract_text() for p in pdf.pages)
    assert "#panic()" in ecrit
    assert "<script>" in ecrit
    assert "aux Géants" in ecrit


def test_au_dela_de_huit_quartiers_six_profils():
    quartiers = {f"QN{i:05d}M": f"Quartier {i}" for i in range(10)}
    lignes = pd.DataFrame(
        {
            "code_territoire": list(quartiers),
            "indicateur": "population",
            "valeur": [float(i) for i in range(10)],
        }
    )
    codes, avis = profils_retenus(quartiers, lignes, Choix())
    assert codes == [f"QN{i:05d}M" for i in range(4, 10)]
    assert "six" in avis or "6" in avis
    assert profils_retenus(quartiers, lignes, Choix(quartiers=tuple(quartiers)))[0] == list(
        quartiers
    )


@pytest.mark.parametrize(
    ("brut", "attendu"),
    [
        ("#panic()", "#panic()"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Alma\x00\x07 - Très\nCloîtres", "Alma   - Très Cloîtres"),
        ("E\u0301chirolles", "Échirolles"),
    ],
)
def test_nettoyer(brut, attendu):
    assert nettoyer(brut) == attendu


def test_une_autre_reference_a_son_signe_et_son_nom(contenu_fictif, edition_grenoble):
    assert contenu_fictif.autre_reference == ""
    contenu = composer_contenu(edition_grenoble, CATALOGUE, Choix(reference="qpv_france"))
    assert contenu.autre_reference == "l’ensemble des quartiers prioritaires de France"
    assert contenu.autre_reference in contenu.methode[0].sens
    assert f"carré gris\u202f: {contenu.autre_reference}" in cle_des_points(
        contenu.nom_ville, contenu.autre_reference
    )
    serie = next(s for s in contenu.series if s.colonne.indicateur.id == "taux_pauvrete")
    for chiffre in serie.chiffres:
        assert chiffre.autre_reference == serie.colonne.valeur_reference
        sans = dessiner_svg(replace(chiffre, autre_reference=None), serie.echelle)
        assert dessiner_svg(chiffre, serie.echelle).count("<rect") == sans.count("<rect") + 1
