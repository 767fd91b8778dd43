"""Composer un PDF par typst : balisé (PDF/UA-1), en français, polices embarquées.

Un gabarit de ``gabarits/`` lit ``contenu.json`` comme des données : aucun texte n’est interprété
comme du balisage. ``commun.typ`` porte la présentation que tous les documents partagent.
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from observatoire.cartes.typographie import DOSSIER_POLICES
from observatoire.erreurs import ErreurDemande
from observatoire.exports.lignes import Chiffre
from observatoire.exports.modele import Modele

__all__ = ["SERRES", "chiffre_en_json", "composer_pages", "composer_pdf", "presentation"]

_GABARITS = Path(__file__).resolve().parent / "gabarits"
_COMMUN = "commun.typ"


SERRES = (1.0, 0.94, 0.88)
"""Corps et blancs de la fin d’un document, essayés l’un après l’autre."""
_PAGE_PLEINE = 0.3
"""Part de la dernière page au-delà de laquelle elle ne paraît pas vide."""


def composer_pdf(
    gabarit: str,
    ranger: Callable[[Path], dict[str, Any]],
    *,
    publiee_le: str,
    serres: Sequence[float] = (1.0,),
) -> bytes:
    """Composer un document ; le même contenu donne toujours les mêmes octets.

    Parameters
    ----------
    gabarit : str
        Fichier de ``gabarits/``.
    ranger : callable
        Reçoit un dossier, y range les images du document et rend son contenu, sérialisable.
    publiee_le : str
        Date de l’édition (ISO 8601) : elle date le fichier, pour que deux exports soient identiques.
    serres : sequence of float
        Resserrements entre lesquels choisir (:data:`SERRES`) ; le gabarit doit finir par la brique ``fin``.

    Raises
    ------
    ErreurDemande
        Logo ou lettre que typst ne sait pas lire.
    """
    horodatage = datetime.fromisoformat(publiee_le).astimezone(UTC)
    pdf = composer_pages(
        gabarit, ranger, serres=serres, format="pdf", pdf_standards="ua-1", timestamp=horodatage
    )
    assert isinstance(pdf, bytes)
    return pdf


def composer_pages(
    gabarit: str,
    ranger: Callable[[Path], dict[str, Any]],
    *,
    serres: Sequence[float] = (1.0,),
    **reglages: Any,
) -> Any:
    """Composer avec d’autres réglages de typst : des images plutôt qu’un PDF, par exemple.

    Parameters
    ----------
    gabarit, ranger, serres
        Ceux de :func:`composer_pdf`.
    **reglages
        Transmis à typst.

    Raises
    ------
    ErreurDemande
        Logo ou lettre que typst ne sait pas lire.
    """
    with tempfile.TemporaryDirectory(prefix="document-") as brut:
        dossier = Path(brut)
        for nom in (gabarit, _COMMUN):
            (dossier / nom).write_bytes((_GABARITS / nom).read_bytes())
        donnees = ranger(dossier)
        try:
            return _compiler(dossier, gabarit, donnees, serres).compile(**reglages)
        # La mesure de la fin lève RuntimeError là où la composition lève TypstError.
        except (typst.TypstError, RuntimeError) as erreur:
            raise ErreurDemande(
                f"Le document n’a pas pu être composé ({getattr(erreur, 'message', erreur)}) : vérifiez le logo du modèle, "
                "puis les noms des quartiers."
            ) from erreur


def _compiler(
    dossier: Path, gabarit: str, donnees: dict[str, Any], serres: Sequence[float]
) -> typst.Compiler:
    """Compilateur du resserrement qui fait le moins de pages, la dernière n’étant pas presque vide.

    À pages égales, le moins serré. Si aucun ne convient, les sources passent d’un bloc à la dernière page.
    """
    if len(serres) == 1:
        return _preparer(dossier, gabarit, donnees, serres[0])
    retenue: tuple[int, float] | None = None
    for serre in serres:
        fin = json.loads(
            _preparer(dossier, gabarit, donnees, serre).query("<fin>", field="value", one=True)
        )
        if fin["part"] > _PAGE_PLEINE and (retenue is None or fin["page"] < retenue[0]):
            retenue = fin["page"], serre
    if retenue is None:
        return _preparer(dossier, gabarit, donnees, serres[0], saut=True)
    return _preparer(dossier, gabarit, donnees, retenue[1])


def _preparer(
    dossier: Path, gabarit: str, donnees: dict[str, Any], serre: float, *, saut: bool = False
) -> typst.Compiler:
    texte = json.dumps({**donnees, "serre": serre, "saut": saut}, ensure_ascii=False)
    (dossier / "contenu.json").write_text(_lisible(texte), "utf-8")
    return typst.Compiler(str(dossier / gabarit), root=str(dossier), font_paths=_polices())


def presentation(modele: Modele, dossier: Path) -> dict[str, Any]:
    """Ce que le gabarit commun montre de la collectivité ; son logo est copié dans le dossier."""
    logo = ""
    if modele.logo is not None:
        logo = f"logo{modele.logo.suffix.lower()}"
        (dossier / logo).write_bytes(modele.logo.read_bytes())
    return {
        "service": modele.service,
        "mention": modele.mention,
        "logo": logo,
        "texte_logo": modele.texte_logo,
        "couleur": modele.couleur,
        "couleur_titres": modele.couleur_titres,
    }


def chiffre_en_json(chiffre: Chiffre) -> dict[str, Any]:
    """Un chiffre comme les gabarits l’attendent."""
    return {
        "texte": chiffre.texte,
        "intervalle": chiffre.intervalle,
        "ecart": chiffre.ecart,
        "certitude": chiffre.certitude,
        "verdict": chiffre.verdict,
        "compare": chiffre.compare,
        "cote": chiffre.ecart_signe,
        "connu": chiffre.valeur is not None,
    }


@lru_cache(maxsize=1)
def _polices() -> Any:
    # Les polices de typst ne servent qu’aux lettres que les nôtres n’ont pas.
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(DOSSIER_POLICES)]
    )


@lru_cache(maxsize=1)
def _lettres() -> frozenset[str]:
    with TTFont(DOSSIER_POLICES / "ObservatoireSans-Regular.ttf") as police:
        return frozenset(map(chr, police.getBestCmap()))


def _lisible(texte: str) -> str:
    """Remplacer par « □ » une lettre qu’aucune police n’a : PDF/UA refuse un signe sans dessin."""
    autres = {
        c
        for c in set(texte) - _lettres()
        if not unicodedata.name(c, "").startswith(("LATIN", "GREEK", "CYRILLIC"))
    }
    return texte.translate(dict.fromkeys(map(ord, autres - {"\n"}), "□"))
