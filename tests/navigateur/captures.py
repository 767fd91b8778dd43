"""Captures d’écran de chaque page, à trois largeurs, pour les regarder.

Usage : ``python tests/navigateur/captures.py [racine] [dossier]`` ; sans racine, la ville fictive
est construite pour l’occasion. Les images vont dans ``captures/``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

DEPOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(DEPOT), str(DEPOT / "tests" / "navigateur")]

from playwright.sync_api import sync_playwright  # noqa: E402
from serveur_essai import ARGUMENTS, chromium, servir  # noqa: E402

from observatoire.chaine import construire_demonstration  # noqa: E402
from observatoire.chemins import Chemins  # noqa: E402

PAGES = {
    "carte": "/",
    "carte_valeur": "/?indicateur=niveau_vie_median&montrer=valeur",
    "carte_qpv": "/?indicateur=taux_pauvrete&niveau=qpv",
    "carte_secteur": "/?indicateur=part_sans_diplome&niveau=secteur",
    "carte_stock": "/?indicateur=population",
    "deux_annees": "/?indicateur=niveau_vie_median&montrer=valeur&cote=2018",
    "quartiers": "/quartiers",
    "comparer": "/comparer",
    "face_a_face": "/comparer?mode=face",
    "methode": "/methode",
    "accessibilite": "/accessibilite",
}
LARGEURS = (390, 768, 1440)


def principal() -> None:
    dossier = Path(sys.argv[2] if len(sys.argv) > 2 else DEPOT / "captures")
    dossier.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 1:
        racine = Path(sys.argv[1])
    else:
        racine = Path(tempfile.mkdtemp())
        construire_demonstration(Chemins(racine))
    with servir(racine) as adresse, sync_playwright() as outils:
        navigateur = outils.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for largeur in LARGEURS:
            onglet = navigateur.new_page(viewport={"width": largeur, "height": 1500})
            for nom, chemin in PAGES.items():
                onglet.goto(adresse + chemin)
                onglet.wait_for_selector(".obs-pied")
                if onglet.query_selector(".obs-carte"):
                    onglet.wait_for_selector(".obs-carte[data-pret] path.zone")
                onglet.wait_for_timeout(800)
                onglet.screenshot(path=str(dossier / f"{nom}_{largeur}.png"))
        navigateur.close()


if __name__ == "__main__":
    principal()
