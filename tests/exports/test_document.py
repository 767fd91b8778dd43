"""Document Word : styles, champs, textes de remplacement, en-têtes, langue, nombres."""

import io
import re

import docx
import pytest
from chiffres_permis import chiffres_permis, nombres, textes_fixes
from docx.oxml.ns import qn

from observatoire.erreurs import ErreurDemande
from observatoire.exports.document import composer_document
from observatoire.exports.modele import Modele


@pytest.fixture(scope="module")
def ouvert(document_fictif):
    return docx.Document(io.BytesIO(document_fictif))


def tout_le_texte(document):
    morceaux = [p.text for p in document.paragraphs]
    morceaux += [c.text for t in document.tables for ligne in t.rows for c in ligne.cells]
    return "\n".join(morceaux)


def test_styles_et_titres(ouvert, contenu_fictif):
    titres = [
        (p.style.name, p.text) for p in ouvert.paragraphs if p.style.name.startswith("Heading")
    ]
    assert ("Heading 1", "Sources") in titres
    assert [
        t for s, t in titres if s == "Heading 2" and t in {p.nom for p in contenu_fictif.profils}
    ] == [p.nom for p in contenu_fictif.profils]
    assert [p.text for p in ouvert.paragraphs if p.style.name == "Title"] == [contenu_fictif.titre]


def test_table_des_matieres_et_legendes(ouvert):
    champs = [e.text.strip() for e in ouvert.element.iter(qn("w:instrText"))]
    assert any(c.startswith("TOC ") for c in champs)
    assert sum(c.startswith("SEQ Tableau") for c in champs) >= 8
    assert sum(c.startswith("SEQ Figure") for c in champs) == 1
    genres = [e.get(qn("w:fldCharType")) for e in ouvert.element.iter(qn("w:fldChar"))]
    assert genres.count("begin") == genres.count("separate") == genres.count("end") == len(champs)
    signets = {e.get(qn("w:name")) for e in ouvert.element.iter(qn("w:bookmarkStart"))}
    liens = {e.get(qn("w:anchor")) for e in ouvert.element.iter(qn("w:hyperlink"))}
    assert liens == signets
    assert len(liens) > 10


def test_textes_de_remplacement(ouvert, contenu_fictif):
    images = list(ouvert.element.iter(qn("wp:docPr")))
    reperes = sum(len(p.reperes) for p in contenu_fictif.profils)
    assert len(images) >= 1 + reperes
    assert all(i.get("descr", "").strip() for i in images)
    assert any("Carte par IRIS" in i.get("descr") for i in images)


def test_tableaux(ouvert):
    assert len(ouvert.tables) >= 9
    for tableau in ouvert.tables:
        proprietes = tableau.rows[0]._tr.trPr
        assert proprietes.find(qn("w:tblHeader")) is not None
        assert tableau._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert tableau._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val"))
        largeurs = [c.width for c in tableau.rows[0].cells]
        assert sum(largeurs) <= 168 * 36_000


def test_langue_et_proprietes(ouvert, contenu_fictif):
    langues = {e.get(qn("w:val")) for e in ouvert.styles.element.iter(qn("w:lang"))}
    assert langues == {"fr-FR"}
    proprietes = ouvert.core_properties
    assert proprietes.language == "fr-FR"
    assert proprietes.title == contenu_fictif.nom_document
    assert contenu_fictif.identifiant in proprietes.comments


def test_ville_fictive_sur_chaque_page(ouvert, contenu_fictif):
    section = ouvert.sections[0]
    assert contenu_fictif.avis_fictif in "\n".join(p.text for p in section.header.paragraphs)
    assert contenu_fictif.edition in "\n".join(p.text for p in section.footer.paragraphs)


def test_nombres_et_cases(ouvert, contenu_fictif, edition_fictive):
    texte = tout_le_texte(ouvert)
    trouves = nombres(texte)
    assert len(trouves) > 80
    assert trouves <= chiffres_permis(edition_fictive) | textes_fixes(contenu_fictif)
    for ligne in contenu_fictif.tableau.lignes:
        for chiffre in ligne.chiffres:
            assert chiffre.texte in texte


def test_espaces_de_la_charte(ouvert):
    fautes = re.findall(r".{0,20}[ \u00a0][;:!?%»].{0,5}|« .{0,5}", tout_le_texte(ouvert))
    assert fautes == []


def test_modele_de_la_collectivite(contenu_fictif, tmp_path):
    modele = tmp_path / "modele.docx"
    patron = docx.Document()
    patron.add_paragraph("Texte du modèle, à retirer")
    patron.sections[0].header.paragraphs[0].text = "En-tête de la ville"
    patron.save(modele)
    compose = docx.Document(
        io.BytesIO(composer_document(contenu_fictif, Modele(document=modele, service="Mission #1")))
    )
    texte = tout_le_texte(compose)
    assert "à retirer" not in texte
    entete = "\n".join(p.text for p in compose.sections[0].header.paragraphs)
    assert "En-tête de la ville" in entete
    assert contenu_fictif.avis_fictif in entete


def test_modele_illisible(contenu_fictif, tmp_path):
    faux = tmp_path / "modele.docx"
    faux.write_bytes(b"<html>")
    with pytest.raises(ErreurDemande, match="n’est pas un document Word"):
        composer_document(contenu_fictif, Modele(document=faux))
