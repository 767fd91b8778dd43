"""Modèles des références : grands ensembles, villes comparables, chiffres nationaux publiés."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["ChiffreNational", "Comparables", "Ensembles"]

Commune = Annotated[str, Field(pattern=r"^[0-9][0-9AB][0-9]{3}$")]


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Ensembles(_Modele):
    """Règles des ensembles plus grands que la ville (département, France, intercommunalité)."""

    communes_min: int = Field(gt=0)
    """Nombre de communes à partir duquel une table est tenue pour nationale."""
    part_couverte_min: float = Field(ge=0, le=1)
    """Part des habitants de l’ensemble dont la commune doit avoir un chiffre."""
    part_quartiers_min: float = Field(ge=0, le=1)
    """De même pour l’ensemble des QPV de France, dont les quartiers sont plus semblables."""
    poids: tuple[str, ...] = Field(min_length=1)
    """Variables qui comptent les habitants, par ordre de préférence."""
    completer: dict[str, str] = Field(default_factory=dict)
    """Indicateur dont les communes masquées s’estiment d’après une variable qu’elles publient."""


class Comparables(_Modele):
    """Comment les villes comparables sont choisies."""

    nombre: int = Field(ge=2, le=30)
    population_min: int = Field(gt=0)
    """Population des plus petites villes entre lesquelles les écarts sont mesurés."""
    rapport_taille_max: float = Field(gt=1)
    """Une ville comparable a au plus ce nombre de fois la population de l’autre."""
    departements_sans_centre: tuple[str, ...] = ()
    """Départements dont les intercommunalités ont leur centre ailleurs (petite couronne de Paris)."""
    indicateurs: dict[str, str] = Field(min_length=2)
    """Variable de structure, diffusée par commune → son nom à l’écran."""
    groupes: dict[Commune, tuple[Commune, ...]] = Field(default_factory=dict)
    """Ville → groupe qu’elle a elle-même fixé."""

    @model_validator(mode="after")
    def _sans_elle_meme(self) -> Self:
        for ville, groupe in self.groupes.items():
            if ville in groupe or len(set(groupe)) != len(groupe) or not groupe:
                raise ValueError(
                    f"le groupe de {ville} doit nommer d’autres villes, chacune une seule fois"
                )
        return self


class ChiffreNational(_Modele):
    """Un chiffre que le producteur publie pour la France ou pour l’ensemble des QPV."""

    id: Annotated[str, Field(min_length=1)]
    indicateur: Annotated[str, Field(min_length=1)]
    millesime: int = Field(ge=1990, le=2100)
    reference: Literal["france", "qpv_france"]
    valeur: float
    champ: Annotated[str, Field(min_length=1)]
    page: str = Field(pattern=r"^https://")
