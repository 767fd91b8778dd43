"""Valeurs de référence : chaque ville, sans ses quartiers prioritaires, et l’intercommunalité."""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Reference, Statut, TypeTerritoire
from observatoire.indicateurs.contexte import Contexte
from observatoire.indicateurs.mesures import mesurer_iris
from observatoire.indicateurs.revenus import quantiles_de_melanges

__all__ = ["calculer_references", "part_dans_la_ville", "references_epci", "valeurs_hors_quartiers"]

COLONNES_REFERENCES = [
    "code_commune", "indicateur", "millesime", "reference", "valeur", "statut", "methode",
    "part_couverte", "imprecision", "note",
]  # fmt: skip
# Ce qui ne se retire pas d’une ville comme un taux.
_A_PART = frozenset({"quantile", "rapport_quantiles", "densite"})


def valeurs_hors_quartiers(villes: pd.Series, quartiers: pd.DataFrame) -> pd.Series:
    """Taux de chaque ville sans ses quartiers.

    Parameters
    ----------
    villes : pandas.Series of float
        Taux de la ville entière, par ``code_commune``.
    quartiers : pandas.DataFrame
        ``code_commune``, ``valeur`` (taux du quartier) et ``part`` du dénominateur de la ville
        qu’il porte (0 à 1) ; une ligne par quartier et par ville où il se trouve.

    Returns
    -------
    pandas.Series of float
        ``(p_ville − Σ w p_q) / (1 − Σ w)`` ; ``NaN`` si un terme manque, si la ville n’a pas de
        quartier ou s’ils la couvrent toute.
    """
    termes = pd.DataFrame(
        {"part": quartiers["part"], "masse": quartiers["part"] * quartiers["valeur"]}
    )
    sommes = _sommer(termes, quartiers["code_commune"]).reindex(villes.index)
    reste = 1 - sommes["part"]
    return (villes - sommes["masse"]) / reste.where(reste > 0)


def calculer_references(contexte: Contexte, resultats: pd.DataFrame) -> pd.DataFrame:
    """Valeur de chaque référence, par ville, indicateur et millésime.

    Parameters
    ----------
    contexte : Contexte
        Données des villes.
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.

    Returns
    -------
    pandas.DataFrame
        ``code_commune, indicateur, millesime, reference, valeur, statut, methode, part_couverte,
        imprecision, note`` ; ``imprecision`` est la demi-largeur de ce qui reste incertain de la
        référence elle-même (0 ici). La ville hors QPV est toujours estimée : pour un taux, ``(p_ville − Σ w p_q) / (1 − Σ w)`` ; pour un
        niveau de vie, mélange des distributions des IRIS pesées par leurs habitants hors des
        quartiers.
    """
    stocks = {i.id for i in contexte.catalogue.indicateurs.values() if i.est_stock}
    utiles = resultats[~resultats["indicateur"].isin(stocks)]
    villes = utiles[utiles["type_territoire"] == TypeTerritoire.COMMUNE.value]
    if villes.empty:
        return pd.DataFrame(columns=COLONNES_REFERENCES)
    quartiers = utiles[utiles["type_territoire"] == TypeTerritoire.QPV.value]
    valeurs = _taux_hors_quartiers(contexte, villes, quartiers)
    for (identifiant, millesime), lignes in villes.groupby(["indicateur", "millesime"], sort=False):
        indicateur, annee = contexte.catalogue.indicateurs[str(identifiant)], int(str(millesime))
        if indicateur.calcul not in _A_PART:
            continue
        memes = quartiers[
            (quartiers["indicateur"] == indicateur.id) & (quartiers["millesime"] == annee)
        ]
        seules = lignes.set_index("code_territoire")
        hors = _hors_quartiers(contexte, indicateur, annee, seules, memes)
        valeurs.loc[lignes.index] = hors.reindex(lignes["code_territoire"]).to_numpy()
    connues = np.isfinite(valeurs)
    table = villes.assign(
        code_commune=villes["code_territoire"],
        reference=Reference.VILLE.value,
        imprecision=0.0,
        note="",
    )
    hors_quartiers = table.assign(
        reference=Reference.VILLE_HORS_QPV.value,
        valeur=valeurs,
        statut=np.where(connues, Statut.ESTIME.value, Statut.ABSENT.value),
        methode=np.where(connues, Methode.DIFFERENCE.value, Methode.AUCUNE.value),
    )
    return pd.concat([table, hors_quartiers], ignore_index=True)[COLONNES_REFERENCES]


