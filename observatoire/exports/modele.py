"""Modèle de la collectivité : logo, couleurs, service, modèles DOCX et PPTX.

Un petit fichier ``modele.toml``, dans le dossier des données ; sans lui, une présentation sobre.
Les fichiers qu’il nomme sont à côté de lui.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from observatoire.cartes import palettes
from observatoire.catalogue import Catalogue
from observatoire.chemins import Chemins
from observatoire.erreurs import Anomalie, ErreurDemande, lever_si_erreurs
from observatoire.redaction import ecrire_nombre

__all__ = ["NOM_FICHIER", "Modele", "charger_modele", "contraste"]

NOM_FICHIER = "modele.toml"
_CONTRASTE_MINIMAL = 4.5
"""Niveau AA des règles d’accessibilité (WCAG 2.2), pour un texte courant."""
_PAGE = "#ffffff"
_OCTETS_MAX = 5_000_000
_EXTENSIONS = {"logo": (".png", ".jpg", ".jpeg"), "document": (".docx",), "diaporama": (".pptx",)}
Couleur = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
_PERMISES = (
    "service, mention, logo, texte_logo, couleur, couleur_titres, document, diaporama, indicateurs"
)


class Modele(BaseModel):
    """Présentation des documents d’une collectivité."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    service: str = "Observatoire des quartiers"
    """Nom du service, en tête de chaque document."""
    mention: str = ""
    """Phrase ajoutée à la fin : personne à qui écrire, délibération…"""
    logo: Path | None = None
    texte_logo: str = ""
    """Ce que dit le logo, pour qui ne le voit pas."""
    couleur: Couleur = "#8a4513"
    """Surtitres, filets et repères, sur fond blanc."""
    couleur_titres: Couleur = palettes.ENCRE
    document: Path | None = None
    """Modèle DOCX : ses styles l’emportent."""
    diaporama: Path | None = None
    """Modèle PPTX : ses masques l’emportent."""
    indicateurs: tuple[str, ...] = ()
    """Indicateurs du tableau, dans l’ordre ; vide : ceux de l’observatoire."""


def charger_modele(chemins: Chemins, catalogue: Catalogue) -> Modele:
    """Lire et vérifier le modèle de la collectivité.

    Parameters
    ----------
    chemins : Chemins
        ``modele.toml`` est à la racine des données.
    catalogue : Catalogue
        Les indicateurs nommés doivent y être.

    Returns
    -------
    Modele
        Le modèle sobre si le fichier n’existe pas ; chemins absolus sinon.

    Raises
    ------
    ErreurDemande
        Avec toutes les fautes : fichier illisible, clé inconnue, fichier absent ou hors du dossier,
        contraste insuffisant, indicateur inconnu.
    """
    fichier = chemins.racine / NOM_FICHIER
    if not fichier.is_file():
        return Modele()
    try:
        brut = tomllib.loads(fichier.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as erreur:
        raise ErreurDemande(
            f"« {fichier} » est illisible ({erreur}). C’est un fichier TOML en UTF-8 : corrigez-le, "
            "ou retirez-le pour la présentation par défaut."
        ) from erreur
    fautes: list[Anomalie] = []
    try:
        modele = Modele.model_validate(brut)
    except ValidationError as erreur:
        fautes += [_traduire(e["loc"], e["type"], e["msg"]) for e in erreur.errors()]
        # Les clés saines sont vérifiées aussi : toutes les fautes d’un coup.
        fausses = {str(e["loc"][0]) for e in erreur.errors()}
        modele = Modele.model_validate({c: v for c, v in brut.items() if c not in fausses})
    resolus = {c: _resoudre(fichier.parent, c, modele, fautes) for c in _EXTENSIONS}
    fautes += _fautes_de_fond(modele, catalogue)
    lever_si_erreurs(f"Le modèle « {fichier} » a des fautes :", fautes, classe=ErreurDemande)
    return modele.model_copy(update=resolus)


def _traduire(lieu: tuple[int | str, ...], genre: str, message: str) -> Anomalie:
    cle = str(lieu[0]) if lieu else ""
    if genre == "extra_forbidden":
        return _faute(cle, "clé inconnue", f"clés permises : {_PERMISES}")
    if genre == "string_pattern_mismatch":
        return _faute(cle, "une couleur s’écrit « #1b1f2a »", "six chiffres hexadécimaux après #")
    return _faute(cle, f"valeur refusée ({message})", "voir docs/documents.md")


def _faute(cle: str, message: str, remede: str) -> Anomalie:
    return Anomalie(message, fichier=NOM_FICHIER, colonne=cle, remede=remede)


def _resoudre(dossier: Path, cle: str, modele: Modele, fautes: list[Anomalie]) -> Path | None:
    demande: Path | None = getattr(modele, cle)
    if demande is None:
        return None
    chemin = (dossier / demande).resolve()
    permises = _EXTENSIONS[cle]
    if not chemin.is_relative_to(dossier.resolve()):
        fautes.append(
            _faute(cle, f"« {demande} » est hors du dossier", "copiez-le à côté du modèle")
        )
    elif chemin.suffix.lower() not in permises:
        fautes.append(
            _faute(cle, f"« {demande} » : extension refusée", f"permises : {', '.join(permises)}")
        )
    elif not chemin.is_file():
        fautes.append(_faute(cle, f"« {demande} » n’existe pas", f"déposez-le dans « {dossier} »"))
    elif chemin.stat().st_size > _OCTETS_MAX:
        fautes.append(_faute(cle, f"« {demande} » dépasse 5 Mo", "allégez-le"))
    return chemin


def _fautes_de_fond(modele: Modele, catalogue: Catalogue) -> list[Anomalie]:
    fautes = []
    for cle in ("couleur", "couleur_titres"):
        rapport = contraste(getattr(modele, cle), _PAGE)
        if rapport < _CONTRASTE_MINIMAL:
            fautes.append(
                _faute(
                    cle,
                    f"contraste de {ecrire_nombre(rapport, 1)} sur fond blanc, "
                    f"pour {ecrire_nombre(_CONTRASTE_MINIMAL, 1)} au moins",
                    "prenez une couleur plus sombre",
                )
            )
    if modele.logo is not None and not modele.texte_logo:
        fautes.append(
            _faute(
                "texte_logo", "manque", "dites ce que le logo représente, pour qui ne le voit pas"
            )
        )
    inconnus = [i for i in modele.indicateurs if i not in catalogue.indicateurs]
    if inconnus:
        fautes.append(
            _faute(
                "indicateurs",
                f"inconnus du catalogue : {', '.join(inconnus)}",
                "« observatoire indicateurs » les énumère",
            )
        )
    return fautes


def contraste(une: str, autre: str) -> float:
    """Rapport de contraste de deux couleurs, de 1 à 21.

    Luminance relative et rapport des WCAG 2.2 (« contrast ratio »).

    Parameters
    ----------
    une, autre : str
        Couleurs « #rrggbb ».
    """
    hautes, basses = sorted((_luminance(une), _luminance(autre)), reverse=True)
    return (hautes + 0.05) / (basses + 0.05)


def _luminance(couleur: str) -> float:
    canaux = [int(couleur[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
    return float(sum(p * c for p, c in zip((0.2126, 0.7152, 0.0722), lineaires, strict=True)))
