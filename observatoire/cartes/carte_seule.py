"""La carte sans sa page : pour un document qui écrit lui-même titre, légende et source."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from observatoire.cartes.fond_papier import cadrer, dessiner_couches, rayon_maximal
from observatoire.cartes.mise_en_page import PPP, Cadre, FigurePapier, creer_feuille, reglages
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.noms_papier import coin_libre, dessiner_noms

__all__ = ["CarteSeule", "dessiner_carte_seule"]

_BANDE_ECHELLE = 11.0


@dataclass(frozen=True, slots=True)
class CarteSeule:
    """Une carte dessinée, ce qui n’a pu y être écrit, et le rayon du plus grand cercle (mm)."""

    figure: Figure
    quartiers_numerotes: tuple[str, ...]
    rayon_maximal_mm: float


def dessiner_carte_seule(vue: VueCarte, *, largeur_mm: float, hauteur_mm: float) -> CarteSeule:
    """Dessiner la carte aux cotes demandées, sans titre ni légende.

    Parameters
    ----------
    vue : VueCarte
        Carte prête à dessiner.
    largeur_mm, hauteur_mm : float
        Cotes de l’image, en millimètres ; les textes y gardent leur corps.

    Returns
    -------
    CarteSeule
    """
    with reglages():
        cotes = (largeur_mm / 25.4, hauteur_mm / 25.4)
        figure = FigurePapier(figsize=cotes, dpi=PPP)
        figure.set_facecolor("white")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, largeur_mm)
        axes.set_ylim(hauteur_mm, 0)
        # Une feuille A4 sans son cadre : mêmes corps, mêmes épaisseurs que la carte imprimée.
        feuille = replace(
            creer_feuille("A4", "paysage"), figure=figure, axes=axes, largeur=largeur_mm, hauteur=hauteur_mm
        )  # fmt: skip
        cadre = Cadre(0.0, 0.0, largeur_mm, hauteur_mm)
        carte = cadrer(vue, cadre)
        if not coin_libre(carte)[1]:
            carte = cadrer(vue, cadre, bande=_BANDE_ECHELLE)
        dessiner_couches(feuille, vue, carte)
        restes = dessiner_noms(feuille, vue, carte)
        rayon = 0.0
        if vue.est_stock:
            rayon = rayon_maximal(carte, vue.zones["rayon_relatif"].to_numpy(dtype=float))
        return CarteSeule(figure, tuple(restes), rayon)