def references_epci(resultats: pd.DataFrame, villes: pd.Index, stocks: set[str]) -> pd.DataFrame:
    """Référence « intercommunalité » de chacune de ses villes.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Lignes de l’intercommunalité.
    villes : pandas.Index
        Codes de ses villes.
    stocks : set of str
        Indicateurs qui n’ont pas d’écart.
    """
    lignes = resultats[~resultats["indicateur"].isin(stocks)]
    colonnes = ["indicateur", "millesime", "valeur", "statut", "methode", "part_couverte"]
    table = lignes[colonnes].assign(reference=Reference.EPCI.value, imprecision=0.0, note="")
    return table.merge(pd.DataFrame({"code_commune": villes}), how="cross")[COLONNES_REFERENCES]


def _sommer(termes: pd.DataFrame, cle: pd.Series) -> pd.DataFrame:
    """Sommes par clé, dans l’ordre des lignes ; un terme manquant rend la somme inconnue."""
    rangs, cles = pd.factorize(cle)
    # La somme d’un groupe ne doit pas dépendre, à l’arrondi près, de ses voisins dans la table.
    sommes = {
        nom: np.bincount(rangs, weights=termes[nom].to_numpy(dtype=float), minlength=len(cles))
        for nom in termes
    }
    return pd.DataFrame(sommes, index=pd.Index(cles, name=cle.name))


def _taux_hors_quartiers(
    contexte: Contexte, villes: pd.DataFrame, quartiers: pd.DataFrame
) -> pd.Series:
    """Taux de chaque ville sans ses quartiers, tous les indicateurs à la fois (index de ``villes``)."""
    cites = contexte.citations.assign(part_ville=part_dans_la_ville(contexte, contexte.citations))
    termes = cites.merge(
        quartiers[["code_territoire", "indicateur", "millesime", "valeur", "effectif"]],
        on="code_territoire",
        how="inner",
        validate="many_to_many",
    )
    noms = ["code_commune", "indicateur", "millesime"]
    cles = pd.MultiIndex.from_frame(villes.assign(code_commune=villes["code_territoire"])[noms])
    termes["cle"] = pd.MultiIndex.from_frame(termes[noms]).to_flat_index()
    totaux = pd.Series(villes["effectif"].to_numpy(float), index=cles.to_flat_index())
    total = termes["cle"].map(totaux).astype(float)
    part = termes["effectif"] * termes["part_ville"] / total.where(total > 0)
    valeurs = valeurs_hors_quartiers(
        pd.Series(villes["valeur"].to_numpy(float), index=cles.to_flat_index()),
        termes.assign(part=part, code_commune=termes["cle"]),
    )
    return pd.Series(valeurs.to_numpy(float), index=villes.index)


def _hors_quartiers(
    contexte: Contexte,
    indicateur: Indicateur,
    millesime: int,
    villes: pd.DataFrame,
    quartiers: pd.DataFrame,
) -> pd.Series:
    if indicateur.calcul == "diffuse_seulement":
        return pd.Series(np.nan, index=villes.index)
    if indicateur.calcul in {"quantile", "rapport_quantiles"}:
        return _quantiles_hors_quartiers(contexte, indicateur, millesime, villes.index)
    cites = contexte.citations.merge(
        quartiers[["code_territoire", "valeur", "effectif"]],
        on="code_territoire",
        how="inner",
        validate="many_to_one",
    )
    dedans = cites["effectif"] * part_dans_la_ville(contexte, cites)
    return _densites_hors_quartiers(contexte, villes["effectif"], cites.assign(dedans=dedans))


