"""Un fichier en cours de réception, et ce qu’il faut pour le reprendre après un arrêt brutal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FichierPartiel"]


@dataclass
class FichierPartiel:
    """Fichier en cours de réception, et le journal qui permet de le reprendre."""

    cible: Path
    adresse: str
    validateur: str = ""
    total: int | None = None
    entetes: dict[str, str] = field(default_factory=dict)
    finale: str = ""

    @property
    def journal(self) -> Path:
        """Ce qu’il faut pour reprendre."""
        return self.cible.with_name(self.cible.name + ".json")

    @property
    def recus(self) -> int:
        """Octets déjà sur le disque."""
        return self.cible.stat().st_size if self.cible.exists() else 0

    @property
    def complet(self) -> bool:
        """Vrai si tout est reçu : un arrêt brutal a pu survenir juste après."""
        return bool(self.validateur) and self.total is not None and self.recus == self.total

    def relire(self) -> None:
        """Reprendre le journal s’il décrit bien ce fichier ; sinon repartir de rien."""
        try:
            brut = json.loads(self.journal.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            brut = {}
        if brut.get("adresse") == self.adresse and brut.get("validateur"):
            self.validateur, self.total = brut["validateur"], brut["total"]
            self.entetes, self.finale = brut["entetes"], brut["finale"]
        else:
            self.oublier()

    def noter(self) -> None:
        """Écrire le journal, avant le premier octet du fichier."""
        champs = ("adresse", "validateur", "total", "entetes", "finale")
        neuf = self.journal.with_suffix(".tmp")
        neuf.write_text(json.dumps({c: getattr(self, c) for c in champs}), encoding="utf-8")
        neuf.replace(self.journal)

    def oublier(self) -> None:
        """Repartir de rien."""
        self.cible.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)
        self.validateur, self.total, self.entetes = "", None, {}
