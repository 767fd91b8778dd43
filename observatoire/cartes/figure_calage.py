"""Figure imprimable du publié face à l’estimé : deux panneaux aux mêmes axes, et leur source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from observatoire.cartes.palettes import AMBRES, ENCRE, INDIGOS, TEXTE_SECOND, TRAIT
from observatoire.cartes.typographie import FAMILLE_TEXTE, FAMILLE_TITRE, enregistrer_polices
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import INSECABLE, ecrire_nombre

__all__ = ["HORS_GROUPE", "LIBELLES", "exporter_nuage"]

HORS_GROUPE = (
    "Estimation calée : chaque quartier est estimé par un modèle qui n’a vu aucun quartier de son "
    "département."
)

LIBELLES: Mapping[str, str] = {
    "taux_pauvrete": "Taux de pauvreté",
    "taux_emploi_15_64": "Taux d’emploi des 15-64 ans",
    "indice_jeunesse": "Indice de jeunesse",
    "part_etrangers": "Part des étrangers",
    "part_immigres": "Part des immigrés",
    "part_menages_1_personne": "Part des ménages d’une personne",
    "part_logements_sociaux": "Logements sociaux rapportés aux ménages",
}
"""Nom des indicateurs évalués, même ceux qui ne sont pas au catalogue."""

_PANNEAUX = (
    ("surface", "Au prorata des surfaces", AMBRES[2]),
    ("calee", "Estimation calée", INDIGOS[3]),
    ("calee_publie", "Calée, avec les autres chiffres publiés du quartier", INDIGOS[3]),
)
_SURFACE_MAX = 120.0  # points carrés de la case la plus peuplée
_SURFACE_MIN = 4.0
_FORMATS = {".png": "png", ".svg": "svg"}


def exporter_nuage(
    bilan: Mapping[str, Any],
    chemin: Path,
    *,
    libelle: str = "",
    source: str,
    note: str = HORS_GROUPE,
) -> Path:
    """Dessiner le nuage d’un indicateur : publié en abscisse, estimé en ordonnée.

    Parameters
    ----------
    bilan : mapping
        Sortie de :func:`observatoire.calages.evaluer`.
    chemin : pathlib.Path
        Image à écrire, ``.png`` ou ``.svg``.
    libelle : str
        Nom de l’indicateur ; à défaut, celui de ``LIBELLES``.
    source : str
        Ligne de source, écrite sous la figure.
    note : str
        Comment l’estimation calée a été obtenue.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ErreurDemande
        Si l’extension est inconnue ou si le dossier n’existe pas.
    """
    forme = _FORMATS.get(chemin.suffix.lower())
    if forme is None or not chemin.parent.is_dir():
        raise ErreurDemande(
            f"La figure ne peut être écrite dans « {chemin} » : donnez un fichier .png ou .svg "
            "dans un dossier qui existe."
        )
    enregistrer_polices()
    indicateur = str(bilan["indicateur"])
    nom = libelle or LIBELLES.get(indicateur, indicateur)
    en_points = indicateur != "indice_jeunesse"
    # Sans moyenne des IRIS à comparer, les deux variantes du calage.
    presents = [p for p in _PANNEAUX if bilan["methodes"].get(p[0], {}).get("n")][:2]
    figure = Figure(figsize=(10.4, 6.7), facecolor="white")
    gauche = 0.62 / figure.get_figwidth()
    haut = _etendue(bilan, [p[0] for p in presents])
    largeur = 4.35 / figure.get_figwidth()
    # La même échelle de points dans les deux panneaux : ils se comparent.
    nombre_max = max((n for p in presents for _, _, n in bilan["nuage"][p[0]]), default=1)
    for rang, (methode, titre, couleur) in enumerate(presents):
        axes = figure.add_axes(
            (gauche + rang * 5.05 / figure.get_figwidth(), 1.28 / 6.7, largeur, 4.35 / 6.7)
        )
        _panneau(axes, bilan, methode, haut, couleur, nombre_max=nombre_max, en_points=en_points)
        axes.set_title(
            titre, loc="left", fontfamily=FAMILLE_TEXTE, fontweight=700, fontsize=13, color=couleur
        )
    _textes(figure, _message(nom, bilan, en_points=en_points), _unite(en_points))
    figure.text(
        0.012, 0.012, f"{note}\n{_couper(source, 150)}", fontfamily=FAMILLE_TEXTE, fontsize=8.5,
        va="bottom", color=TEXTE_SECOND, linespacing=1.35,
    )  # fmt: skip
    figure.savefig(chemin, format=forme, dpi=160)
    return chemin


def _message(nom: str, bilan: Mapping[str, Any], *, en_points: bool) -> str:
    """Titre qui dit l’erreur, avec et sans calage."""
    unite = f"{INSECABLE}points" if en_points else ""
    decimales = 1 if en_points else 2
    calee = ecrire_nombre(float(bilan["methodes"]["calee"]["eam"]), decimales)
    surface = bilan["methodes"].get("surface", {})
    if not surface.get("n"):
        return f"{nom} : notre estimation se trompe de {calee}{unite} en moyenne"
    brute = ecrire_nombre(float(surface["eam"]), decimales)
    return f"{nom} : {calee}{unite} d’erreur moyenne une fois calé, {brute} au prorata des surfaces"


def _unite(en_points: bool) -> str:
    return "en %" if en_points else "jeunes de moins de 20 ans pour une personne de 60 ans ou plus"


def _etendue(bilan: Mapping[str, Any], methodes: Sequence[str]) -> float:
    """Plus grande valeur des deux axes, arrondie à la graduation supérieure."""
    nuage = bilan["nuage"]
    plus_grande = max((max(i, j) + 1 for m in methodes for i, j, _ in nuage[m]), default=1)
    maximum = plus_grande * float(nuage["pas"])
    graduation = 10.0 if maximum > 10 else 1.0
    return float(graduation * np.ceil(maximum / graduation))


def _panneau(
    axes: Axes,
    bilan: Mapping[str, Any],
    methode: str,
    haut: float,
    couleur: str,
    *,
    nombre_max: int,
    en_points: bool,
) -> None:
    pas = float(bilan["nuage"]["pas"])
    cases = np.array(bilan["nuage"][methode], dtype=float).reshape(-1, 3)
    axes.plot([0, haut], [0, haut], color=ENCRE, linewidth=1.0, zorder=2)
    axes.text(
        0.03 * haut, 0.055 * haut, "estimé = publié", rotation=45, ha="left", va="bottom",
        fontfamily=FAMILLE_TEXTE, fontsize=9, color=TEXTE_SECOND, rotation_mode="anchor",
    )  # fmt: skip
    axes.scatter(
        (cases[:, 0] + 0.5) * pas,
        (cases[:, 1] + 0.5) * pas,
        s=np.maximum(_SURFACE_MAX * cases[:, 2] / nombre_max, _SURFACE_MIN),
        color=couleur, alpha=0.78, linewidths=0, zorder=3,
    )  # fmt: skip
    axes.set(xlim=(0, haut), ylim=(0, haut), aspect="equal")
    mesures = bilan["methodes"][methode]
    axes.text(
        0.03, 0.97, _legende_panneau(mesures, en_points=en_points), transform=axes.transAxes,
        va="top", fontfamily=FAMILLE_TEXTE, fontsize=11, color=ENCRE, linespacing=1.45, zorder=4,
    )  # fmt: skip
    graduations = np.arange(0, haut + 1e-9, 20.0 if haut > 50 else 10.0 if haut > 10 else 1.0)
    axes.set_xticks(graduations)
    axes.set_yticks(graduations)
    axes.grid(color=TRAIT, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    for bord in axes.spines.values():
        bord.set_visible(False)
    axes.tick_params(length=0, labelsize=10, labelcolor=TEXTE_SECOND, labelfontfamily=FAMILLE_TEXTE)
    style: dict[str, Any] = {"fontfamily": FAMILLE_TEXTE, "fontsize": 11, "color": ENCRE}
    axes.set_xlabel("chiffre publié", **style)
    axes.set_ylabel("estimation", **style)


def _legende_panneau(mesures: Mapping[str, Any], *, en_points: bool) -> str:
    unite = f"{INSECABLE}points" if en_points else ""
    biais, decimales = float(mesures["biais"]), 1 if en_points else 2
    return (
        f"erreur moyenne : {ecrire_nombre(float(mesures['eam']), decimales)}{unite}\n"
        f"écart moyen au publié : {ecrire_nombre(biais, decimales, signe=True)}{unite}"
    )


def _textes(figure: Figure, message: str, unite: str) -> None:
    titre: dict[str, Any] = {"fontfamily": FAMILLE_TITRE, "fontweight": 600, "color": ENCRE}
    figure.text(
        0.012, 0.978, message, fontsize=15 if len(message) < 95 else 13.5, va="top", **titre
    )
    figure.text(
        0.012, 0.925,
        f"Quartiers prioritaires, {unite} ; la surface d’un point est proportionnelle au nombre de "
        "quartiers.",
        fontfamily=FAMILLE_TEXTE, fontsize=10.5, va="top", color=TEXTE_SECOND,
    )  # fmt: skip


def _couper(texte: str, largeur: int) -> str:
    lignes, ligne = [], ""
    for mot in texte.split(" "):
        if ligne and len(ligne) + len(mot) >= largeur:
            lignes.append(ligne)
            ligne = mot
        else:
            ligne = f"{ligne} {mot}".strip()
    return "\n".join([*lignes, ligne])
