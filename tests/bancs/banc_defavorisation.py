"""Apprendre l’indice de défavorisation sur la France et l’écrire dans le catalogue.

Usage : ``python tests/bancs/banc_defavorisation.py <fichier de parts par IRIS> [--ecrire]``

Le fichier livré ne contient que les coefficients ; le test ``tests/indicateurs/test_defavorisation.py``
refait l’apprentissage quand les données réelles sont présentes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from observatoire.estimation.defavorisation import ModeleDefavorisation, ajuster_defavorisation

CIBLE = Path(__file__).resolve().parents[2] / "observatoire" / "catalogue" / "defavorisation.json"
COLONNES = {
    "niveau_vie_median": "revenu_median",
    "part_diplome_superieur": "part_sup",
    "part_ouvriers": "csp_ouvriers",
    "taux_chomage_15_64": "taux_chomage",
}
PROVENANCE = {
    "millesime": 2021,
    "sources": "Insee, Filosofi 2021 (revenu disponible par IRIS) ; Insee, RP 2021 (bases infracommunales), parts "
    "reprises par un tiers",
    "univers": "IRIS de France dont le niveau de vie médian est diffusé (communes de 5 000 habitants et plus), non "
    "pesés par leurs habitants",
    "differences": "diplômés du supérieur à la place des bacheliers, ouvriers parmi les 15 ans ou plus à la place des "
    "ouvriers parmi les actifs, IRIS des communes diffusées seulement, sans pesée par les habitants",
}


def apprendre(fichier: Path) -> ModeleDefavorisation:
    """Modèle appris sur un fichier de parts par IRIS (pourcentages et euros)."""
    table = pd.read_parquet(fichier, columns=list(COLONNES.values()))
    return ajuster_defavorisation(
        table[list(COLONNES.values())].to_numpy(float),
        tuple(COLONNES),
        favorable="niveau_vie_median",
    )


if __name__ == "__main__":
    modele = apprendre(Path(sys.argv[1]))
    contenu = {**{c: getattr(modele, c) for c in modele.__dataclass_fields__}, **PROVENANCE}
    texte = json.dumps(contenu, ensure_ascii=False, indent=2) + "\n"
    if "--ecrire" in sys.argv:
        CIBLE.write_text(texte, encoding="utf-8")
    print(texte)