def _quantiles_hors_quartiers(
    contexte: Contexte, indicateur: Indicateur, millesime: int, villes: pd.Index
) -> pd.Series:
    mesure = mesurer_iris(contexte, indicateur, millesime)
    if mesure is None:
        return pd.Series(np.nan, index=villes)
    # Un IRIS sans contour n’est pas partagé entre quartiers et reste de la ville : il n’y entre pas.
    dessines = contexte.membres["code_iris"].map(contexte.iris["surface_m2"]).notna()
    membres = contexte.membres[contexte.membres["code_territoire"].isin(villes) & dessines]
    est_qpv = contexte.territoires["type_territoire"] == TypeTerritoire.QPV.value
    paires = contexte.paires[contexte.paires["code_territoire"].map(est_qpv).astype(bool)]
    dedans = paires.groupby("code_iris")[mesure.colonne_part].sum()
    # Un IRIS qu’aucun quartier ne touche est entièrement hors des quartiers.
    couvert = membres["code_iris"].map(dedans).fillna(0.0)
    dehors = (membres["code_iris"].map(mesure.base) * (1 - couvert)).clip(lower=0)
    valeurs = quantiles_de_melanges(
        contexte, indicateur, mesure, membres.assign(poids=dehors), famille="hors quartiers"
    ).reindex(villes)
    return valeurs.where(villes.isin(_villes_a_quartier(contexte)))


def _villes_a_quartier(contexte: Contexte) -> pd.Series:
    est_qpv = contexte.territoires["type_territoire"] == TypeTerritoire.QPV.value
    citations = contexte.citations
    return citations.loc[citations["code_territoire"].map(est_qpv).astype(bool), "code_commune"]


def _densites_hors_quartiers(
    contexte: Contexte, effectifs: pd.Series, cites: pd.DataFrame
) -> pd.Series:
    ville = contexte.poids["code_iris"].map(contexte.iris["code_commune"])
    surfaces = contexte.poids.groupby([contexte.poids["code_territoire"], ville])[
        "surface_m2"
    ].sum()
    cles = pd.MultiIndex.from_frame(cites[["code_territoire", "code_commune"]])
    termes = cites[["dedans"]].assign(surface=surfaces.reindex(cles).to_numpy())
    # Un quartier qui ne touche aucun IRIS d’une ville qu’il cite n’y couvre rien.
    termes["surface"] = termes["surface"].fillna(0.0)
    sommes = _sommer(termes, cites["code_commune"]).reindex(effectifs.index)
    surface = contexte.ensembles["surface_m2"].reindex(effectifs.index) - sommes["surface"]
    return (effectifs - sommes["dedans"]) / (surface / 1e6).where(surface > 0)


def part_dans_la_ville(contexte: Contexte, cites: pd.DataFrame) -> pd.Series:
    """Part (0 à 1) des habitants du territoire qui vit dans la ville ; à défaut, de sa surface."""
    if "parts_dans_la_ville" not in contexte.memoire:
        contexte.memoire["parts_dans_la_ville"] = _parts_par_ville(contexte)
    parts: pd.Series = contexte.memoire["parts_dans_la_ville"]
    cles = pd.MultiIndex.from_frame(cites[["code_territoire", "code_commune"]])
    trouvees = pd.Series(parts.reindex(cles).to_numpy(), index=cites.index)
    # Une ville que le territoire cite sans toucher un de ses IRIS n’en a aucun habitant.
    mesures = parts.index.get_level_values("code_territoire")[parts.notna()]
    ailleurs = ~cles.isin(parts.index) & cites["code_territoire"].isin(mesures)
    return trouvees.where(~ailleurs, 0.0)


def _parts_par_ville(contexte: Contexte) -> pd.Series:
    """Par ``(code_territoire, code_commune)``."""
    trouve = contexte.cube.plus_proche("iris", ["population"], 9999)
    table = contexte.poids[["code_territoire", "code_iris", "surface_m2"]].copy()
    table["masse"] = np.nan
    if trouve is not None:
        population = contexte.cube.serie("iris", trouve[0], trouve[1], contexte.iris.index).valeurs
        habitants = table["code_iris"].map(population).astype(float)
        table["masse"] = contexte.paires["part_population"] * habitants
    inconnue = table["masse"].isna().groupby(table["code_territoire"]).transform("any")
    table["masse"] = table["masse"].where(~inconnue, table["surface_m2"])
    table["code_commune"] = table["code_iris"].map(contexte.iris["code_commune"])
    dedans = table.groupby(["code_territoire", "code_commune"])["masse"].sum()
    total = table.groupby("code_territoire")["masse"].sum()
    return dedans / total.where(total > 0).reindex(dedans.index, level="code_territoire")
