"""Note PDF : structure PDF/UA-1, polices, nombres, textes hostiles."""

import io
import itertools
import re
from dataclasses import replace

import pytest
from chiffres_permis import chiffres_permis, nombres, textes_fixes
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurDemande
from observatoire.exports.choix import Choix
from observatoire.exports.contenu import composer_contenu
from observatoire.exports.modele import Modele
from observatoire.exports.note import composer_note
from observatoire.exports.production import verifier_destination


def resoudre(objet):
    return objet.get_object() if isinstance(objet, IndirectObject) else objet


def elements(racine, vus=None):
    """Éléments de structure, dans l’ordre de lecture."""
    objet = resoudre(racine)
    if isinstance(objet, list):
        for enfant in objet:
            yield from elements(enfant)
        return
    if not hasattr(objet, "get"):
        return
    if "/S" in objet:
        yield objet
    if "/K" in objet:
        yield from elements(objet["/K"])


@pytest.fixture(scope="module")
def lue(note_fictive):
    return PdfReader(io.BytesIO(note_fictive))


@pytest.fixture(scope="module")
def texte(lue):
    return "\n".join(p.extract_text() for p in lue.pages)


def test_pdf_ua(lue, contenu_fictif):
    racine = resoudre(lue.trailer["/Root"])
    assert racine["/Lang"] == "fr-FR" or str(racine["/Lang"]).startswith("fr")
    assert resoudre(racine["/MarkInfo"])["/Marked"] is True or bool(
        resoudre(racine["/MarkInfo"])["/Marked"]
    )
    assert bool(resoudre(racine["/ViewerPreferences"])["/DisplayDocTitle"])
    xmp = resoudre(racine["/Metadata"]).get_data().decode("utf-8")
    assert re.search(r"pdfuaid:part(=\"|>)1", xmp)
    assert contenu_fictif.nom_document in xmp
    assert lue.metadata.title == contenu_fictif.nom_document


def test_structure_balisee(lue, contenu_fictif):
    tous = list(elements(resoudre(lue.trailer["/Root"])["/StructTreeRoot"]))
    genres = [str(e["/S"]) for e in tous]
    assert genres.count("/H1") == 1
    assert genres.count("/H2") >= 5
    assert {"/Table", "/TH", "/TD", "/L", "/LI", "/Figure"} <= set(genres)
    # Pas de niveau de titre sauté.
    niveaux = [int(g[2]) for g in genres if re.fullmatch(r"/H\d", g)]
    assert all(b <= a + 1 for a, b in itertools.pairwise(niveaux))
    figures = [e for e in tous if str(e["/S"]) == "/Figure"]
    reperes = sum(len(p.reperes) for p in contenu_fictif.profils)
    assert len(figures) >= 1 + reperes
    assert all(str(f.get("/Alt", "")).strip() for f in figures)
    assert any("Carte par IRIS" in str(f["/Alt"]) for f in figures)


def test_signets_et_pages(lue, contenu_fictif):
    def titres(plan):
        for entree in plan:
            if isinstance(entree, list):
                yield from titres(entree)
            else:
                yield str(entree.title)

    plan = list(titres(lue.outline))
    assert contenu_fictif.profils[0].nom in plan
    assert "Sources" in plan
    assert 4 <= len(lue.pages) <= 8
    for page in lue.pages:
        assert [float(c) for c in page.mediabox[2:]] == pytest.approx([595.3, 841.9], abs=0.1)


def test_polices_embarquees(lue):
    noms = set()
    for page in lue.pages:
        polices = resoudre(resoudre(page["/Resources"]).get("/Font", {}))
        for police in map(resoudre, polices.values()):
            for descendante in police.get("/DescendantFonts", [police]):
                descripteur = resoudre(resoudre(descendante)["/FontDescriptor"])
                noms.add(str(descripteur["/FontName"]))
                assert {"/FontFile2", "/FontFile3"} & set(descripteur), descripteur["/FontName"]
    assert all("Observatoire" in n for n in noms), noms


