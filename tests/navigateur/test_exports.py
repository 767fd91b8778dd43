"""Faire et télécharger une note et une carte depuis la page « Exports », dans un vrai navigateur."""

from pathlib import Path

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.navigateur


def _faire(page, bouton):
    page.get_by_role("button", name=bouton).click()
    page.locator(".obs-resultat .obs-principal").wait_for(timeout=60_000)
    identifiant = page.locator(".obs-resultat strong").inner_text()
    with page.expect_download() as attente:
        page.locator(".obs-resultat .obs-principal").click()
    return identifiant, attente.value


def _texte(chemin):
    return "\n".join(p.extract_text() for p in PdfReader(chemin).pages)


def test_une_note_puis_la_carte_de_l_ecran(page, serveur, racine_fictive):
    page.goto(f"{serveur}/exports")
    page.get_by_role("button", name="Voir un aperçu").click()
    page.locator(".obs-apercu .obs-etape").wait_for()  # jamais figée : elle dit ce qui se fait
    image = page.locator(".obs-apercu img")
    image.wait_for(timeout=60_000)
    assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 800
    note, fichier = _faire(page, "Faire la note")
    assert fichier.suggested_filename == "brumeval-note.pdf"
    assert note in _texte(fichier.path())

    # Cocher un quartier change l’adresse et le document ; le premier reste à portée.
    page.get_by_role("checkbox").first.check()
    page.wait_for_url("**quartiers=*")
    page.locator(".obs-faits a").first.wait_for()

    page.goto(f"{serveur}/carte?montrer=valeur&classes=quantiles")
    page.get_by_role("link", name="Télécharger la carte").click()
    page.wait_for_url("**/exports?**")
    assert "classes=quantiles" in page.url
    carte, fichier = _faire(page, "Faire la carte")
    assert carte in _texte(fichier.path())
    registre = Path(racine_fictive, "registre", "exports.jsonl").read_text(encoding="utf-8")
    assert note in registre
    assert carte in registre
    assert '"classes": "quantiles"' in registre
