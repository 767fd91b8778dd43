"""Programme par quartier et rapport annuel en PDF : structure, montants du suivi, paroles, registre."""

import io
import itertools
import re
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from test_note import elements, resoudre
from typer.testing import CliRunner

from observatoire.cartes.francais import typographier
from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.cli import application
from observatoire.exports.demande import Contexte
from observatoire.exports.modele import Modele
from observatoire.exports.programme import composer_programme, composer_programme_pdf
from observatoire.exports.protection import proteger
from observatoire.exports.rapport_annuel import composer_rapport, composer_rapport_pdf
from observatoire.exports.rapport_word import composer_rapport_docx
from observatoire.exports.registre import lire_registre, lire_valeurs
from observatoire.redaction import ecrire_nom
from observatoire.suivi import VILLE_ENTIERE, etablir_bilan, partager, programme_de
from observatoire.suivi.phrases import ecrire_euros, euros_courts
from observatoire.suivi.situation import constater
from observatoire.suivi.trame import Texte, composer_trame


@pytest.fixture(scope="module")
def contexte(racine_fictive, edition_fictive):
    catalogue = charger_catalogue()
    return Contexte(proteger(edition_fictive, catalogue), catalogue, Chemins(racine_fictive))


@pytest.fixture(scope="module")
def bilan(contexte):
    programme = programme_de(contexte.chemins, "00001")
    return etablir_bilan(programme, contexte.edition, contexte.catalogue)


@pytest.fixture(scope="module")
def ecrit(bilan, contexte):
    return composer_programme(bilan, contexte, identifiant="ABCD-2345")


@pytest.fixture(scope="module")
def lu(ecrit):
    return PdfReader(io.BytesIO(composer_programme_pdf(ecrit, Modele())))


def textes(pdf):
    return " ".join(" ".join(p.extract_text() for p in pdf.pages).split())


def controler_structure(pdf):
    """PDF/UA-1 : langue, titre, arbre balisé, niveaux de titre sans saut, figures décrites."""
    racine = resoudre(pdf.trailer["/Root"])
    assert str(racine["/Lang"]).startswith("fr")
    assert bool(resoudre(racine["/MarkInfo"])["/Marked"])
    assert bool(resoudre(racine["/ViewerPreferences"])["/DisplayDocTitle"])
    xmp = resoudre(racine["/Metadata"]).get_data().decode("utf-8")
    assert re.search(r"pdfuaid:part(=\"|>)1", xmp)
    tous = list(elements(resoudre(racine)["/StructTreeRoot"]))
    genres = [str(e["/S"]) for e in tous]
    assert genres.count("/H1") == 1
    niveaux = [int(g[2]) for g in genres if re.fullmatch(r"/H\d", g)]
    assert all(b <= a + 1 for a, b in itertools.pairwise(niveaux))
    assert {"/Table", "/TH", "/TD", "/L", "/LI"} <= set(genres)
    assert all(str(e.get("/Alt", "")).strip() for e in tous if str(e["/S"]) == "/Figure")


def signets(plan):
    """Titres des signets, à plat."""
    for element in plan:
        if isinstance(element, list):
            yield from signets(element)
        else:
            yield element.title


def test_programme_balise_et_titre(lu, ecrit, bilan):
    controler_structure(lu)
    assert lu.metadata.title == ecrit.donnees["nom_document"]
    titres = list(signets(lu.outline))
    quartiers = {ecrire_nom(n) for c, n in bilan.noms.items() if c != VILLE_ENTIERE}
    assert quartiers <= set(titres)
    for attendu in ("Le besoin", "Les actions", "Ce que le programme couvre"):
        assert titres.count(attendu) >= len(quartiers)


