"""Évolutions : la même grandeur du même territoire à deux millésimes, avec son intervalle.

Les règles du catalogue (``temps.toml``) disent quelles années se comparent. Une comparaison
refusée garde sa ligne et sa raison, sans aucun nombre.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from observatoire.catalogue import Catalogue
from observatoire.domaine import Comparabilite, Methode, Reference, Statut, TypeTerritoire, Verdict
from observatoire.estimation.incertitude import coefficient_variation
from observatoire.indicateurs.calage import METHODES_CALEES
from observatoire.indicateurs.recensement import villes_exhaustives
from observatoire.indicateurs.sondage import intervalle_du_recensement, taux_de_sondage
from observatoire.indicateurs.verdicts import PRECISION_PCT, PRECISION_RELATIVE, juger

__all__ = ["COLONNES_EVOLUTIONS", "calculer_evolutions"]

COLONNES_EVOLUTIONS = [
    "code_territoire",
    "type_territoire",
    "nom",
    "code_commune",
    "indicateur",
    "millesime_debut",
    "millesime_fin",
    "valeur_debut",
    "valeur_fin",
    "evolution",
    "borne_basse",
    "borne_haute",
    "ecart_debut",
    "ecart_fin",
    "evolution_ecart",
    "comparaison",
    "regle",
    "motif",
    "verdict",
]

_CLES = ["code_territoire", "indicateur"]
# Un IRIS se redessine d’une année à l’autre et compte trop peu d’habitants : seuls les territoires
# que l’on suit dans le temps ont une évolution.
_TYPES_SUIVIS = [
    t.value
    for t in (
        TypeTerritoire.COMMUNE,
        TypeTerritoire.EPCI,
        TypeTerritoire.QPV,
        TypeTerritoire.SECTEUR,
    )
]
_CONNUS = [Statut.PUBLIE.value, Statut.ESTIME.value]
_ENTIERES = [Methode.PUBLIE.value, Methode.SOMME_IRIS.value]
_DEMI_CHIFFRES = 0.5  # un chiffre arrondi à l’unité vaut plus ou moins une demi-unité


class Marge(NamedTuple):
    """Ce qu’une valeur peut avoir en moins et en plus, par ligne.

    ``hasard`` : demi-intervalles de confiance, indépendants d’une date à l’autre ; ``certain`` :
    bornes sans hypothèse et arrondis, qui s’ajoutent.
    """

    hasard_bas: pd.Series
    hasard_haut: pd.Series
    certain_bas: pd.Series
    certain_haut: pd.Series


def calculer_evolutions(
    resultats: pd.DataFrame, references: pd.DataFrame, *, catalogue: Catalogue
) -> pd.DataFrame:
    """Évolution de chaque indicateur dans chaque territoire, pour tous les couples de millésimes.

    Parameters
    ----------
    resultats : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_resultats`.
    references : pandas.DataFrame
        Table de :func:`observatoire.indicateurs.calculer_references`.
    catalogue : Catalogue
        Règles du temps, unités, plan de sondage.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``COLONNES_EVOLUTIONS`` ; villes, intercommunalités, quartiers et secteurs.
        ``evolution`` et ses bornes sont dans l’unité de l’indicateur (points pour un taux) ;
        ``ecart_debut``, ``ecart_fin`` et ``evolution_ecart`` sont pris à la ville. ``comparaison``
        est une valeur de :class:`observatoire.domaine.Comparabilite`, ``regle`` les identifiants
        des règles, ``motif`` leurs phrases. Aucun nombre si la comparaison est refusée ou si une
        des deux valeurs est masquée ou absente.

    Notes
    -----
    Deux intervalles de confiance de sondages indépendants se composent en racine de la somme des
    carrés de leurs demi-largeurs ; des bornes sans hypothèse, ou un arrondi, s’additionnent.
    """
    suivis = resultats[resultats["type_territoire"].isin(_TYPES_SUIVIS)]
    paires = _paires(suivis)
    if paires.empty:
        return pd.DataFrame(columns=COLONNES_EVOLUTIONS)
    table = _juger_les_regles(paires, catalogue)
    debut = _cote(table, "debut")
    fin = _cote(table, "fin")
    table["evolution"] = table["valeur_fin"] - table["valeur_debut"]
    exhaustif = villes_exhaustives(resultats, catalogue.regles.seuil_exhaustif_habitants)
    bornes = composer_bornes(
        table["evolution"], _marge(debut, catalogue, exhaustif), _marge(fin, catalogue, exhaustif)
    )
    table[["borne_basse", "borne_haute"]] = bornes
    _ecarts_a_la_ville(table, references, catalogue)
    refusee = table["comparaison"] == Comparabilite.REFUSEE.value
    inconnue = ~debut["statut"].isin(_CONNUS) | ~fin["statut"].isin(_CONNUS)
    _dire_les_methodes(table, debut, fin, refusee, inconnue)
    bornes_seules = debut["bornes_seules"].astype(bool) | fin["bornes_seules"].astype(bool)
    unites = _unites(table, catalogue)
    methodes = {*METHODES_CALEES, *_ENTIERES}
    table["verdict"] = juger(
        table["evolution"],
        table["borne_basse"],
        table["borne_haute"],
        precision=(PRECISION_RELATIVE * table["valeur_debut"].abs()).where(
            unites != "pct", PRECISION_PCT
        ),
        muet=refusee | inconnue | bornes_seules,
        estime=(debut["statut"] == Statut.ESTIME.value) | (fin["statut"] == Statut.ESTIME.value),
        aleatoire=debut["methode"].isin(methodes) & fin["methode"].isin(methodes),
        groupes=table.groupby(
            ["indicateur", "millesime_debut", "millesime_fin", "type_territoire", "code_commune"],
            dropna=False,
        ).ngroup(),
        niveau=catalogue.regles.niveau_intervalle,
    )
    # Publié à une date, estimé à l’autre : l’évolution peut n’être que le changement de méthode.
    melees = table["regle"].str.contains("methodes_differentes", regex=False)
    nettes = table["verdict"] == Verdict.ECART_NET.value
    table.loc[melees & nettes, "verdict"] = Verdict.ECART_INDICATIF.value
    nombres = [
        "valeur_debut", "valeur_fin", "evolution", "borne_basse", "borne_haute",
        "ecart_debut", "ecart_fin", "evolution_ecart",
    ]  # fmt: skip
    table.loc[refusee, nombres] = np.nan
    return table[COLONNES_EVOLUTIONS]


def composer_bornes(evolution: pd.Series, debut: Marge, fin: Marge) -> pd.DataFrame:
    """Bornes d’une différence à partir des marges de ses deux termes.

    Parameters
    ----------
    evolution : pandas.Series of float
        Valeur de fin moins valeur de début.
    debut, fin : Marge
        Marges des deux termes, même index.

    Returns
    -------
    pandas.DataFrame
        ``borne_basse, borne_haute`` ; ``NaN`` si une marge est inconnue.
    """
    moins = np.hypot(fin.hasard_bas, debut.hasard_haut) + fin.certain_bas + debut.certain_haut
    plus = np.hypot(fin.hasard_haut, debut.hasard_bas) + fin.certain_haut + debut.certain_bas
    return pd.DataFrame(
        {"borne_basse": evolution - moins, "borne_haute": evolution + plus}, index=evolution.index
    )


def marge_des_bornes(
    valeur: pd.Series, basse: pd.Series, haute: pd.Series, methode: pd.Series
) -> Marge:
    """Marge d’une estimation : hasard si ses bornes sont un intervalle de confiance, certaine sinon."""
    bas, haut = (valeur - basse).clip(lower=0), (haute - valeur).clip(lower=0)
    hasard = methode.isin(METHODES_CALEES | set(_ENTIERES))
    zero = pd.Series(0.0, index=valeur.index)
    return Marge(
        bas.where(hasard, zero),
        haut.where(hasard, zero),
        bas.mask(hasard, zero),
        haut.mask(hasard, zero),
    )


def _paires(suivis: pd.DataFrame) -> pd.DataFrame:
    """Chaque territoire et indicateur, à tous ses couples de millésimes."""
    communes = ["type_territoire", "nom", "code_commune"]
    propres = [
        "millesime", "valeur", "statut", "methode", "borne_basse", "borne_haute",
        "bornes_seules", "effectif", "source",
    ]  # fmt: skip
    droite = suivis[[*_CLES, *propres]]
    # Plusieurs millésimes de chaque côté : c’est le produit que l’on veut, réduit ensuite.
    paires = suivis[[*_CLES, *communes, *propres]].merge(
        droite, on=_CLES, suffixes=("_debut", "_fin"), validate="many_to_many"
    )
    ordonnees = paires["millesime_debut"] < paires["millesime_fin"]
    return paires[ordonnees].reset_index(drop=True)


def _cote(table: pd.DataFrame, date: str) -> pd.DataFrame:
    """Colonnes d’une des deux dates, sans leur suffixe."""
    noms = {c: c.removesuffix(f"_{date}") for c in table.columns if c.endswith(f"_{date}")}
    cote = table[list(noms)].rename(columns=noms)
    return cote.assign(
        indicateur=table["indicateur"],
        type_territoire=table["type_territoire"],
        code_commune=table["code_commune"],
    )


def _juger_les_regles(paires: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Issue, règles et motif de chaque couple de millésimes."""
    cles = ["indicateur", "millesime_debut", "millesime_fin"]
    distinctes = paires[cles].drop_duplicates()
    issues = [
        catalogue.temps.comparer(catalogue, catalogue.indicateurs[i], int(d), int(f))
        for i, d, f in distinctes.itertuples(index=False)
    ]
    jugees = distinctes.assign(
        comparaison=[c.issue.value for c in issues],
        regle=[";".join(c.regles) for c in issues],
        motif=[c.motif for c in issues],
    )
    table = paires.merge(jugees, on=cles, how="left", validate="many_to_one")
    return _refuser_deux_geographies(table, catalogue)


def _refuser_deux_geographies(table: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Deux chiffres publiés sur deux contours d’un quartier : la règle des géographies."""
    regle = catalogue.temps.geographies_qpv
    par_jeu = catalogue.temps.geographies_par_citation(catalogue)

    def geographie(date: str) -> pd.Series:
        # La citation est « producteur, jeu année » ; l’année n’en fait pas partie.
        jeux = table[f"source_{date}"].str.replace(r" \d{4}$", "", regex=True)
        publies = table[f"methode_{date}"] == Methode.PUBLIE.value
        return jeux.where(publies).map(par_jeu)

    debut, fin = geographie("debut"), geographie("fin")
    differentes = (
        (table["type_territoire"] == TypeTerritoire.QPV.value)
        & debut.notna()
        & fin.notna()
        & (debut != fin)
    )
    if differentes.any():
        motifs = [
            regle.ecrire(d, f)
            for d, f in table.loc[differentes, ["millesime_debut", "millesime_fin"]].itertuples(
                index=False
            )
        ]
        table.loc[differentes, ["comparaison", "regle"]] = [regle.issue, "geographies_qpv"]
        table.loc[differentes, "motif"] = motifs
    return table


def _dire_les_methodes(
    table: pd.DataFrame,
    debut: pd.DataFrame,
    fin: pd.DataFrame,
    refusee: pd.Series,
    inconnue: pd.Series,
) -> None:
    """Ajouter au motif ce qui empêche ou affaiblit l’évolution d’un territoire."""
    for cote, date in ((debut, "debut"), (fin, "fin")):
        for statut, phrase in (
            (Statut.SECRET, "Le chiffre de {} est masqué par le secret statistique."),
            (Statut.ABSENT, "Le chiffre de {} n’est pas disponible."),
        ):
            lignes = ~refusee & (cote["statut"] == statut.value)
            _ajouter_motif(table, lignes, phrase, table[f"millesime_{date}"])
    connues = ~refusee & ~inconnue
    for cote, autre, date in ((debut, fin, "debut"), (fin, debut, "fin")):
        seule = (cote["statut"] == Statut.ESTIME.value) & (autre["statut"] == Statut.PUBLIE.value)
        phrase = (
            "Le chiffre de {} est estimé, l’autre est publié : l’évolution porte aussi l’erreur de "
            "l’estimation."
        )
        lignes = connues & seule
        _ajouter_motif(table, lignes, phrase, table[f"millesime_{date}"])
        comparables = lignes & (table["comparaison"] == Comparabilite.COMPARABLE.value)
        table.loc[comparables, "comparaison"] = Comparabilite.ANNOTEE.value
        table.loc[lignes, "regle"] = [
            ";".join(filter(None, [r, "methodes_differentes"])) for r in table.loc[lignes, "regle"]
        ]


def _ajouter_motif(table: pd.DataFrame, lignes: pd.Series, phrase: str, annees: pd.Series) -> None:
    if lignes.any():
        ajouts = annees[lignes].map(phrase.format)
        table.loc[lignes, "motif"] = (table.loc[lignes, "motif"] + " " + ajouts).str.strip()


def _ecarts_a_la_ville(table: pd.DataFrame, references: pd.DataFrame, catalogue: Catalogue) -> None:
    """Écart à la ville à chaque date, et son évolution ; une ville n’a pas d’écart à elle-même."""
    ville = references[references["reference"] == Reference.VILLE.value]
    valeurs = ville.set_index(["code_commune", "indicateur", "millesime"])["valeur"]
    stocks = {i.id for i in catalogue.indicateurs.values() if i.est_stock}
    ensembles = {TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value}
    compares = ~table["type_territoire"].isin(ensembles) & ~table["indicateur"].isin(stocks)
    for date in ("debut", "fin"):
        cles = pd.MultiIndex.from_frame(table[["code_commune", "indicateur", f"millesime_{date}"]])
        reference = pd.Series(valeurs.reindex(cles).to_numpy(float), index=table.index)
        table[f"ecart_{date}"] = (table[f"valeur_{date}"] - reference).where(compares)
    table["evolution_ecart"] = table["ecart_fin"] - table["ecart_debut"]


def _unites(table: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    return table["indicateur"].map({i: d.unite for i, d in catalogue.indicateurs.items()})


def _marge(cote: pd.DataFrame, catalogue: Catalogue, exhaustives: frozenset[str]) -> Marge:
    """Marge de chaque valeur : ses bornes, sinon le sondage du recensement, sinon l’arrondi."""
    marge = marge_des_bornes(
        cote["valeur"], cote["borne_basse"], cote["borne_haute"], cote["methode"]
    )
    nues = cote["borne_basse"].isna() | cote["borne_haute"].isna()
    entieres = nues & cote["methode"].isin(_ENTIERES)
    indicateurs = catalogue.indicateurs
    enquete = cote["indicateur"].map({i: d.enquete for i, d in indicateurs.items()})
    tous = cote["code_commune"].isin(exhaustives) & (enquete == "principale")
    sondees = entieres & (enquete != "exhaustive") & ~tous
    bas, haut = _sondage(cote, enquete, exhaustives, catalogue)
    arrondi = _arrondi(cote, catalogue).where(
        (cote["methode"] == Methode.PUBLIE.value) & (enquete == "exhaustive"), 0.0
    )
    return Marge(
        marge.hasard_bas.where(~entieres, bas.where(sondees, 0.0)),
        marge.hasard_haut.where(~entieres, haut.where(sondees, 0.0)),
        marge.certain_bas.where(~entieres, arrondi),
        marge.certain_haut.where(~entieres, arrondi),
    )


def _arrondi(cote: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    """Demi-précision de publication : un demi-point, ou un demi pour cent."""
    en_points = _unites(cote, catalogue) == "pct"
    relative = _DEMI_CHIFFRES * PRECISION_RELATIVE * cote["valeur"].abs()
    return relative.where(~en_points, _DEMI_CHIFFRES * PRECISION_PCT)


def _sondage(
    cote: pd.DataFrame, enquete: pd.Series, exhaustives: frozenset[str], catalogue: Catalogue
) -> tuple[pd.Series, pd.Series]:
    """Demi-intervalle de sondage d’un chiffre du recensement diffusé sans lui."""
    regles = catalogue.regles
    calculs = cote["indicateur"].map({i: d.calcul for i, d in catalogue.indicateurs.items()})
    valeur, effectif = cote["valeur"], cote["effectif"]
    bas = pd.Series(np.nan, index=cote.index)
    haut = bas.copy()
    petites = cote["code_commune"].isin(exhaustives)
    sondes = cote[(calculs == "part") & (enquete != "exhaustive") & valeur.between(0, 100)]
    for nom, lignes in sondes.groupby("indicateur", sort=False):
        rangs, indicateur = lignes.index, catalogue.indicateurs[str(nom)]
        basse, haute = intervalle_du_recensement(
            regles,
            indicateur,
            valeur[rangs].to_numpy(float) / 100,
            effectif[rangs].to_numpy(float),
            taux_de_sondage(regles, indicateur.enquete, petites[rangs]),
        )
        bas[rangs] = valeur[rangs] - 100 * basse
        haut[rangs] = 100 * haute - valeur[rangs]
    nombres = calculs.isin(["effectif", "densite"])
    erreur = valeur * coefficient_variation(effectif.to_numpy(float))
    demi = ndtri(0.5 + regles.niveau_intervalle / 2) * erreur
    return bas.mask(nombres, demi), haut.mask(nombres, demi)
