"""Communes et arrondissements, tels que les calculs territoriaux les emploient."""

from observatoire.arrondissements import code_ville, composantes, nom_ville

__all__ = ["code_ville", "composantes", "nom_ville"]
