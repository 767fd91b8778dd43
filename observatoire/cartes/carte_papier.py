"""Cartes imprimées : PNG à 300 points par pouce, SVG, PDF, et leur équivalent en texte.

Chaque fichier est écrit à côté puis renommé : un fichier présent est toujours complet.
Le même appel donne toujours les mêmes octets, sans date cachée.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import geopandas as gpd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from observatoire.cartes.composition_papier import dessiner_carte
from observatoire.cartes.mise_en_page import PPP
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import FAMILLES_DE_REPLI, police_embarquee
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import FINE

__all__ = ["dessiner_carte", "exporter_carte"]

_AUTEUR = "Observatoire des quartiers"


def exporter_carte(
    vue: VueCarte, sortie: Path, *, format_page: str = "A4", orientation: str = "paysage"
) -> list[Path]:
    """Écrire une carte, et à côté son équivalent en texte.

    Parameters
    ----------
    vue : VueCarte
        Carte prête à dessiner.
    sortie : Path
        Fichier à écrire ; l’extension choisit le format : ``.png``, ``.svg``, ``.pdf``.
    format_page : {"A4", "A3"}
        Format de la feuille.
    orientation : {"paysage", "portrait"}
        Sens de la feuille.

    Returns
    -------
    list of Path
        L’image, puis le texte (même nom, extension ``.txt``).

    Raises
    ------
    ErreurDemande
        Si l’extension, le format ou l’orientation est inconnu, ou si le dossier manque.
    """
    sortie = Path(sortie)
    ecrire = _ECRIVAINS.get(sortie.suffix.lower())
    if ecrire is None:
        raise ErreurDemande(
            f"« {sortie.name} » : une carte s’écrit en .png, .svg ou .pdf. "
            "Donner au fichier l’une de ces extensions."
        )
    if not sortie.parent.is_dir():
        raise ErreurDemande(
            f"Le dossier « {sortie.parent} » n’existe pas : le créer, ou en choisir un autre."
        )
    figure = dessiner_carte(vue, format_page=format_page, orientation=orientation)
    texte = sortie.with_suffix(".txt")
    _ecrire_entier(sortie, ecrire(figure, vue))
    _ecrire_entier(texte, composer_equivalent(vue).encode("utf-8"))
    return [sortie, texte]


def _ecrire_entier(chemin: Path, contenu: bytes) -> None:
    """Écrire dans un fichier voisin, puis le renommer : jamais de fichier à moitié écrit."""
    descripteur, provisoire = tempfile.mkstemp(prefix=f".{chemin.name}.", dir=chemin.parent)
    try:
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(contenu)
        # mkstemp réserve le fichier à son auteur ; une carte se partage.
        Path(provisoire).chmod(0o644)
        Path(provisoire).replace(chemin)
    except BaseException:
        Path(provisoire).unlink(missing_ok=True)
        raise


def _ecrire_png(figure: Figure, vue: VueCarte) -> bytes:
    FigureCanvasAgg(figure)
    tampon = io.BytesIO()
    figure.savefig(
        tampon,
        format="png",
        dpi=PPP,
        metadata={
            "Title": vue.titre,
            "Author": _AUTEUR,
            "Description": vue.texte_alternatif,
            "Source": vue.source,
            "Software": None,
        },
        # Aplats : un niveau de compression moyen donne presque la taille du maximum.
        pil_kwargs={"compress_level": 4},
    )
    return tampon.getvalue()


def _ecrire_pdf(figure: Figure, vue: VueCarte) -> bytes:
    FigureCanvasPdf(figure)
    tampon = io.BytesIO()
    figure.savefig(
        tampon,
        format="pdf",
        metadata={
            "Title": vue.titre,
            "Author": _AUTEUR,
            "Subject": f"{vue.sous_titre}. {vue.texte_alternatif}",
            "Keywords": f"{vue.libelle_indicateur}, {vue.nom_ville}, {vue.millesime}",
            "CreationDate": None,
        },
    )
    return tampon.getvalue()


def _ecrire_svg(figure: Figure, vue: VueCarte) -> bytes:
    FigureCanvasSVG(figure)
    tampon = io.StringIO()
    figure.savefig(tampon, format="svg", metadata={"Date": None, "Title": vue.titre})
    texte = tampon.getvalue()
    # Un logiciel de dessin sans nos polices prend les plus proches.
    for famille, repli in FAMILLES_DE_REPLI.items():
        texte = re.sub(rf"'{famille}'(?!,)", f"'{famille}', {repli}", texte)
    entete = (
        f'<title id="titre-carte">{escape(vue.titre)}</title>\n'
        f'<desc id="description-carte">{escape(vue.texte_alternatif)}</desc>\n'
        f'<style type="text/css">{"".join(_regles_polices(figure))}</style>\n'
    )
    return re.sub(
        r"<svg ([^>]*)>",
        lambda m: (
            f'<svg {m[1]} role="img" lang="fr" xml:lang="fr" '
            f'aria-labelledby="titre-carte" aria-describedby="description-carte">\n{entete}'
        ),
        texte,
        count=1,
    ).encode("utf-8")


def _regles_polices(figure: Figure) -> list[str]:
    """Une règle par police employée, avec les seules lettres écrites."""
    lettres: dict[tuple[str, int, bool], set[str]] = {}
    for ligne in figure.findobj(Text):
        if ligne.get_text():
            police = ligne.get_fontproperties()
            cle = (police.get_family()[0], int(police.get_weight()), police.get_style() == "italic")
            lettres.setdefault(cle, set()).update(ligne.get_text())
    return [police_embarquee(*cle, "".join(sorted(lettres[cle]))) for cle in sorted(lettres)]


_ECRIVAINS: dict[str, Callable[[Figure, VueCarte], bytes]] = {
    ".png": _ecrire_png,
    ".svg": _ecrire_svg,
    ".pdf": _ecrire_pdf,
}


def composer_equivalent(vue: VueCarte) -> str:
    """Équivalent de la carte en texte : tout ce qu’elle montre, zone par zone.

    Parameters
    ----------
    vue : VueCarte
        Carte à dire.

    Returns
    -------
    str
        Texte en français, une zone par ligne dans l’ordre alphabétique.
    """
    avis = ["VILLE FICTIVE : données inventées pour la démonstration.", ""]
    lignes = [
        *(avis if vue.est_fictive else []),
        vue.titre,
        vue.sous_titre,
        "",
        vue.texte_alternatif,
        "",
        f"{vue.nom_ville}{FINE}: {vue.texte_ville} {vue.complement_ville}".rstrip(),
        "",
        f"{vue.legende.titre} ({vue.legende.titre_effectif})",
        *(f"- {c.libelle}{FINE}: {c.effectif}" for c in vue.legende.classes),
        *(f"- {a.libelle}{FINE}: {n}" for a, n in vue.legende.aspects if n),
        "",
        f"Tableau{FINE}: zone{FINE}; valeur{FINE}; écart à la référence{FINE}; statut{FINE}; qualité",
        *_lignes_tableau(vue.zones),
        "",
        f"Quartiers prioritaires de la politique de la ville (QPV){FINE}:",
        *(_lignes_tableau(vue.qpv) or ["aucun"]),
        "",
        vue.phrase_lecture,
        vue.precaution,
        vue.source,
        f"Édition {vue.edition}",
    ]
    return "\n".join(lignes).strip() + "\n"


def _lignes_tableau(territoires: gpd.GeoDataFrame) -> list[str]:
    voulues = ["nom", "texte_valeur", "texte_ecart", "texte_statut", "texte_qualite"]
    colonnes = [c for c in voulues if c in territoires]
    table = territoires[colonnes].astype(str).sort_values("nom", kind="stable")
    return [
        f"{FINE}; ".join(case.strip() or "sans objet" for case in ligne)
        for ligne in table.itertuples(index=False)
    ]
