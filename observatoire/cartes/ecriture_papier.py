"""Écriture d’une page dessinée : PNG, SVG, PDF ; chaque fichier est entier ou absent."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, Name, PdfPages
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from observatoire.cartes.mise_en_page import PPP, reglages
from observatoire.cartes.typographie import FAMILLES_DE_REPLI, police_embarquee
from observatoire.erreurs import ErreurDemande

__all__ = [
    "EXTENSIONS",
    "Fiche",
    "ecrire_avec_texte",
    "ecrire_entier",
    "ecrire_figure",
    "verifier_sortie",
]

_AUTEUR = "Observatoire des quartiers"
LANGUE = "fr-FR"


@dataclass(frozen=True, slots=True)
class Fiche:
    """Ce qu’un fichier dit de lui-même, dans ses métadonnées."""

    titre: str
    sous_titre: str
    alternative: str
    source: str
    mots_cles: tuple[str, ...]
    document: str = ""
    """Identifiant au registre des exports."""


def ecrire_figure(figure: Figure, fiche: Fiche, sortie: Path) -> None:
    """Écrire une page au format que dit l’extension.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Page composée.
    fiche : Fiche
        Métadonnées.
    sortie : Path
        Fichier ``.png``, ``.svg`` ou ``.pdf`` ; un fichier présent n’est remplacé qu’entier.

    Raises
    ------
    ErreurDemande
        Si l’extension est inconnue ou si le dossier manque.
    """
    verifier_sortie(sortie)
    ecrire_entier(sortie, _ECRIVAINS[sortie.suffix.lower()](figure, fiche))


def ecrire_avec_texte(figure: Figure, fiche: Fiche, sortie: Path, equivalent: str) -> list[Path]:
    """Écrire une page, et à côté son équivalent en texte.

    Returns
    -------
    list of Path
        L’image, puis le texte (même nom, extension ``.txt``).
    """
    texte = sortie.with_suffix(".txt")
    ecrire_figure(figure, fiche, sortie)
    ecrire_entier(texte, equivalent.encode("utf-8"))
    return [sortie, texte]


def verifier_sortie(
    sortie: Path, extensions: Sequence[str] | None = None, quoi: str = "une carte"
) -> None:
    """Refuser une extension inconnue ou un dossier absent, avant tout calcul.

    Parameters
    ----------
    sortie : Path
        Fichier à écrire.
    extensions : sequence of str, optional
        Celles que l’on sait écrire ; celles d’une carte par défaut.
    quoi : str
        Ce que l’on écrit, pour le message.

    Raises
    ------
    ErreurDemande
    """
    permises = EXTENSIONS if extensions is None else tuple(extensions)
    if sortie.suffix.lower() not in permises:
        *premieres, derniere = permises
        liste = f"{', '.join(premieres)} ou {derniere}" if premieres else derniere
        remede = "l’une de ces extensions" if premieres else "cette extension"
        raise ErreurDemande(
            f"« {sortie.name} » : {quoi} s’écrit en {liste}. Donner au fichier {remede}."
        )
    if not sortie.parent.is_dir():
        raise ErreurDemande(
            f"Le dossier « {sortie.parent} » n’existe pas : le créer, ou en choisir un autre."
        )


def ecrire_entier(chemin: Path, contenu: bytes) -> None:
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


def _ecrire_png(figure: Figure, fiche: Fiche) -> bytes:
    toile: Any = FigureCanvasAgg(figure)
    figure.set_dpi(PPP)
    toile.draw()
    largeur, hauteur = toile.get_width_height()
    # Le fond est opaque : sans la couche de transparence, le fichier s’écrit un tiers plus vite.
    image = Image.frombuffer(
        "RGBA", (largeur, hauteur), toile.buffer_rgba(), "raw", "RGBA", 0, 1
    ).convert("RGB")
    champs = PngInfo()
    for nom, texte in {
        "Title": fiche.titre,
        "Author": _AUTEUR,
        "Description": fiche.alternative,
        "Source": fiche.source,
        "Identifier": fiche.document,
        "Language": LANGUE,
    }.items():
        if texte:
            champs.add_itxt(nom, texte, lang="fr")
    tampon = io.BytesIO()
    # Aplats : un niveau de compression moyen donne presque la taille du maximum.
    image.save(tampon, "PNG", dpi=(PPP, PPP), pnginfo=champs, compress_level=3)
    return tampon.getvalue()


def _ecrire_pdf(figure: Figure, fiche: Fiche) -> bytes:
    FigureCanvasPdf(figure)
    tampon = io.BytesIO()
    metadonnees: dict[str, Any] = {
        "Title": fiche.titre,
        "Author": _AUTEUR,
        "Subject": f"{fiche.sous_titre}. {fiche.alternative}",
        "Keywords": ", ".join([*fiche.mots_cles, *([fiche.document] if fiche.document else [])]),
        "CreationDate": None,
    }
    # Les polices s’écrivent à la fermeture : les réglages valent jusque-là.
    with reglages(), PdfPages(tampon, metadata=metadonnees) as pages:
        fichier = pages._ensure_file()
        # matplotlib ne sait pas dire la langue : le catalogue du document est récrit avec elle.
        fichier.writeObject(
            fichier.rootObject,
            {
                "Type": Name("Catalog"),  # type: ignore[no-untyped-call]
                "Pages": fichier.pagesObject,
                "Lang": LANGUE.encode("ascii"),
                "ViewerPreferences": {"DisplayDocTitle": True},
            },
        )
        pages.savefig(figure)
    return tampon.getvalue()


def _ecrire_svg(figure: Figure, fiche: Fiche) -> bytes:
    FigureCanvasSVG(figure)
    tampon = io.StringIO()
    metadonnees = {"Date": None, "Title": fiche.titre, "Language": LANGUE}
    if fiche.document:
        metadonnees["Identifier"] = fiche.document
    figure.savefig(tampon, format="svg", metadata=metadonnees)
    texte = tampon.getvalue()
    # Un logiciel de dessin sans nos polices prend les plus proches.
    for famille, repli in FAMILLES_DE_REPLI.items():
        texte = re.sub(rf"'{famille}'(?!,)", f"'{famille}', {repli}", texte)
    entete = (
        f'<title id="titre-carte">{escape(fiche.titre)}</title>\n'
        f'<desc id="description-carte">{escape(fiche.alternative)}</desc>\n'
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


_ECRIVAINS: dict[str, Callable[[Figure, Fiche], bytes]] = {
    ".png": _ecrire_png,
    ".svg": _ecrire_svg,
    ".pdf": _ecrire_pdf,
}
EXTENSIONS = tuple(_ECRIVAINS)
