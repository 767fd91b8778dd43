"""Modèle de la collectivité : fichier facultatif, toutes les fautes d’un coup."""

import io
from pathlib import Path

import docx
import numpy as np
import pptx
import pypdf
import pytest
from PIL import Image
from typer.testing import CliRunner

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.cli import application
from observatoire.erreurs import ErreurDemande
from observatoire.exports.modele import Modele, charger_modele, contraste
from observatoire.exports.note import composer_note, dessiner_pages

CATALOGUE = charger_catalogue()
DEPOT = Path(__file__).resolve().parents[2]


def ecrire(tmp_path, texte):
    (tmp_path / "modele.toml").write_text(texte, encoding="utf-8")
    return Chemins(tmp_path)


def test_sans_fichier_une_presentation_sobre(tmp_path):
    assert charger_modele(Chemins(tmp_path), CATALOGUE) == Modele()


@pytest.mark.parametrize(
    ("une", "autre", "rapport"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)
def test_contraste_connu(une, autre, rapport):
    assert contraste(une, autre) == pytest.approx(rapport, abs=0.01)
    assert contraste(une, autre) == contraste(autre, une)


def test_modele_complet(tmp_path):
    Image.new("RGB", (40, 20), "#123456").save(tmp_path / "logo.png")
    chemins = ecrire(
        tmp_path,
        'service = "Mission observation"\nlogo = "logo.png"\ntexte_logo = "Ville"\ncouleur = "#7a3b0c"\n'
        'indicateurs = ["taux_pauvrete", "part_sans_diplome"]\n',
    )
    modele = charger_modele(chemins, CATALOGUE)
    assert modele.service == "Mission observation"
    assert modele.logo == (tmp_path / "logo.png").resolve()
    assert modele.indicateurs == ("taux_pauvrete", "part_sans_diplome")


def test_toutes_les_fautes_d_un_coup(tmp_path):
    chemins = ecrire(
        tmp_path,
        'logoo = "a.png"\ncouleur = "#ffcc00"\ncouleur_titres = "bleu"\nlogo = "../../secret.png"\n'
        'document = "rien.docx"\ndiaporama = "modele.odp"\nindicateurs = ["bidule"]\n',
    )
    with pytest.raises(ErreurDemande) as levee:
        charger_modele(chemins, CATALOGUE)
    texte = str(levee.value)
    for attendu in (
        "logoo : clé inconnue",
        "couleur : contraste de 1,5",
        "couleur_titres : une couleur s’écrit",
        "hors du dossier",
        "« rien.docx » n’existe pas",
        "extension refusée",
        "inconnus du catalogue : bidule",
        "texte_logo : manque",
    ):
        assert attendu in texte
    assert len(levee.value.anomalies) == 8


@pytest.mark.parametrize("octets", [b"service = ", b"\xff\xfe"])
def test_fichier_illisible(tmp_path, octets):
    (tmp_path / "modele.toml").write_bytes(octets)
    with pytest.raises(ErreurDemande, match="illisible"):
        charger_modele(Chemins(tmp_path), CATALOGUE)


def test_le_logo_a_un_texte_de_remplacement(contenu_fictif, tmp_path):
    logo = tmp_path / "logo.png"
    Image.new("RGB", (60, 30), "#123456").save(logo)
    modele = Modele(logo=logo, texte_logo="Blason de Brumeval", service="Mission")
    pdf = composer_note(contenu_fictif, modele)
    assert "Mission" in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    # Il tient dans la marge du haut, à droite, si large soit-il : jamais sur le titre.
    Image.new("RGB", (900, 100), "#ff00ff").save(logo)
    (page,) = dessiner_pages(contenu_fictif, modele, nombre=1, ppp=50)
    pixels = np.asarray(Image.open(io.BytesIO(page)).convert("RGB")).astype(int)
    lignes, colonnes = np.nonzero(np.abs(pixels - (255, 0, 255)).sum(axis=2) < 30)
    mm = 50 / 25.4
    assert len(lignes) > 100
    assert lignes.max() <= 25 * mm
    assert colonnes.min() >= 110 * mm
    assert 186 * mm <= colonnes.max() <= 189 * mm
    logo.write_bytes(b"pas une image")
    with pytest.raises(ErreurDemande, match="logo"):
        composer_note(contenu_fictif, modele)


def test_commandes(racine_fictive, tmp_path):
    lancer = CliRunner()
    for genre, ouvrir in (
        ("note", pypdf.PdfReader),
        ("document", docx.Document),
        ("diaporama", pptx.Presentation),
    ):
        extension = {"note": "pdf", "document": "docx", "diaporama": "pptx"}[genre]
        sortie = tmp_path / f"essai.{extension}"
        arguments = [
            "exporter",
            genre,
            "--commune",
            "00001",
            "--qpv",
            "QN00004M",
            "--sortie",
            str(sortie),
        ]
        resultat = lancer.invoke(application, [*arguments, "--donnees", str(racine_fictive)])
        assert resultat.exit_code == 0, resultat.output
        assert "(document " in resultat.output
        ouvrir(str(sortie))
    resultat = lancer.invoke(
        application,
        [
            "exporter",
            "note",
            "--commune",
            "00001",
            "--sortie",
            str(tmp_path / "n" / "a.pdf"),
            "--donnees",
            str(racine_fictive),
        ],
    )
    assert isinstance(resultat.exception, ErreurDemande)


def test_l_exemple_de_la_documentation_est_juste(tmp_path):
    page = (DEPOT / "docs" / "documents.md").read_text(encoding="utf-8")
    exemple = page.split("```toml\n", 1)[1].split("```", 1)[0]
    Image.new("RGB", (40, 20)).save(tmp_path / "logo.png")
    for nom in ("modele.docx", "modele.pptx"):
        (tmp_path / nom).write_bytes(b"-")
    modele = charger_modele(ecrire(tmp_path, exemple), CATALOGUE)
    assert set(Modele.model_fields) == set(modele.model_fields_set)
