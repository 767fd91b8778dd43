"""Modèle des réglages d’inégalité déclarés dans ``inegalites.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["ReglesInegalites", "TypeDeQuartier"]


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReglesSegregation(_Modele):
    """Répartition des groupes entre les IRIS."""

    indicateurs: tuple[str, ...] = Field(min_length=1)
    iris_min: int = Field(ge=2)
    types_iris: tuple[str, ...]
    tirages: int = Field(ge=50)
    graine: int


class ReglesGrappes(_Modele):
    """Ressemblance des IRIS voisins."""

    indicateurs: tuple[str, ...] = Field(min_length=1)
    iris_min: int = Field(ge=4)
    permutations: int = Field(ge=99)
    graine: int
    fausses_decouvertes: float = Field(gt=0, lt=1)


class ReglesCarreaux(_Modele):
    """Groupes de carreaux de 200 m."""

    # L’Insee ne diffuse rien sur moins de 11 ménages : on ne descend pas au-dessous.
    menages_min: int = Field(ge=11)
    part_dans_qpv_min: float = Field(gt=0, le=1)
    part_tronquee: float = Field(gt=0, le=1)


class ReglesPoches(_Modele):
    """IRIS, ou groupes de carreaux, aussi fragiles que les quartiers prioritaires, hors d’eux."""

    indicateur: str
    seuil: Literal["minimum", "mediane"]
    habitants_min: int = Field(ge=0)
    part_dans_qpv_max: float = Field(ge=0, lt=1)
    carreaux: ReglesCarreaux

    @model_validator(mode="after")
    def _parts_distinctes(self) -> ReglesPoches:
        if self.carreaux.part_dans_qpv_min <= self.part_dans_qpv_max:
            raise ValueError(
                "« carreaux.part_dans_qpv_min » doit dépasser « part_dans_qpv_max » : sinon un carreau serait à la fois "
                "dans un quartier et hors de lui"
            )
        return self


class ReglesCeintures(_Modele):
    """Bande autour de chaque quartier prioritaire."""

    largeur_m: float = Field(gt=0)
    indicateurs: tuple[str, ...] = Field(min_length=1)


class ReglesDefavorisation(_Modele):
    """Mesures de l’indice de défavorisation, dans l’ordre du modèle livré."""

    variables: tuple[str, ...] = Field(min_length=2)
    favorable: str
    ecart_annees_max: int = Field(ge=0)


class TypeDeQuartier(_Modele):
    """Un type : sa phrase, et les écarts qui doivent être certains."""

    libelle: str = Field(min_length=1)
    oui: tuple[str, ...] = ()
    non: tuple[str, ...] = ()


class ReglesTypologie(_Modele):
    """Types de quartiers, dans l’ordre où ils sont essayés."""

    seuil_points: float = Field(gt=0)
    indicateurs: tuple[str, ...] = Field(min_length=1)
    types: dict[str, TypeDeQuartier] = Field(min_length=1)


class ReglesInegalites(_Modele):
    """Tout ``inegalites.toml``."""

    segregation: ReglesSegregation
    grappes: ReglesGrappes
    poches: ReglesPoches
    ceintures: ReglesCeintures
    defavorisation: ReglesDefavorisation
    typologie: ReglesTypologie

    def cites(self) -> Iterator[tuple[str, str]]:
        """Indicateurs nommés, avec la clé qui les nomme."""
        for cle in ("segregation", "grappes", "ceintures", "typologie"):
            for indicateur in getattr(self, cle).indicateurs:
                yield f"{cle}.indicateurs", indicateur
        yield "poches.indicateur", self.poches.indicateur
        for indicateur in (*self.defavorisation.variables, self.defavorisation.favorable):
            yield "defavorisation.variables", indicateur
        for nom, genre in self.typologie.types.items():
            for indicateur in (*genre.oui, *genre.non):
                yield f"typologie.types.{nom}", indicateur
