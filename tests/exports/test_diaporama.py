"""Diaporama : un message par diapositive, graphiques natifs, textes de remplacement, notes."""

import io
import re

import pptx
import pytest
from chiffres_permis import chiffres_permis, nombres, textes_fixes
from pptx.util import Mm
from pypdf import PdfReader

from observatoire.cartes.francais import typographier
from observatoire.catalogue import charger_catalogue
from observatoire.erreurs import ErreurDemande
from observatoire.exports.choix import Choix
from observatoire.exports.contenu import composer_contenu
from observatoire.exports.diaporama import composer_diaporama
from observatoire.exports.modele import Modele
from observatoire.exports.note import composer_note
from observatoire.exports.page_pptx import BAS, HAUT, couper_en_deux, hauteur_mm
from observatoire.redaction import FINE


@pytest.fixture(scope="module")
def ouvert(diaporama_fictif):
    return pptx.Presentation(io.BytesIO(diaporama_fictif))


def textes(diapositive):
    for forme in diapositive.shapes:
        if forme.has_text_frame:
            yield forme.text_frame.text
        if forme.has_table:
            yield from (c.text_frame.text for ligne in forme.table.rows for c in ligne.cells)


def test_un_message_par_diapositive(ouvert, contenu_fictif):
    titres = [d.shapes.title.text_frame.text for d in ouvert.slides]
    assert all(titres)
    assert titres[0] == contenu_fictif.titre
    assert len(ouvert.slides) >= 5 + len(contenu_fictif.profils)
    for profil in contenu_fictif.profils:
        assert sum(t.startswith(profil.nom) for t in titres) == 1


def test_chaque_diapositive_dit_ses_propres_sources(ouvert, contenu_fictif):
    """Un graphique du recensement ne cite pas Filosofi : la source est celle de ce qui est montré."""
    pieds = {
        d.shapes.title.text_frame.text: next(
            f.text_frame.text for f in d.shapes if f.name == "Source"
        )
        for d in ouvert.slides
    }
    attendus = {typographier(s.message): s.source for s in contenu_fictif.series[:3]}
    for titre, source in attendus.items():
        assert pieds[titre] == source
    assert len(set(attendus.values())) > 1
    for profil in contenu_fictif.profils:
        (pied,) = (p for t, p in pieds.items() if t.startswith(profil.nom))
        assert pied == profil.source
    # Deux chiffres d’un même jeu ne le font pas nommer deux fois.
    jeux = contenu_fictif.citation.split(f"{FINE}; ")
    assert len(jeux) == len(set(jeux))


def test_methode_et_precautions_tiennent_au_dessus_du_pied(ouvert, contenu_fictif):
    titre = "Ce que ces chiffres ne disent pas"
    (page,) = (d for d in ouvert.slides if d.shapes.title.text_frame.text == titre)
    colonnes = [f for f in page.shapes if f.name.startswith("Précautions")]
    dits = [p.text for f in colonnes for p in f.text_frame.paragraphs]
    assert dits == [typographier(p) for p in contenu_fictif.precautions]
    for forme in colonnes:
        corps = forme.text_frame.paragraphs[0].runs[-1].font.size.pt
        paires = [("", p.text) for p in forme.text_frame.paragraphs]
        assert corps >= 12
        assert hauteur_mm(paires, forme.width / Mm(1), corps) <= BAS - HAUT
    assert couper_en_deux([10, 10, 10, 10]) == 2
    assert couper_en_deux([30, 5, 5]) == 1
    assert couper_en_deux([7]) == 1


def test_format_et_cadre(ouvert):
    assert ouvert.slide_width / ouvert.slide_height == pytest.approx(16 / 9, rel=1e-3)
    for diapositive in ouvert.slides:
        for forme in diapositive.shapes:
            assert forme.left >= 0
            assert forme.top >= 0
            assert forme.left + forme.width <= ouvert.slide_width + Mm(1)
            assert forme.top + forme.height <= ouvert.slide_height + Mm(1)


def test_graphiques_et_tableaux_natifs(ouvert, contenu_fictif):
    graphiques = [f.chart for d in ouvert.slides for f in d.shapes if f.has_chart]
    tableaux = [f for d in ouvert.slides for f in d.shapes if f.has_table]
    assert len(graphiques) >= 3
    assert len(tableaux) >= 3 + len(contenu_fictif.profils)
    serie = contenu_fictif.series[0]
    valeurs = dict(
        zip(graphiques[0].plots[0].categories, graphiques[0].plots[0].series[0].values, strict=True)
    )
    for nom, chiffre in zip(serie.noms, serie.chiffres, strict=True):
        assert valeurs[nom] == pytest.approx(chiffre.valeur, abs=0.05)
    assert valeurs["La ville"] == pytest.approx(serie.colonne.valeur_reference, abs=0.05)
    # Un graphique emporte ses données : on peut le modifier.
    assert all(g.part.chart_workbook.xlsx_part is not None for g in graphiques)