def test_montants_du_suivi(ecrit, bilan):
    """Chaque montant est celui du suivi : recalculé ici action par action, sans passer par le bilan."""
    rang = {"demande": 0, "accorde": 1, "verse": 2}
    pages = {q["code"]: q for q in ecrit.donnees["quartiers"]}
    assert set(pages) == {c for c in bilan.noms if c != VILLE_ENTIERE}
    for code, page in pages.items():
        sommes, inconnus = {}, {}
        for action in bilan.programme.actions:
            if code not in action.parts:
                continue
            for f in action.financements:
                for champ, montant in zip(rang, (f.demande_c, f.accorde_c, f.verse_c), strict=True):
                    for cle in ((str(f.annee), f.financeur, champ), ("Total", "", champ)):
                        inconnus[cle] = inconnus.get(cle, 0) + (montant is None)
                        sommes.setdefault(cle, None)
                        if montant is not None:
                            sommes[cle] = (sommes[cle] or 0) + partager(montant, action.parts)[code]
        lues = {
            (m["annee"], m["financeur"], champ): m["montants"][k]
            for m in page["moyens"]
            for champ, k in rang.items()
        }
        assert lues == {c: ecrire_euros(v, inconnus=inconnus[c]) for c, v in sommes.items()}


def test_le_pdf_dit_ce_que_le_contenu_dit(lu, ecrit, bilan):
    texte = textes(lu)
    for page in ecrit.donnees["quartiers"]:
        for ligne in page["moyens"]:
            assert all(" ".join(m.split()) in texte for m in ligne["montants"])
        for action in page["actions"]:
            assert action["porteur"] in texte
    assert "en retard" in texte
    assert "ne disent pas qu’une action a causé un changement" in texte
    publiables = [n for n in bilan.programme.notes if n.publiable]
    tues = [n for n in bilan.programme.notes if not n.publiable]
    assert publiables
    assert tues
    assert all(n.texte[:25] in texte for n in publiables)
    assert not any(n.texte[:25] in texte for n in tues)


def test_besoin_dit_les_ecarts_nets_et_rien_d_autre(ecrit, bilan, contexte):
    """Un constat cite une valeur nette de l’édition, une par thème ; les phares d’abord."""
    for page in ecrit.donnees["quartiers"]:
        constats = constater(bilan, page["code"])
        themes = [bilan.indicateurs[c.indicateur].theme for c in constats]
        assert len(themes) == len(set(themes))
        assert all(c.verdict == "ecart_net" for c in constats)
    # La pauvreté du plus grand écart est dite, même si un autre revenu s’écarte plus encore.
    assert any(
        "seuil de pauvreté" in b["texte"] for q in ecrit.donnees["quartiers"] for b in q["besoins"]
    )
    cles = set(
        contexte.edition.resultats[["code_territoire", "indicateur", "millesime"]].itertuples(
            index=False, name=None
        )
    )
    assert ecrit.cites <= cles


def test_un_quartier_seul_et_une_annee(bilan, contexte):
    code = next(c for c in bilan.noms if c != VILLE_ENTIERE)
    annee = bilan.annees[0]
    seul = composer_programme(bilan, contexte, quartiers=[code], annee=annee)
    pdf = PdfReader(io.BytesIO(composer_programme_pdf(seul, Modele())))
    controler_structure(pdf)
    assert [q["code"] for q in seul.donnees["quartiers"]] == [code]
    assert {m["annee"] for m in seul.donnees["quartiers"][0]["moyens"]} == {str(annee), "Total"}
    assert seul.donnees["titre"].startswith(ecrire_nom(bilan.noms[code]))


def test_une_valeur_sous_secret_ne_s_ecrit_pas(bilan, contexte, edition_fictive):
    """Masquer un chiffre dans l’édition le fait disparaître du besoin et de l’écart visé."""
    code = next(c for c in bilan.noms if c != VILLE_ENTIERE)
    dits = [c.indicateur for c in constater(bilan, code)]
    lignes = bilan.lignes.copy()
    choisie = (lignes["code_territoire"] == code) & (lignes["indicateur"] == dits[0])
    lignes.loc[choisie, ["valeur", "ecart"]] = float("nan")
    lignes.loc[choisie, ["statut", "verdict"]] = ["secret", "non_interpretable"]
    assert dits[0] not in [c.indicateur for c in constater(replace(bilan, lignes=lignes), code)]


def _jeux(contexte, indicateur, annee):
    lignes = contexte.edition.resultats
    retenues = (lignes["indicateur"] == indicateur) & (lignes["millesime"] == annee)
    sources = lignes.loc[retenues & (lignes["type_territoire"] == "qpv"), "source"]
    return {jeu for s in sources if s for jeu in s.split(" ; ")}


