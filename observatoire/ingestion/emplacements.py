"""Où chaque fichier brut est rangé dans le cache, et si l’exemplaire accepté est intact."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from observatoire.catalogue import Catalogue, Source
from observatoire.catalogue.modeles import Telechargement
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDemande
from observatoire.ingestion.modeles import empreinte_fichier
from observatoire.ingestion.partiel import FichierPartiel
from observatoire.ingestion.provenance import Fiche, lire_fiche

__all__ = ["Emplacement", "placer"]

_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}|[0-9]{9}")  # ou le SIREN d’une intercommunalité


@dataclass(frozen=True, slots=True)
class Emplacement:
    """Les fichiers d’une source et d’un millésime (et d’une commune) dans le cache."""

    source: Source
    declaration: Telechargement
    commune: str
    dossier: Path

    @property
    def nom(self) -> str:
        """Nom attendu du fichier."""
        return self.declaration.nom_fichier(self.commune)

    @property
    def adresse(self) -> str:
        """Adresse chez le producteur."""
        return self.declaration.adresse_pour(self.commune)

    @property
    def ancre(self) -> Path:
        """Fichier dont la fiche porte le nom ; le contenu peut avoir une autre extension."""
        return self.dossier / self.nom

    @property
    def partiel(self) -> Path:
        """Réception en cours."""
        return self.dossier / f"{self.nom}.partiel"

    @property
    def depose(self) -> Path:
        """Copie en cours d’un fichier déposé."""
        return self.dossier / f"{self.nom}.depose"

    @property
    def nouveau(self) -> Path:
        """Version différente, mise de côté jusqu’à acceptation."""
        return self.dossier / f"{self.nom}.nouveau"

    def extraits(self, sha256: str) -> Path:
        """Dossier des membres extraits d’un exemplaire."""
        return self.dossier / f"extraits-{sha256[:12]}"

    def fiche(self) -> Fiche | None:
        """Fiche de l’exemplaire accepté."""
        return lire_fiche(self.ancre)

    def fiche_nouvelle(self) -> Fiche | None:
        """Fiche de la version mise de côté, si elle est entière."""
        return lire_fiche(self.nouveau) if self.nouveau.is_file() else None

    def reparer(self, fiche: Fiche) -> bool:
        """Vrai si l’exemplaire accepté est là ; finit un remplacement interrompu."""
        fichier = self.dossier / fiche.fichier
        if fichier.is_file() and empreinte_fichier(fichier) == fiche.sha256:
            return True
        for candidat in (self.nouveau, self.partiel, self.depose):
            if candidat.is_file() and empreinte_fichier(candidat) == fiche.sha256:
                candidat.replace(fichier)
                return True
        return False

    def balayer(self) -> None:
        """Retirer ce qu’un arrêt brutal a laissé après le rangement du fichier accepté.

        À n’appeler que sous le verrou du dossier, une fois l’exemplaire accepté en place : les
        brouillons n’ont alors plus d’auteur. Une réception en cours garde son journal.
        """
        for brouillon in self.dossier.glob("*.tmp"):
            if brouillon.is_dir():
                shutil.rmtree(brouillon, ignore_errors=True)
            else:
                brouillon.unlink(missing_ok=True)
        self.depose.unlink(missing_ok=True)
        if not self.partiel.exists():
            FichierPartiel(self.partiel, self.adresse).journal.unlink(missing_ok=True)

    def extraits_intacts(self, fiche: Fiche) -> bool:
        """Vrai si tout ce qui a été extrait est là, inchangé."""
        dossier = self.extraits(fiche.sha256)
        return all(
            (dossier / nom).is_file() and empreinte_fichier(dossier / nom) == somme
            for nom, somme in fiche.extraits.items()
        )


def placer(
    source: str, millesime: int, chemins: Chemins, catalogue: Catalogue, commune: str | None
) -> Emplacement:
    """Trouver la déclaration voulue ; celle d’une commune l’emporte si une commune est donnée.

    Parameters
    ----------
    source : str
        Identifiant de la source.
    millesime : int
        Année.
    chemins : Chemins
        Racine des données.
    catalogue : Catalogue
        Déclarations.
    commune : str or None
        Code officiel géographique.

    Raises
    ------
    ErreurDemande
        Source, millésime ou commune sans téléchargement déclaré.
    """
    if source not in catalogue.sources:
        raise ErreurDemande(f"La source « {source} » n’est pas au catalogue.")
    if commune is not None and not _COMMUNE.fullmatch(commune):
        raise ErreurDemande(f"« {commune} » n’est pas un code de commune (cinq caractères).")
    trouvee = catalogue.sources[source]
    declarations = [t for t in trouvee.telechargements if t.millesime == millesime]
    choix = [t for t in declarations if t.par_commune == (commune is not None)]
    if not choix and commune is not None:
        choix = [t for t in declarations if not t.par_commune]
    if not choix:
        annees = sorted({t.millesime for t in trouvee.telechargements})
        precision = "donnez une commune" if declarations else f"millésimes déclarés : {annees}"
        raise ErreurDemande(
            f"Aucun téléchargement de « {trouvee.titre} » {millesime} au catalogue ({precision})."
        )
    declaration = choix[0]
    dossier = chemins.cache / source / str(millesime)
    return Emplacement(
        trouvee, declaration, commune or "" if declaration.par_commune else "", dossier
    )
