"""Ce qu’une édition peut colorer : les découpages où un indicateur a au moins une valeur."""

from __future__ import annotations

from collections import defaultdict

import streamlit as st

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Statut
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    Demande,
    cle_edition,
    indicateurs_au_choix,
    niveaux_au_choix,
    references_de,
)

__all__ = [
    "a_des_ecarts",
    "demande_par_defaut",
    "indicateurs_de_la_carte",
    "niveau_a_montrer",
    "niveaux_connus",
]

_CONNUS = (Statut.PUBLIE.value, Statut.ESTIME.value)


def niveaux_connus(edition: Edition, indicateur: str, millesime: int) -> frozenset[str]:
    """Types de territoires où l’indicateur a au moins une valeur publiée ou estimée cette année-là.

    Parameters
    ----------
    edition : Edition
    indicateur : str
    millesime : int

    Returns
    -------
    frozenset of str
        Valeurs de ``type_territoire`` ; vide si l’indicateur est inconnu partout.
    """
    return _niveaux(*cle_edition(edition), edition).get((indicateur, millesime), frozenset())


def niveau_a_montrer(edition: Edition, indicateur: str, millesime: int, niveaux: list[str]) -> str:
    """Découpage montré d’abord.

    Le premier des découpages permis qui a une valeur ; le premier tout court si aucun n’en a.
    """
    connus = niveaux_connus(edition, indicateur, millesime)
    return next((n for n in niveaux if n in connus), niveaux[0])


def a_des_ecarts(edition: Edition, indicateur: str) -> bool:
    """Vrai si l’édition connaît un écart de cet indicateur, à une référence et une année quelconques."""
    return indicateur in _compares(*cle_edition(edition), edition)


def demande_par_defaut(edition: Edition, indicateur: Indicateur) -> Demande:
    """Carte que montre un indicateur que l’on vient de choisir, sans autre choix.

    Parameters
    ----------
    edition : Edition
    indicateur : Indicateur
        Un de ceux de l’édition.

    Returns
    -------
    Demande
        Dernière année, sa référence, et le premier découpage qui a une valeur.
    """
    annee = int(max(edition.manifeste["millesimes"][indicateur.id]))
    se_compare = not indicateur.est_stock and a_des_ecarts(edition, indicateur.id)
    return Demande(
        indicateur.id,
        annee,
        vue="ecart" if se_compare else "valeur",
        niveau=niveau_a_montrer(edition, indicateur.id, annee, list(niveaux_au_choix(edition))),
        reference=references_de(edition, indicateur, annee)[0],
    )


def indicateurs_de_la_carte(
    edition: Edition, catalogue: Catalogue, niveaux: list[str]
) -> list[dict[str, str]]:
    """Indicateurs à chercher ; ceux qui ne sont connus que pour la ville le disent."""
    return _indicateurs(
        *cle_edition(edition), catalogue.empreinte, tuple(niveaux), edition, catalogue
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _indicateurs(
    dossier: str,
    ville: str,
    empreinte: str,
    niveaux: tuple[str, ...],
    _edition: Edition,
    _catalogue: Catalogue,
) -> list[dict[str, str]]:
    del dossier, ville, empreinte
    options = indicateurs_au_choix(_edition, _catalogue)
    annees = _edition.manifeste["millesimes"]
    connus = _niveaux(*cle_edition(_edition), _edition)
    for option in options:
        vus = [connus.get((option["v"], int(a)), frozenset()) for a in annees[option["v"]]]
        if not any(v & set(niveaux) for v in vus):
            option["d"] = "connu pour la ville entière seulement"
    return options


@st.cache_resource(max_entries=8, show_spinner=False)
def _compares(dossier: str, ville: str, _edition: Edition) -> frozenset[str]:
    del dossier, ville
    ecarts = _edition.ecarts
    return frozenset(map(str, ecarts.loc[ecarts["ecart"].notna(), "indicateur"].unique()))


@st.cache_resource(max_entries=8, show_spinner=False)
def _niveaux(dossier: str, ville: str, _edition: Edition) -> dict[tuple[str, int], frozenset[str]]:
    del dossier, ville
    lignes = _edition.resultats
    lignes = lignes[lignes["statut"].isin(_CONNUS) & lignes["valeur"].notna()]
    cles = lignes[["indicateur", "millesime", "type_territoire"]].drop_duplicates()
    trouves: dict[tuple[str, int], set[str]] = defaultdict(set)
    for indicateur, millesime, niveau in cles.itertuples(index=False):
        trouves[str(indicateur), int(millesime)].add(str(niveau))
    return {cle: frozenset(niveaux) for cle, niveaux in trouves.items()}
