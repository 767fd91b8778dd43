"""Captures d’écran de chaque page, entières, à trois largeurs, pour les regarder.

Usage : ``python tests/navigateur/captures.py [racine] [dossier] [commune] [page…]`` ; sans racine, la
ville fictive est construite pour l’occasion. Les images vont dans ``captures/``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

DEPOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(DEPOT), str(DEPOT / "tests" / "navigateur")]

from playwright.sync_api import Page, sync_playwright  # noqa: E402
from serveur_essai import ARGUMENTS, chromium, servir  # noqa: E402

from observatoire.chaine import construire_demonstration  # noqa: E402
from observatoire.chemins import Chemins  # noqa: E402

PAGES = {
    "carte": "/?",
    "carte_valeur": "/?indicateur=niveau_vie_median&montrer=valeur",
    "carte_qpv": "/?indicateur=taux_pauvrete&niveau=qpv",
    "carte_secteur": "/?indicateur=part_sans_diplome&niveau=secteur",
    "carte_stock": "/?indicateur=population",
    "deux_annees": "/?indicateur=niveau_vie_median&montrer=valeur&cote=2018",
    "deux_indicateurs": "/?indicateur=taux_pauvrete&cote=part_sans_diplome",
    "integree": "/?indicateur=taux_pauvrete&vue=integree",
    "quartiers": "/quartiers?",
    "comparer": "/comparer?",
    "face_a_face": "/comparer?mode=face",
    "villes": "/villes?",
    "evolutions": "/evolutions?",
    "inegalites": "/inegalites?",
    "exports": "/exports?",
    "suivi": "/suivi?",
    "methode": "/methode?",
    "accessibilite": "/accessibilite?",
}
HAUTEUR = (
    "() => Math.max(...[...document.querySelectorAll('[data-testid=stMain], html')]"
    ".map(e => e.scrollHeight))"
)
LARGEURS = (390, 768, 1440)


def capturer(onglet: Page, adresse: str, fichier: Path, largeur: int) -> None:
    """Attendre la carte si la page en a une, puis agrandir la fenêtre à la page entière."""
    onglet.set_viewport_size({"width": largeur, "height": 1000})
    onglet.goto(adresse)
    onglet.wait_for_selector(".obs-pied", state="attached")
    if onglet.query_selector(".obs-carte"):
        onglet.wait_for_selector(".obs-carte[data-pret] path.zone")
    onglet.wait_for_timeout(800)
    hauteur = onglet.evaluate(HAUTEUR)
    onglet.set_viewport_size({"width": largeur, "height": min(int(hauteur) + 40, 9000)})
    onglet.wait_for_timeout(500)
    onglet.screenshot(path=str(fichier))


def principal() -> None:
    dossier = Path(sys.argv[2] if len(sys.argv) > 2 else DEPOT / "captures")
    dossier.mkdir(parents=True, exist_ok=True)
    commune = sys.argv[3] if len(sys.argv) > 3 else "00001"
    noms = sys.argv[4:] or list(PAGES)
    if len(sys.argv) > 1:
        racine = Path(sys.argv[1])
    else:
        racine = Path(tempfile.mkdtemp())
        construire_demonstration(Chemins(racine))
    with servir(racine) as adresse, sync_playwright() as outils:
        navigateur = outils.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for largeur in LARGEURS:
            onglet = navigateur.new_page()
            for nom in noms:
                cible = f"{adresse}{PAGES[nom]}&ville={commune}"
                capturer(onglet, cible, dossier / f"{nom}_{largeur}.png", largeur)
            onglet.close()
        navigateur.close()


if __name__ == "__main__":
    principal()