def test_chaque_page_dit_la_ville_fictive_l_edition_et_le_document(lue, contenu_fictif):
    for page in lue.pages:
        ecrit = page.extract_text()
        assert "Ville fictive" in ecrit
        assert contenu_fictif.edition in ecrit
        assert contenu_fictif.identifiant in ecrit


def test_tous_les_nombres_sont_ceux_de_l_edition(texte, contenu_fictif, edition_fictive):
    trouves = nombres(texte)
    assert len(trouves) > 80
    permis = chiffres_permis(edition_fictive) | textes_fixes(contenu_fictif)
    echelles = {("0", "%"), ("100", "%")} | nombres(" ".join(_echelles(texte)))
    assert trouves - permis - echelles == set()


def _echelles(texte):
    return re.findall(r"de [\d\u202f]+ à [\d\u202f]+[ \u202f\u00a0][€%]", texte)


def test_espaces_de_la_charte(texte):
    fautes = re.findall(r".{0,20}[ \u00a0][;:!?%»].{0,5}|« .{0,5}", texte)
    assert fautes == []


def test_les_cases_du_tableau_y_sont(texte, contenu_fictif):
    nu = re.sub(r"\s", "", texte)
    for ligne in contenu_fictif.tableau.lignes:
        assert re.sub(r"\s", "", ligne.nom) in nu
        for chiffre in ligne.chiffres:
            assert re.sub(r"\s", "", chiffre.texte) in nu


def test_le_meme_contenu_donne_les_memes_octets(contenu_fictif, note_fictive):
    assert composer_note(contenu_fictif, Modele()) == note_fictive


def test_un_nom_hostile_est_du_texte(contenu_fictif):
    nom = "#panic() $x$ *gras* <script> [ ] @a \\ `c` 字"
    tableau = contenu_fictif.tableau
    piege = replace(
        contenu_fictif,
        cartes=(),
        series=(),
        tableau=replace(tableau, lignes=(replace(tableau.lignes[0], nom=nom), *tableau.lignes[1:])),
        profils=(replace(contenu_fictif.profils[0], nom=nom),),
    )
    modele = Modele(service='#let x = 1; #read("/etc/passwd")', mention="= Titre #panic()")
    ecrit = "\n".join(
        p.extract_text() for p in PdfReader(io.BytesIO(composer_note(piege, modele))).pages
    )
    for attendu in ("#panic()", "$x$", "*gras*", "<script>", "#read("):
        assert attendu in ecrit.replace("\n", " ")


def test_sortie_refusee(tmp_path):
    with pytest.raises(ErreurDemande, match=r"s’écrit en \.pdf. Donner au fichier cette extension"):
        verifier_destination("note", tmp_path / "note.doc")
    with pytest.raises(ErreurDemande, match=r"\.gpkg ou \.geojson"):
        verifier_destination("geo", tmp_path / "note.doc")
    with pytest.raises(ErreurDemande, match="n’existe pas"):
        verifier_destination("note", tmp_path / "rien" / "note.pdf")


@pytest.mark.reel
def test_note_de_grenoble(edition_grenoble):
    contenu = composer_contenu(edition_grenoble, charger_catalogue(), Choix())
    lue = PdfReader(io.BytesIO(composer_note(contenu, Modele())))
    assert 4 <= len(lue.pages) <= 8
    ecrit = "\n".join(p.extract_text() for p in lue.pages)
    assert "fictive" not in ecrit
    echelles = nombres(" ".join(_echelles(ecrit)))
    permis = chiffres_permis(edition_grenoble) | textes_fixes(contenu) | echelles
    assert nombres(ecrit) <= permis
    for ligne in contenu.tableau.lignes:
        assert re.sub(r"\s", "", ligne.nom) in re.sub(r"\s", "", ecrit)