def test_chaque_barre_a_sa_valeur_ecrite_comme_dans_le_texte(ouvert, contenu_fictif):
    graphiques = [f.chart for d in ouvert.slides for f in d.shapes if f.has_chart]
    for graphique in graphiques:
        for serie in graphique.plots[0].series:
            connues = {i for i, v in enumerate(serie.values) if v is not None}
            poses = serie._element.xpath("./c:dLbls/c:dLbl/c:idx/@val")
            assert {int(i) for i in poses} == connues
    # Un chiffre publié rond est sans décimale, la référence et une estimation en ont une.
    serie = contenu_fictif.series[0]
    barres = graphiques[0].plots[0].series[0]._element
    codes = {
        int(e.xpath("./c:idx/@val")[0]): e.xpath("./c:numFmt/@formatCode")[0]
        for e in barres.xpath("./c:dLbls/c:dLbl")
    }
    textes_attendus = [None, *reversed([c.texte for c in serie.chiffres])]
    for rang, texte in enumerate(textes_attendus):
        assert ("0.0" in codes[rang]) == (texte is None or "," in texte)


def test_un_seul_quartier_ne_se_repete_pas(edition_fictive):
    choix = Choix(quartiers=("QN00002M",))
    contenu = composer_contenu(edition_fictive, charger_catalogue(), choix)
    compose = pptx.Presentation(io.BytesIO(composer_diaporama(contenu, Modele())))
    titres = [d.shapes.title.text_frame.text for d in compose.slides]
    assert not any("quartier par quartier" in t or "des quartiers à" in t for t in titres)
    assert contenu.cartes[0].centre == "QN00002M"
    assert contenu.titre_profils == "Le quartier en détail"
    assert contenu.tableau.titre == "Les écarts à la ville"
    # La note de ce quartier débordait de quelques lignes sur une page de plus.
    pages = PdfReader(io.BytesIO(composer_note(contenu, Modele()))).pages
    assert len(pages[-1].extract_text()) > 800


def test_intervalles_des_estimations(ouvert, contenu_fictif):
    serie = contenu_fictif.series[0]
    estimes = [c for c in serie.chiffres if c.intervalle]
    assert estimes
    graphique = next(f.chart for d in ouvert.slides for f in d.shapes if f.has_chart)
    barres = graphique._chartSpace.xpath(".//c:errBars//c:plus//c:v")
    hauts = [float(v.text) for v in barres]
    assert sum(h > 0 for h in hauts) == len(estimes)
    assert max(hauts) == pytest.approx(estimes[0].borne_haute - estimes[0].valeur, abs=0.01)


def test_textes_de_remplacement(ouvert):
    for diapositive in ouvert.slides:
        for forme in diapositive.shapes:
            propriete = forme._element.xpath(".//p:cNvPr")[0]
            if forme.has_chart or forme.has_table or forme.shape_type == 13:
                assert propriete.get("descr", "").strip(), propriete.get("name")


def test_notes_sources_et_langue(ouvert, contenu_fictif):
    for diapositive in ouvert.slides:
        notes = diapositive.notes_slide.notes_text_frame.text
        assert "Données fictives, aux formats de" in notes
        assert contenu_fictif.identifiant in notes
        passages = diapositive._element.xpath(".//a:r/a:rPr")
        assert passages
        assert {p.get("lang") for p in passages} == {"fr-FR"}
        assert contenu_fictif.avis_fictif in list(textes(diapositive))
    assert ouvert.core_properties.language == "fr-FR"


def test_nombres(ouvert, contenu_fictif, edition_fictive):
    permis = chiffres_permis(edition_fictive) | textes_fixes(contenu_fictif)
    tous = set()
    for diapositive in ouvert.slides:
        trouves = nombres("\n".join(textes(diapositive)))
        assert trouves <= permis
        tous |= trouves
    assert len(tous) > 60


def test_espaces_de_la_charte(ouvert):
    fautes = re.findall(
        r".{0,20}[ \u00a0][;:!?%»].{0,5}|« .{0,5}",
        "\n".join(t for d in ouvert.slides for t in textes(d)),
    )
    assert fautes == []


def test_modele_de_la_collectivite(contenu_fictif, tmp_path):
    modele = tmp_path / "modele.pptx"
    patron = pptx.Presentation()
    patron.slides.add_slide(patron.slide_layouts[0]).shapes.title.text = "à retirer"
    patron.save(modele)
    compose = pptx.Presentation(
        io.BytesIO(composer_diaporama(contenu_fictif, Modele(diaporama=modele)))
    )
    titres = [d.shapes.title.text_frame.text for d in compose.slides]
    assert "à retirer" not in titres
    # Le format du modèle (4:3) est gardé, et rien n’en déborde.
    assert compose.slide_width == patron.slide_width
    for diapositive in compose.slides:
        for forme in diapositive.shapes:
            assert forme.left + forme.width <= compose.slide_width + Mm(1)


def test_modele_illisible(contenu_fictif, tmp_path):
    faux = tmp_path / "modele.pptx"
    faux.write_bytes(b"rien")
    with pytest.raises(ErreurDemande, match="n’est pas un diaporama lisible"):
        composer_diaporama(contenu_fictif, Modele(diaporama=faux))
