"""Tables nationales résumées par commune : de quoi refaire le département, la France, une autre ville.

Une table d’IRIS y devient la somme de ses IRIS, une table de communes garde ses chiffres et ses
habitants. Chaque fichier n’est lu qu’une fois : le résumé est rangé sous la racine des données, avec
l’empreinte du fichier et celle des déclarations qui l’ont lu.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from observatoire.arrondissements import code_ville
from observatoire.catalogue import Catalogue, Source, Variable
from observatoire.domaine import Statut
from observatoire.erreurs import ErreurDonnees
from observatoire.ingestion import FichierReconnu, Inventaire, empreinte_fichier, lire_tableau
from observatoire.ingestion.appartenances import decrire_communes_a_quartier, intercommunalites

__all__ = ["Nation", "TableNationale", "lire_nation", "resumer_par_commune"]

_VERSION = "1"
"""À changer avec la forme des résumés : ceux d’une autre version sont ignorés."""
_ADDITIVES = frozenset({"personnes", "menages", "logements"})
_CODE = "code"


@dataclass(frozen=True)
class TableNationale:
    """Une table résumée.

    Parameters
    ----------
    source, millesime
        D’où elle vient.
    niveau : {"commune", "qpv"}
        Ce que sont ses lignes.
    valeurs : pandas.DataFrame
        Index : code de la commune (ville entière) ou du quartier ; une colonne par variable,
        ``NaN`` si elle est masquée, absente, ou si l’un des IRIS de la commune l’est.
    """

    source: str
    millesime: int
    niveau: str
    valeurs: pd.DataFrame


@dataclass(frozen=True)
class Nation:
    """Ce que les fichiers donnés disent au-delà de la ville ; vide si aucun n’est national."""

    communes: tuple[TableNationale, ...] = ()
    quartiers: tuple[TableNationale, ...] = ()
    """Quartiers prioritaires, et la ligne de leur ensemble quand le producteur la publie."""
    villes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["code_commune", "nom", "siren"], dtype="str")
    )
    """Communes qui ont un quartier prioritaire, leur nom et leur intercommunalité."""
    intercommunalites: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))
    """SIREN par commune, si un fichier de composition est donné."""
    raisons: tuple[str, ...] = ()
    """Pourquoi des tables n’ont pas pu servir."""


def resumer_par_commune(
    valeurs: pd.DataFrame, niveau: str, variables: Iterable[Variable]
) -> pd.DataFrame:
    """Sommes par commune d’une table d’IRIS ; lignes d’une table de communes, une fois chacune.

    Parameters
    ----------
    valeurs : pandas.DataFrame
        Index : codes d’IRIS ou de communes ; ``NaN`` pour une valeur masquée ou absente.
    niveau : {"iris", "commune"}
        Ce que sont ses lignes.
    variables : iterable of Variable
        Unité de chaque colonne : seuls des effectifs s’additionnent.

    Returns
    -------
    pandas.DataFrame
        Index : code de la commune, trié. Un IRIS masqué rend la somme de sa commune inconnue. Les
        IRIS d’un arrondissement comptent pour sa ville ; la ligne d’un arrondissement est ôtée si
        sa ville a la sienne, sinon elle reste, puisqu’un taux ne s’additionne pas.
    """
    if niveau == "iris":
        effectifs = [v.id for v in variables if v.unite in _ADDITIVES and v.id in valeurs.columns]
        villes = pd.Index([code_ville(c[:5]) for c in valeurs.index.to_numpy(object)], dtype="str")
        rangs, codes = pd.factorize(villes, sort=True)
        # bincount transmet NaN : une valeur masquée n’est jamais comptée pour zéro.
        sommes = {
            v: np.bincount(rangs, weights=valeurs[v].to_numpy(float), minlength=len(codes))
            for v in effectifs
        }
        return pd.DataFrame(sommes, index=pd.Index(codes, name=_CODE, dtype="str"))
    lignes = valeurs.index.to_numpy(object).tolist()
    presentes = set(lignes)
    # Seul un arrondissement a une autre ville que lui-même.
    double = [(ville := code_ville(c)) != c and ville in presentes for c in lignes]
    return valeurs[~np.asarray(double, dtype=bool)].rename_axis(_CODE).sort_index()


def lire_nation(inventaire: Inventaire, catalogue: Catalogue, rangement: Path) -> Nation:
    """Résumer toutes les tables nationales données.

    Parameters
    ----------
    inventaire : Inventaire
        Fichiers reconnus ; le premier fichier national d’une source et d’une année l’emporte.
    catalogue : Catalogue
        Déclarations.
    rangement : pathlib.Path
        Dossier des résumés ; un dossier où l’on ne peut écrire ne coûte que du temps.

    Returns
    -------
    Nation
        Une table fautive, ou qui ne couvre pas la France, est laissée et dite dans ``raisons`` : une
        référence qui manque n’empêche pas de publier la ville.
    """
    communes: dict[tuple[str, int | None], TableNationale] = {}
    quartiers: dict[tuple[str, int | None], TableNationale] = {}
    villes = pd.DataFrame(columns=["code_commune", "nom", "siren"], dtype="str")
    raisons: list[str] = []
    for fichier in inventaire.reconnus:
        source = catalogue.sources[fichier.source]
        cle = (fichier.source, fichier.millesime)
        if source.usage != "calcul":
            continue
        try:
            if source.role == "qpv":
                villes = _garder_plus_longue(
                    villes, _resume_des_quartiers(fichier, source, rangement)
                )
            elif source.niveau == "qpv" and cle not in quartiers:
                quartiers[cle] = _table(fichier, source, catalogue, rangement)
            elif cle not in communes and _sert(source, catalogue):
                table = _table(fichier, source, catalogue, rangement)
                if len(table.valeurs) >= catalogue.ensembles.communes_min:
                    communes[cle] = table
                else:
                    raisons.append(
                        f"{fichier.nom} ne décrit que {len(table.valeurs)} communes : ce n’est pas une "
                        "table nationale"
                    )
        except ErreurDonnees as erreur:
            premiere = f" ({erreur.anomalies[0]})" if erreur.anomalies else ""
            raisons.append(f"{fichier.nom} ne peut être lu en entier{premiere}")
    return Nation(
        tuple(communes.values()),
        tuple(quartiers.values()),
        villes,
        intercommunalites(inventaire, catalogue) if communes else pd.Series(dtype="str"),
        tuple(raisons),
    )


def _sert(source: Source, catalogue: Catalogue) -> bool:
    """Vrai si la table peut donner des chiffres de communes : la leur, ou des effectifs d’IRIS."""
    if source.type != "tableau":
        return False
    variables = catalogue.variables_de(source.id)
    if source.niveau == "commune":
        return bool(variables)
    return source.niveau == "iris" and any(v.unite in _ADDITIVES for v in variables)


def _garder_plus_longue(une: pd.DataFrame, autre: pd.DataFrame) -> pd.DataFrame:
    """La couche nationale des quartiers, plutôt que celle d’un département donnée avant elle."""
    return autre if len(autre) > len(une) else une


def _table(
    fichier: FichierReconnu, source: Source, catalogue: Catalogue, rangement: Path
) -> TableNationale:
    variables = catalogue.variables_de(source.id)

    def lire() -> pd.DataFrame:
        lue = lire_tableau(fichier, catalogue, ensemble=True)
        publiees = lue.valeurs.where(lue.statuts == Statut.PUBLIE.value)
        if source.niveau == "qpv":
            return publiees.rename_axis(_CODE)
        return resumer_par_commune(publiees, str(source.niveau), variables)

    declarations = [source.model_dump_json(), *(v.model_dump_json() for v in variables)]
    valeurs = _avec_rangement(fichier, declarations, rangement, lire)
    niveau = "qpv" if source.niveau == "qpv" else "commune"
    return TableNationale(source.id, fichier.millesime or 0, niveau, valeurs)


def _resume_des_quartiers(fichier: FichierReconnu, source: Source, rangement: Path) -> pd.DataFrame:
    def lire() -> pd.DataFrame:
        return decrire_communes_a_quartier(fichier, source)

    return _avec_rangement(fichier, [source.model_dump_json()], rangement, lire)


def _avec_rangement(
    fichier: FichierReconnu,
    declarations: Iterable[str],
    rangement: Path,
    lire: Callable[[], pd.DataFrame],
) -> pd.DataFrame:
    """Résumé déjà rangé pour ce fichier et ces déclarations ; sinon lu, puis rangé."""
    cle = hashlib.sha256(_VERSION.encode())
    lieu = (
        empreinte_fichier(fichier.chemin),
        fichier.membre,
        fichier.couche,
        str(fichier.millesime),
    )
    for texte in (*lieu, *declarations):
        cle.update(texte.encode() + b"\0")
    chemin = rangement / f"{fichier.source}-{cle.hexdigest()[:24]}.parquet"
    if chemin.is_file():
        try:
            return pd.read_parquet(chemin)
        except (OSError, ValueError):
            # Un résumé abîmé se refait : le fichier du producteur est toujours là.
            pass
    table = lire()
    _ranger(table, chemin)
    return table


def _ranger(table: pd.DataFrame, chemin: Path) -> None:
    """Écrire à côté puis renommer : deux actualisations simultanées ne se gênent pas."""
    provisoire = chemin.with_name(f".{chemin.name}.{os.getpid()}")
    try:
        chemin.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(provisoire)
        provisoire.replace(chemin)
    except OSError:
        provisoire.unlink(missing_ok=True)