def test_rapport_annuel_pdf_et_docx(bilan, contexte):
    """Les deux fichiers ont les mêmes titres, les mêmes phrases et les mêmes sources."""
    rapport = composer_rapport(bilan, contexte, annee=2025, identifiant="ABCD-2345")
    pdf = PdfReader(io.BytesIO(composer_rapport_pdf(rapport, Modele())))
    octets = composer_rapport_docx(rapport, Modele())
    controler_structure(pdf)
    word = docx.Document(io.BytesIO(octets))
    paragraphes = word.paragraphs
    titres = [typographier(p.text) for p in paragraphes if p.style.name == "Heading 1"]
    assert len(titres) == 9
    assert [s for s in signets(pdf.outline) if s in titres] == titres
    texte = textes(pdf)
    assert "décret n° 2015-1118 du 3 septembre 2015" in texte
    assert "À écrire" in texte
    # Une statistique vient de l’édition, un montant du suivi : le document ne les confond pas.
    dit = " ".join(texte.split())
    assert "viennent du suivi du contrat de ville" in dit
    assert "Chaque chiffre de ce document est une valeur" not in dit
    assert {"Ville de Brumeval", *(s.citation for s in rapport.sources)} <= {
        ligne.cells[0].text for ligne in word.tables[-1].rows
    }
    jeux = {typographier(s) for _, i, a in rapport.cites for s in _jeux(contexte, i, a)}
    assert jeux <= {s.citation for s in rapport.sources}
    # Le document Word a la même tête et le même pied que les autres, et dit la ville inventée.
    pied = word.sections[0].footer.paragraphs[0].text
    assert "ABCD-2345" in pied
    assert "Ville fictive" in " ".join(p.text for p in word.sections[0].header.paragraphs)
    assert all(t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for t in word.tables)
    assert sum("[À écrire" in p.text for p in paragraphes) == sum(
        isinstance(b, Texte) and b.genre == "a_ecrire" for b in composer_trame(bilan, annee=2025)
    )


def test_commande_et_registre(racine_fictive, tmp_path, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    lancer = CliRunner().invoke
    sortie = tmp_path / "programme.pdf"
    fait = lancer(application, ["suivi", "exporter", "--format", "pdf", "--sortie", str(sortie)])
    assert fait.exit_code == 0, fait.output
    identifiant = re.search(r"document ([\w-]+)\)", fait.output).group(1)
    assert identifiant in textes(PdfReader(sortie))
    chemins = Chemins(racine_fictive)
    inscrit = next(i for i in lire_registre(chemins).inscriptions if i.identifiant == identifiant)
    assert inscrit.format == "programme"
    valeurs = lire_valeurs(chemins, inscrit)
    assert inscrit.valeurs == len(valeurs) > 0
    ensemble = ["suivi", "exporter", "--sortie", str(sortie)]
    contredit = lancer(application, [*ensemble, "--format", "xlsx"])
    assert contredit.exit_code != 0
    inconnus = lancer(application, [*ensemble, "--qpv", "QN9", "--annee", "1999"])
    assert "QN9" in str(inconnus.exception)
    assert "1999" in str(inconnus.exception)


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=3))
def test_au_moins_ne_depasse_jamais_la_somme(centimes, inconnus):
    texte = euros_courts(centimes, inconnus=inconnus)
    assert texte.startswith("au moins ") == (inconnus > 0)
    nombre = float(re.sub(r"[^\d,]", "", texte.split("million")[0]).replace(",", "."))
    euros = nombre * 1e6 if "million" in texte else nombre
    if inconnus:
        assert euros <= centimes / 100 + 1e-6
    assert euros == pytest.approx(centimes / 100, rel=0.11, abs=1)


def test_montants_ecrits():
    assert euros_courts(None) == "montant non connu"
    assert euros_courts(4_849_900) == "48\u202f000\u00a0€"
    assert euros_courts(4_899_900, inconnus=1) == "au moins 48\u202f000\u00a0€"
    assert euros_courts(123_456_700) == "1,2\u00a0million d’euros"
    assert ecrire_euros(None, inconnus=2) == "non connu"
    assert ecrire_euros(12_345, inconnus=1) == "au moins 123\u00a0€"
