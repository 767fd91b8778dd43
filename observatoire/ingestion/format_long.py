"""Tables longues : une ligne par territoire et par mesure, remises en une colonne par mesure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from observatoire.catalogue import Source
from observatoire.catalogue.modeles import FormatLong
from observatoire.erreurs import Anomalie
from observatoire.ingestion.codes import en_codes
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.nombres import Colonne
from observatoire.ingestion.reconnaissance import resoudre_colonne
from observatoire.ingestion.tableaux import TableBrute, lire_table_brute

__all__ = ["deplier"]

_MAX_CITEES = 10


def deplier(
    fichier: FichierReconnu, source: Source, mesures: Collection[str]
) -> tuple[FichierReconnu, TableBrute]:
    """Remettre une table longue en largeur.

    Parameters
    ----------
    fichier : FichierReconnu
        Table longue.
    source : Source
        Sa déclaration, avec ``long``.
    mesures : collection of str
        Mesures utiles ; les autres lignes ne sont pas lues.

    Returns
    -------
    fichier : FichierReconnu
        Le même, dont les colonnes sont le code et les mesures trouvées.
    table : TableBrute
        Une ligne par territoire ; une valeur secrète ou absente porte le code que la source
        déclare, et une mesure sans ligne est absente. Une ligne en double, ou un
        multiplicateur autre que 0, est une erreur dans ``anomalies``.
    """
    forme = source.long
    assert forme is not None
    noms = {c: _colonne(fichier, c) for c in (source.colonne_code, *forme.colonnes)}
    multiplicateur = resoudre_colonne(fichier.colonnes, forme.multiplicateur)
    brute = lire_table_brute(
        fichier, [*noms.values(), *([multiplicateur] if multiplicateur else [])]
    )
    textes = pd.DataFrame(
        {c: en_codes(brute.colonnes[n]).to_pylist() for c, n in noms.items() if c != forme.valeur}
    )
    voulues = textes[_retenir(textes, forme, fichier.millesime, mesures)]
    anomalies = [*brute.anomalies, *_doubles(voulues, source, forme, fichier, brute)]
    if multiplicateur:
        puissances = en_codes(brute.colonnes[multiplicateur]).take(pa.array(voulues.index))
        anomalies += _multiplicateurs(puissances, multiplicateur, voulues, fichier, brute)
    voulues = voulues.drop_duplicates([source.colonne_code, forme.mesure])
    premieres = voulues.drop_duplicates(source.colonne_code)
    codes = pd.Index(premieres[source.colonne_code])
    valeurs = brute.colonnes[noms[forme.valeur]]
    colonnes = {noms[source.colonne_code]: _codes(codes)}
    for mesure, lignes in voulues.groupby(forme.mesure, sort=True):
        colonnes[str(mesure)] = _mesurer(lignes, codes, valeurs, source, forme)
    positions = premieres.index.to_numpy()
    table = TableBrute(colonnes, lambda p: brute.numeroter(int(positions[p])), tuple(anomalies))
    return replace(fichier, colonnes=tuple(colonnes)), table


def _colonne(fichier: FichierReconnu, nom: str) -> str:
    trouvee = resoudre_colonne(fichier.colonnes, nom)
    assert trouvee is not None, nom  # la signature contient ces colonnes
    return trouvee


def _codes(codes: pd.Index[str]) -> Colonne:
    return Colonne(pa.array(list(codes), pa.string()), np.full(len(codes), np.nan))


def _retenir(
    textes: pd.DataFrame, forme: FormatLong, millesime: int | None, mesures: Collection[str]
) -> pd.Series[bool]:
    garde = textes[forme.mesure].isin(list(mesures))
    for colonne, admises in forme.garder.items():
        garde &= textes[colonne].isin(admises)
    if forme.annee and millesime is not None:
        garde &= textes[forme.annee] == str(millesime)
    return garde


def _mesurer(
    lignes: pd.DataFrame,
    codes: pd.Index[str],
    valeurs: Colonne,
    source: Source,
    forme: FormatLong,
) -> Colonne:
    """Valeurs d’une mesure, dans l’ordre de ``codes``."""
    rangs = codes.get_indexer(pd.Index(lignes[source.colonne_code]))
    textes = np.full(len(codes), source.codes_absent[0], dtype=object)
    nombres = np.full(len(codes), np.nan)
    positions = lignes.index.to_numpy()
    textes[rangs] = valeurs.textes.take(pa.array(positions)).to_pylist()
    nombres[rangs] = valeurs.nombres[positions]
    # Le secret en dernier : il l’emporte sur une absence.
    for masques, code in (
        (forme.absent, source.codes_absent[0]),
        (forme.secret, source.codes_secret[0]),
    ):
        for colonne, dites in masques.items():
            touchees = rangs[lignes[colonne].isin(dites).to_numpy()]
            textes[touchees], nombres[touchees] = code, np.nan
    return Colonne(pa.array(textes.tolist(), pa.string()), nombres)


def _doubles(
    lignes: pd.DataFrame,
    source: Source,
    forme: FormatLong,
    fichier: FichierReconnu,
    brute: TableBrute,
) -> list[Anomalie]:
    cle = [source.colonne_code, forme.mesure]
    doubles = lignes[lignes.duplicated(cle)]
    remede = "supprimez les lignes en double, ou reprenez le fichier d’origine"
    return [
        Anomalie(
            f"deux lignes pour {ligne[cle[0]]} et la mesure {ligne[cle[1]]}",
            fichier.nom,
            brute.numeroter(int(str(position))),
            source.colonne_code,
            remede,
        )
        for position, ligne in doubles.head(_MAX_CITEES).iterrows()
    ]


def _multiplicateurs(
    puissances: pa.StringArray,
    colonne: str,
    lignes: pd.DataFrame,
    fichier: FichierReconnu,
    brute: TableBrute,
) -> list[Anomalie]:
    autres = [r for r, p in enumerate(puissances.to_pylist()) if p not in {"", "0"}]
    if not autres:
        return []
    ligne = brute.numeroter(int(lignes.index[autres[0]]))
    message = (
        f"{len(autres)} valeur(s) dans une autre unité (multiplicateur {puissances[autres[0]]})"
    )
    remede = "ce fichier a changé d’unité : signalez-le avant de l’employer"
    return [Anomalie(message, fichier.nom, ligne, colonne, remede)]
