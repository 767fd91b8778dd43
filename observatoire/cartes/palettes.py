"""Couleurs des cartes : la charte, et rien d’autre.

L’ambre est toujours le côté défavorable, quel que soit le sens de l’indicateur. Les
rampes sont vérifiées pour les trois formes de daltonisme et en niveaux de gris.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from observatoire.cartes.modeles import Aspect

__all__ = [
    "ABSENT",
    "AMBRES",
    "COULEURS_ECARTS",
    "EAU",
    "ENCRE",
    "FOND_ASPECT",
    "HACHURE",
    "INDIGOS",
    "IVOIRE",
    "MASQUE",
    "PAGE",
    "PANNEAU",
    "QPV",
    "RAMPE_DEFAVORABLE",
    "RAMPE_NEUTRE",
    "SANS_LOGEMENT",
    "STOCK",
    "TERRE",
    "TEXTE_SECOND",
    "TRAIT",
    "couleur_des_points",
    "couleur_en_mots",
    "couleurs_divergentes",
    "couleurs_sequentielles",
    "niveaux_de_teinte",
]

ENCRE = "#1b1f2a"
TEXTE_SECOND = "#5b6270"
TRAIT = "#d9dce3"
PAGE = "#ffffff"
PANNEAU = "#f6f5f2"
TERRE = "#f4f3f0"
EAU = "#d5e0e8"
QPV = "#14213d"

INDIGOS = ("#dcdfe9", "#aab4d4", "#7282b6", "#3f4f8f")
"""Du plus proche de la ville au plus éloigné, côté favorable."""
IVOIRE = "#f5f1ea"
AMBRES = ("#f1d6ad", "#e3a55c", "#bd6a25", "#8a4513")
"""Du plus proche de la ville au plus éloigné, côté défavorable."""

RAMPE_DEFAVORABLE = (IVOIRE, *AMBRES)
RAMPE_NEUTRE = (IVOIRE, *INDIGOS)

MASQUE = "#eceae4"
HACHURE = "#b9b5a8"
ABSENT = "#ffffff"
SANS_LOGEMENT = "#e3e4e6"
STOCK = "#7282b6"
FOND_ASPECT = {
    Aspect.INDICATIF: AMBRES[1],
    Aspect.SECRET: MASQUE,
    Aspect.ABSENT: ABSENT,
    Aspect.SANS_LOGEMENT: SANS_LOGEMENT,
    Aspect.INCERTAIN: ABSENT,
}
"""Fond des zones sans couleur ; hachures, tirets et points s’y ajoutent au dessin. Un écart indicatif garde la
couleur de sa classe : ce fond-ci n’est que celui de sa vignette."""
COULEURS_ECARTS = (*INDIGOS, *AMBRES)
"""Couleurs que les points d’un écart indicatif peuvent recouvrir."""
_SOMBRES = frozenset((*INDIGOS[2:], *AMBRES[2:]))


def couleur_des_points(fond: str) -> str:
    """Couleur des points d’un écart indicatif, lisible sur le ``fond`` d’une classe."""
    return PAGE if fond in _SOMBRES else TEXTE_SECOND


_MAX_COTE = 4
_MOTS = {
    "#8a4513": "brun foncé",
    "#bd6a25": "brun clair",
    "#e3a55c": "ambre",
    "#f1d6ad": "ambre pâle",
    IVOIRE: "ivoire",
    "#dcdfe9": "bleu très pâle",
    "#aab4d4": "bleu pâle",
    "#7282b6": "bleu",
    "#3f4f8f": "bleu foncé",
}

_Tableau = npt.NDArray[np.float64]


def niveaux_de_teinte(grandeurs: Sequence[float], etendue: float) -> tuple[int, ...]:
    """Teintes d’un côté, de 1 (pâle) à 4 (foncé), selon la grandeur de l’écart.

    La teinte suit la racine de l’écart rapporté au plus grand des deux côtés : un écart
    double ne paraît pas anodin, et un petit écart ne prend pas la couleur d’un grand.

    Parameters
    ----------
    grandeurs : sequence of float
        Borne éloignée de chaque classe, en valeur absolue, croissante ; quatre au plus.
    etendue : float
        Plus grand écart absolu de la carte.

    Returns
    -------
    tuple of int
        Strictement croissante ; la teinte la plus pâle ne sert que si les quatre sont prises.

    Raises
    ------
    ValueError
        Au-delà de quatre classes.
    """
    nombre = len(grandeurs)
    if nombre > _MAX_COTE:
        raise ValueError("La palette des écarts a quatre classes au plus de chaque côté.")
    niveaux: list[int] = []
    for rang, grandeur in reversed(list(enumerate(grandeurs))):
        souhait = round(_MAX_COTE * (grandeur / etendue) ** 0.5) if etendue else 1
        plafond = niveaux[0] - 1 if niveaux else _MAX_COTE
        plancher = rang + (1 if nombre == _MAX_COTE else 2)
        niveaux.insert(0, min(max(souhait, plancher), plafond))
    return tuple(niveaux)


def couleurs_divergentes(
    dessous: Sequence[int], dessus: Sequence[int], *, ambre_dessus: bool = True
) -> tuple[str, ...]:
    """Couleurs des classes d’écart, des valeurs basses aux valeurs hautes.

    Parameters
    ----------
    dessous, dessus : sequence of int
        Teintes de chaque côté, de la plus proche de la référence à la plus éloignée
        (:func:`niveaux_de_teinte`).
    ambre_dessus : bool
        Faux pour un indicateur favorable en hausse : l’ambre passe alors au-dessous.

    Returns
    -------
    tuple of str
        ``len(dessous) + 1 + len(dessus)`` couleurs, l’ivoire au milieu.
    """
    bas, haut = (INDIGOS, AMBRES) if ambre_dessus else (AMBRES, INDIGOS)
    gauche = tuple(bas[n - 1] for n in reversed(dessous))
    return (*gauche, IVOIRE, *(haut[n - 1] for n in dessus))


def couleurs_sequentielles(
    nombre: int, nature: Literal["defavorable", "neutre"], *, fonce_en_haut: bool = True
) -> tuple[str, ...]:
    """Couleurs des classes de valeurs, des valeurs basses aux valeurs hautes.

    Les teintes intermédiaires sont à égale distance de clarté (CIELAB) sur la rampe.

    Parameters
    ----------
    nombre : int
        Nombre de classes, de 0 à 7.
    nature : {"defavorable", "neutre"}
        Ivoire vers ocre, ou ivoire vers indigo.
    fonce_en_haut : bool
        Faux : les valeurs basses sont les plus foncées.

    Raises
    ------
    ValueError
        Au-delà de sept classes, que l’œil ne distingue plus.
    """
    if not 0 <= nombre <= 7:
        raise ValueError("Une rampe a sept classes au plus.")
    rampe = RAMPE_DEFAVORABLE if nature == "defavorable" else RAMPE_NEUTRE
    if nombre == 0:
        return ()
    if nombre == 1:
        return (rampe[2],)
    lab = np.array([_lab(c) for c in rampe])
    cibles = np.linspace(lab[0, 0], lab[-1, 0], nombre)
    # La clarté décroît le long de la rampe ; np.interp veut des abscisses croissantes.
    canaux = [np.interp(-cibles, -lab[:, 0], lab[:, i]) for i in range(3)]
    couleurs = tuple(_hexadecimal(np.array(point)) for point in zip(*canaux, strict=True))
    return couleurs if fonce_en_haut else couleurs[::-1]


def couleur_en_mots(couleur: str) -> str:
    """Nom d’une teinte de la palette des écarts, pour les phrases de lecture.

    Raises
    ------
    KeyError
        Si la couleur n’appartient pas à cette palette.
    """
    return _MOTS[couleur]


# Espace CIELAB, illuminant D65 (IEC 61966-2-1 pour sRGB, CIE 15 pour L*a*b*).
_SRGB_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_BLANC = np.array([0.95047, 1.0, 1.08883])


def _lab(couleur: str) -> _Tableau:
    srgb = np.array([int(couleur[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    lineaire = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    t = _SRGB_XYZ @ lineaire / _BLANC
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _hexadecimal(lab: _Tableau) -> str:
    fy = (lab[0] + 16) / 116
    f = np.array([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    t = np.where(f**3 > 0.008856, f**3, (f - 16 / 116) / 7.787)
    lineaire = np.clip(np.linalg.solve(_SRGB_XYZ, t * _BLANC), 0, 1)
    srgb = np.where(lineaire <= 0.0031308, 12.92 * lineaire, 1.055 * lineaire ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in np.clip(srgb, 0, 1))
