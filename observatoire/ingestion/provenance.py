"""Fiche de provenance d’un fichier brut : écrite à côté de lui, de façon atomique."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from observatoire.catalogue import Source
from observatoire.catalogue.modeles import Telechargement
from observatoire.erreurs import Anomalie, ErreurDonnees

__all__ = ["Fiche", "chemin_fiche", "ecrire_fiche", "lire_fiche", "maintenant", "remplacer"]


@dataclass(frozen=True, slots=True)
class Fiche:
    """D’où vient un fichier brut.

    Parameters
    ----------
    source, millesime, geographie, commune
        Ce que le fichier est, d’après le catalogue.
    producteur, titre, licence, page
        À citer.
    adresse, adresse_finale : str
        Adresse demandée, et celle qui a répondu après redirection.
    fichier : str
        Nom dans le cache ; celui du fichier déposé garde son extension.
    origine : {"reseau", "depot"}
        Téléchargé, ou déposé à la main.
    date, verifie_le : str
        Réception et dernière vérification, ISO 8601 en temps universel.
    sha256 : str
        Empreinte acceptée.
    taille : int
        Octets.
    entetes : dict
        En-têtes HTTP utiles.
    extraits : dict
        Chemin relatif → SHA-256 de ce qui a été extrait de l’archive.
    avertissements : tuple of str
        Ce qui a été toléré à la réception.
    """

    source: str
    millesime: int
    geographie: int | None
    commune: str
    producteur: str
    titre: str
    licence: str
    page: str
    adresse: str
    adresse_finale: str
    fichier: str
    origine: str
    date: str
    verifie_le: str
    sha256: str
    taille: int
    entetes: dict[str, str] = field(default_factory=dict)
    extraits: dict[str, str] = field(default_factory=dict)
    avertissements: tuple[str, ...] = ()

    @classmethod
    def pour(
        cls,
        source: Source,
        declaration: Telechargement,
        commune: str,
        *,
        fichier: str,
        origine: str,
        sha256: str,
        taille: int,
        adresse_finale: str = "",
        entetes: dict[str, str] | None = None,
    ) -> Fiche:
        """Remplir la fiche à partir du catalogue et de la réception."""
        adresse = declaration.adresse_pour(commune)
        date = maintenant()
        return cls(
            source=source.id,
            millesime=declaration.millesime,
            geographie=declaration.geographie,
            commune=commune,
            producteur=source.producteur,
            titre=source.titre,
            licence=source.licence,
            page=source.page,
            adresse=adresse,
            adresse_finale=adresse_finale or adresse,
            fichier=fichier,
            origine=origine,
            date=date,
            verifie_le=date,
            sha256=sha256,
            taille=taille,
            entetes=entetes or {},
        )


def maintenant() -> str:
    """Date et heure, ISO 8601 en temps universel, à la seconde."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def chemin_fiche(fichier: Path) -> Path:
    """Fiche d’un fichier : le même nom, suivi de ``.json``."""
    return fichier.with_name(fichier.name + ".json")


def lire_fiche(fichier: Path) -> Fiche | None:
    """Relire la fiche d’un fichier.

    Parameters
    ----------
    fichier : pathlib.Path
        Fichier brut, présent ou non.

    Returns
    -------
    Fiche or None
        ``None`` s’il n’y a pas de fiche.

    Raises
    ------
    ErreurDonnees
        Fiche illisible ou incomplète.
    """
    fiche = chemin_fiche(fichier)
    if not fiche.is_file():
        return None
    try:
        brut = json.loads(fiche.read_text(encoding="utf-8"))
        brut["avertissements"] = tuple(brut["avertissements"])
        return Fiche(**{c.name: brut[c.name] for c in fields(Fiche)})
    except (ValueError, KeyError, TypeError) as erreur:
        remede = "effacez cette fiche et relancez : le fichier sera vérifié de nouveau"
        faute = Anomalie(f"fiche de provenance illisible ({erreur})", str(fiche), remede=remede)
        raise ErreurDonnees("Le cache ne peut être employé :", [faute]) from erreur


def ecrire_fiche(fichier: Path, fiche: Fiche) -> None:
    """Écrire la fiche d’un fichier, entière ou pas du tout.

    Parameters
    ----------
    fichier : pathlib.Path
        Fichier brut.
    fiche : Fiche
        Sa provenance.
    """
    texte = json.dumps(asdict(fiche), ensure_ascii=False, indent=2) + "\n"
    with remplacer(chemin_fiche(fichier)) as neuf:
        neuf.write_text(texte, encoding="utf-8")


@contextmanager
def remplacer(cible: Path) -> Iterator[Path]:
    """Donner un chemin provisoire, puis le substituer à la cible d’un seul coup."""
    cible.parent.mkdir(parents=True, exist_ok=True)
    neuf = cible.with_name(f".{cible.name}.tmp")
    try:
        yield neuf
        neuf.replace(cible)
    finally:
        neuf.unlink(missing_ok=True)
