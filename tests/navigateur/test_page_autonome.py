"""La page autonome dans un vrai navigateur : depuis un fichier, sans aucune requête."""

from __future__ import annotations

from pathlib import Path

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.exports import FORMATS, Contexte, Demande, proteger

pytestmark = pytest.mark.navigateur


def test_sans_reseau_depuis_un_fichier(
    edition_fictive, racine_fictive: Path, tmp_path: Path, navigateur
) -> None:  # type: ignore[no-untyped-def]
    catalogue = charger_catalogue()
    contexte = Contexte(proteger(edition_fictive, catalogue), catalogue, Chemins(racine_fictive))
    sortie = tmp_path / "page.html"
    demande = Demande(indicateurs=("taux_pauvrete", "population"))
    FORMATS["page"].ecrire(contexte, demande, sortie, "ABCD-2345")
    page = navigateur.new_page()
    demandes: list[str] = []
    fautes: list[str] = []
    page.on("request", lambda r: demandes.append(r.url))
    page.on("console", lambda m: fautes.append(m.text))
    page.on("pageerror", lambda e: fautes.append(str(e)))
    page.goto(sortie.as_uri())
    cadre = page.frame_locator("iframe")
    cadre.locator(".zone").first.wait_for(state="attached")
    assert cadre.locator(".zone").count() == len(edition_fictive.couches["iris"])
    assert cadre.locator(".qpv").count() >= len(edition_fictive.couches["qpv"])
    # Seul le fichier lui-même a été lu ; les adresses « data: » sont dans le fichier.
    assert [u for u in demandes if not u.startswith(("data:", "about:"))] == [sortie.as_uri()]
    assert fautes == []
    assert page.locator("table tbody tr").count() >= 2
    assert "ABCD-2345" in page.locator("footer").inner_text()
    polices = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length")
    assert polices >= 2
    page.close()
