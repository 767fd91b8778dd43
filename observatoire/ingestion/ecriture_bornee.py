"""Écrire ce qu’une archive produit, en s’arrêtant si elle se révèle être une bombe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from py7zr.io import Py7zIO, WriterFactory

__all__ = ["FabriqueBornee", "Limites", "SortieBornee", "TropGros"]


class TropGros(Exception):
    """La décompression a dépassé les limites."""


@dataclass(frozen=True, slots=True)
class Limites:
    """Ce qu’une archive a le droit de produire.

    Parameters
    ----------
    rapport : int
        Octets produits pour un octet d’archive.
    total : int
        Octets produits en tout.
    seuil : int
        En dessous, le rapport ne compte pas : un petit fichier très répétitif est inoffensif.
    """

    rapport: int = 200
    total: int = 8 * 2**30
    seuil: int = 10 * 2**20

    def depasse(self, produits: int, compresses: int) -> bool:
        """Vrai pour une bombe."""
        trop = produits > self.seuil and produits > self.rapport * max(compresses, 1)
        return trop or produits > self.total


class SortieBornee:
    """Compte tout ce qui est produit, et l’écrit dans le fichier visé s’il y en a un."""

    def __init__(self, sortie: IO[bytes] | None, limites: Limites, compresses: int) -> None:
        self._sortie = sortie
        self._limites = limites
        self._compresses = compresses
        self.produits = 0

    def viser(self, sortie: IO[bytes] | None) -> None:
        """Changer de fichier ; le compte continue."""
        self._sortie = sortie

    def compter(self, taille: int) -> None:
        """Ajouter au compte, ou lever :class:`TropGros`."""
        self.produits += taille
        if self._limites.depasse(self.produits, self._compresses):
            raise TropGros("décompression arrêtée : le contenu est démesuré (bombe)")

    def write(self, octets: bytes) -> int:
        """Écrire, ou lever :class:`TropGros`."""
        self.compter(len(octets))
        if self._sortie is not None:
            self._sortie.write(octets)
        return len(octets)


class _Fichier7z(Py7zIO):
    """Un membre de 7z écrit sur le disque, sous le compteur commun."""

    def __init__(self, chemin: Path, compteur: SortieBornee) -> None:
        self._flux = chemin.open("w+b")
        self._compteur = compteur

    def write(self, s: bytes | bytearray) -> int:
        self._compteur.compter(len(s))
        return self._flux.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._flux.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._flux.seek(offset, whence)

    def flush(self) -> None:
        if not self._flux.closed:
            self._flux.flush()

    def size(self) -> int:
        ici = self._flux.tell()
        fin = self._flux.seek(0, 2)
        self._flux.seek(ici)
        return fin

    def close(self) -> None:
        self._flux.close()


class FabriqueBornee(WriterFactory):
    """Donne à py7zr des fichiers comptés."""

    def __init__(self, dossier: Path, limites: Limites, compresses: int) -> None:
        self._dossier = dossier
        self._compteur = SortieBornee(None, limites, compresses)
        self._ouverts: list[_Fichier7z] = []

    def create(self, filename: str) -> Py7zIO:
        """Ouvrir un membre, dont le nom a déjà été contrôlé."""
        cible = self._dossier / filename
        cible.parent.mkdir(parents=True, exist_ok=True)
        fichier = _Fichier7z(cible, self._compteur)
        self._ouverts.append(fichier)
        return fichier

    def fermer(self) -> None:
        """Fermer tout, même après une erreur."""
        for fichier in self._ouverts:
            fichier.close()
