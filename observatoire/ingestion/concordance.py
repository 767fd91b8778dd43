"""Chaque ligne d’une table a-t-elle son contour, et chaque contour sa ligne ?

Quand la table et les contours sont de deux années de géographie, l’écart est attendu : il est
dit, mesuré, et n’arrête rien. Sinon c’est une faute.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import geopandas as gpd

from observatoire.erreurs import Anomalie
from observatoire.ingestion.modeles import TableLue

__all__ = ["citer", "confronter"]

_PART_MAX_SANS_DONNEE = 0.20
_MAX_CITES = 10


def citer(codes: Collection[str]) -> str:
    """Les premiers codes, triés, et combien il en reste.

    Parameters
    ----------
    codes : collection of str
        Codes à citer.
    """
    tries = sorted(codes)
    suite = f" et {len(tries) - _MAX_CITES} autres" if len(tries) > _MAX_CITES else ""
    return ", ".join(tries[:_MAX_CITES]) + suite


def confronter(
    iris: gpd.GeoDataFrame,
    table: TableLue,
    tables: Sequence[TableLue],
    *,
    communes: Collection[str],
    geographie: int | None,
) -> list[Anomalie]:
    """Dire les IRIS sans donnée et les données sans contour.

    Parameters
    ----------
    iris : geopandas.GeoDataFrame
        ``code_iris``, ``type_iris``, ``code_commune``.
    table : TableLue
        Table par IRIS.
    tables : sequence of TableLue
        Toutes les tables de la ville, où chercher la population des IRIS sans contour.
    communes : collection of str
        Communes de la ville, arrondissements compris.
    geographie : int or None
        Année des contours, si elle est connue.

    Returns
    -------
    list of Anomalie
        Des avertissements si les deux années sont connues et différentes.
    """
    ville = iris[iris["code_commune"].isin(list(communes))]
    donnees = {c for c in table.valeurs.index if c[:5] in communes}
    annee = table.fichier.geographie
    connues = annee is not None and geographie is not None
    ecart = (
        f"la table est de la géographie {annee}, les contours de {geographie}"
        if connues and annee != geographie
        else ""
    )
    anomalies = []
    if orphelins := donnees - set(ville["code_iris"]):
        anomalies.append(_sans_contour(table, tables, orphelins, donnees, ecart))
    for commune, contours in ville.groupby("code_commune"):
        habites = set(contours.loc[contours["type_iris"].isin(["H", "Z"]), "code_iris"])
        if manquants := habites - donnees:
            couverte = any(c.startswith(str(commune)) for c in donnees)
            suite = f"{ecart}{_habitants(table, tables, manquants)}" if ecart else ""
            anomalies.append(
                _sans_ligne(table, str(commune), manquants, len(habites), couverte, suite)
            )
    return anomalies


def _nombre(orphelins: set[str]) -> str:
    pluriel = "n’ont pas" if len(orphelins) > 1 else "n’a pas"
    return f"{len(orphelins)} IRIS du fichier {pluriel}"


def _sans_contour(
    table: TableLue,
    tables: Sequence[TableLue],
    orphelins: set[str],
    donnees: set[str],
    ecart: str,
) -> Anomalie:
    sujet = f"{_nombre(orphelins)} de contour ({citer(orphelins)})"
    if not ecart:
        message = f"{sujet} : données et contours ne sont pas de la même année de géographie"
        remede = (
            "déposez les contours IRIS de la géographie de ce fichier ; si leur année n’est pas dans "
            "leur nom, mettez-les dans un dossier qui la porte (« CONTOURS-IRIS_2024-01-01 »)"
        )
        communes = tuple(sorted({c[:5] for c in orphelins}))
        return Anomalie(message, table.fichier.nom, remede=remede, communes=communes)
    message = f"{sujet} : {ecart} ; c’est {_mesurer(table, tables, orphelins, donnees)}"
    remede = (
        "la ville les compte ; les quartiers qu’ils touchent sont calculés sur le reste, "
        f"et leur part couverte le dit. Pour les couvrir, donnez les contours de {table.fichier.geographie}"
    )
    return Anomalie(message, table.fichier.nom, remede=remede, gravite="avertissement")


def _mesurer(
    table: TableLue, tables: Sequence[TableLue], orphelins: set[str], donnees: set[str]
) -> str:
    """Habitants des IRIS sans contour et leur part ; à défaut, leur part des lignes."""
    lignes = f"{_pourcentage(len(orphelins) / len(donnees))} des lignes de la commune"
    connues = [t for t in tables if t.niveau == "iris" and "population" in t.valeurs]
    connues = [t for t in connues if orphelins <= set(t.valeurs.index)]
    if not connues:
        return f"{lignes} (population inconnue)"
    repere = min(connues, key=lambda t: (t is not table, abs(t.millesime - table.millesime)))
    habitants = repere.valeurs["population"]
    portes = float(habitants.reindex(sorted(orphelins)).sum())
    total = float(habitants.reindex(sorted(donnees)).sum())
    if not total > 0:
        return lignes
    return (
        f"{_nombre_entier(portes)} habitants ({_pourcentage(portes / total)} de ceux du fichier dans la commune, "
        f"recensement {repere.millesime}), {lignes}"
    )


def _habitants(table: TableLue, tables: Sequence[TableLue], codes: set[str]) -> str:
    """Habitants de ces IRIS dans le recensement le plus proche qui les connaît tous."""
    connues = [
        t
        for t in tables
        if t.niveau == "iris" and "population" in t.valeurs and codes <= set(t.valeurs.index)
    ]
    if not connues:
        return ""
    repere = min(connues, key=lambda t: abs(t.millesime - table.millesime))
    portes = float(repere.valeurs["population"].reindex(sorted(codes)).sum())
    return f" ; ils ont {_nombre_entier(portes)} habitants au recensement {repere.millesime}"


def _nombre_entier(valeur: float) -> str:
    return f"{valeur:,.0f}".replace(",", "\u202f")


def _pourcentage(part: float) -> str:
    return f"{100 * part:.1f}".replace(".", ",") + "\u202f%"


def _sans_ligne(
    table: TableLue, commune: str, manquants: set[str], total: int, couverte: bool, ecart: str
) -> Anomalie:
    if not couverte:
        message = f"le fichier ne couvre pas la commune {commune}"
        remede = "ses IRIS seront indiqués comme non disponibles ; prenez le fichier national"
        return Anomalie(message, table.fichier.nom, remede=remede, gravite="avertissement")
    message = (
        f"{len(manquants)} IRIS d’habitat sur {total} de la commune {commune} "
        f"sont sans ligne ({citer(manquants)})"
    )
    if ecart:
        remede = (
            "les quartiers qu’ils touchent sont calculés sur le reste, et leur part couverte le dit"
        )
        return Anomalie(
            f"{message} : {ecart}", table.fichier.nom, remede=remede, gravite="avertissement"
        )
    # Un producteur qui retire les lignes secrètes peut en retirer beaucoup.
    if table.statut_ligne_manquante == "secret":
        remede = "ils seront indiqués comme masqués par le producteur"
        return Anomalie(message, table.fichier.nom, remede=remede, gravite="avertissement")
    if len(manquants) > _PART_MAX_SANS_DONNEE * total:
        remede = "vérifiez que le fichier est complet et de la même géographie que les contours"
        return Anomalie(message, table.fichier.nom, remede=remede)
    remede = "ils seront indiqués comme non disponibles"
    return Anomalie(message, table.fichier.nom, remede=remede, gravite="avertissement")
