"""Lire des lieux : équipements ou établissements, une ligne chacun, avec leur position si elle est donnée.

La position est la longitude et la latitude du fichier, sinon ses coordonnées dans la projection
légale de la commune, sinon celle qu’une autre source donne au même identifiant. Une qualité de
position que la source refuse (tirée au hasard dans la commune) vaut une position inconnue.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj

from observatoire.catalogue import Catalogue, Source
from observatoire.erreurs import Anomalie, lever_si_erreurs
from observatoire.ingestion.codes import en_codes
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.nombres import Colonne, choisir_decimale, convertir
from observatoire.ingestion.reconnaissance import resoudre_colonne
from observatoire.ingestion.tableaux import lire_table_brute

__all__ = [
    "COLONNES_LIEUX",
    "MESURES",
    "LieuxLus",
    "dire_non_situes",
    "lire_lieux",
    "lire_positions",
]

MESURES = (
    "effectif", "ips", "ecart_type",
    "effectif_gt", "ips_gt", "ecart_type_gt", "effectif_pro", "ips_pro", "ecart_type_pro",
)  # fmt: skip
"""Mesures d’un établissement ; ``gt`` : voie générale et technologique, ``pro`` : professionnelle."""
_POSITIONS = ("longitude", "latitude", "x", "y")
_TEXTES = ("identifiant", "nom", "genre", "secteur", "qualite")
COLONNES_LIEUX = [
    "source", "millesime", "code_commune", *_TEXTES, "longitude", "latitude", *MESURES,
]  # fmt: skip
_COMMUNE = r"^[0-9][0-9AB][0-9]{3}$"
_SANS_ZERO = r"^[0-9]{4}$"
_ANNEE = r"^(?P<annee>20[0-9]{2})"
# L’indice de position sociale d’un élève va de 45 à 185 par construction (Depp).
_IPS_POSSIBLES = (45.0, 185.0)
_MAX_CITEES = 5
_REMEDE = "reprenez le fichier du producteur, sans passer par un tableur"


@dataclass(frozen=True, slots=True)
class LieuxLus:
    """Lieux des communes demandées.

    Parameters
    ----------
    source : str
        Identifiant de la source.
    lieux : pandas.DataFrame
        Colonnes ``COLONNES_LIEUX`` ; longitude et latitude en degrés (WGS 84), ``NaN`` si la
        position est inconnue ou refusée ; mesures ``NaN`` si elles sont masquées ou absentes.
    genres : frozenset of str
        Tous les genres du fichier entier : un genre qui n’y est nulle part n’a pas été relevé.
    fichiers : tuple of FichierReconnu
        Provenance ; le second donne les positions.
    anomalies : tuple of Anomalie
        Avertissements.
    """

    source: str
    lieux: pd.DataFrame
    genres: frozenset[str]
    fichiers: tuple[FichierReconnu, ...]
    anomalies: tuple[Anomalie, ...] = ()

    def restreindre(self, communes: Collection[str]) -> LieuxLus:
        """Les mêmes, pour une partie des communes."""
        return replace(self, lieux=self.lieux[self.lieux["code_commune"].isin(list(communes))])


def lire_lieux(
    fichier: FichierReconnu,
    catalogue: Catalogue,
    *,
    communes: Collection[str],
    crs: pyproj.CRS,
    positions: FichierReconnu | None = None,
) -> LieuxLus:
    """Lire les lieux de communes.

    Parameters
    ----------
    fichier : FichierReconnu
        Rendu par :func:`inventorier`, d’une source de type ``lieux``.
    catalogue : Catalogue
        Déclarations.
    communes : collection of str
        Communes gardées, arrondissements compris.
    crs : pyproj.CRS
        Projection légale de ces communes, pour les coordonnées qui ne sont pas en degrés.
    positions : FichierReconnu, optional
        Fichier de la source ``localisation``, qui donne la position de chaque identifiant.

    Returns
    -------
    LieuxLus

    Raises
    ------
    ErreurDonnees
        Toutes les fautes du fichier d’un coup.
    """
    source = catalogue.sources[fichier.source]
    colonnes = _colonnes(fichier, source)
    brute = lire_table_brute(fichier, list(colonnes.values()))
    anomalies = list(brute.anomalies)
    codes = en_codes(brute.colonnes[colonnes["code_commune"]])
    anomalies += _controler_communes(codes, fichier, colonnes["code_commune"])
    garde = np.flatnonzero(
        pc.is_in(codes, pa.array(sorted(communes), pa.string())).to_numpy(zero_copy_only=False)
    )
    retenues = {nom: brute.colonnes[c].prendre(garde) for nom, c in colonnes.items()}
    genres: frozenset[str] = frozenset()
    if "genre" in colonnes:
        genres = frozenset(pc.unique(brute.colonnes[colonnes["genre"]].textes).to_pylist())
    table = pd.DataFrame(index=pd.RangeIndex(len(garde)))
    for nom in ("code_commune", *_TEXTES):
        vide = [""] * len(garde)
        textes = en_codes(retenues[nom]).to_pylist() if nom in retenues else vide
        table[nom] = pd.Series(textes, index=table.index, dtype="object")
    if "genre" not in colonnes:
        table["genre"] = source.genre
    table["source"] = source.id
    table["millesime"] = _millesimes(retenues.get("annee"), fichier, len(garde))
    for nom, valeurs in _nombres(retenues, colonnes, source, fichier, anomalies).items():
        table[nom] = valeurs
    table = table.reindex(columns=[*COLONNES_LIEUX, "x", "y"])
    anomalies += _controler_etablissements(table, fichier)
    lever_si_erreurs(f"Le fichier {fichier.nom} ne peut être employé :", anomalies)
    table = _situer(table, source, crs)
    if len(table):
        # Un fichier qui réunit plusieurs rentrées est daté de la dernière.
        fichier = replace(fichier, millesime=int(table["millesime"].max()))
    fichiers: tuple[FichierReconnu, ...] = (fichier,)
    if positions is not None and len(table):
        connues = lire_positions(positions, catalogue, identifiants=table["identifiant"])
        table = _joindre_positions(table, connues)
        fichiers = (fichier, positions)
    return LieuxLus(source.id, table[COLONNES_LIEUX], genres, fichiers, tuple(anomalies))


def lire_positions(
    fichier: FichierReconnu, catalogue: Catalogue, *, identifiants: Collection[str]
) -> pd.DataFrame:
    """Longitude et latitude d’identifiants, une ligne chacun.

    Parameters
    ----------
    fichier : FichierReconnu
        Annuaire.
    catalogue : Catalogue
        Déclarations.
    identifiants : collection of str
        Ceux que l’on cherche.

    Returns
    -------
    pandas.DataFrame
        Index ``identifiant`` ; ``longitude, latitude`` en degrés. D’un établissement écrit sur
        plusieurs lignes, la première qui a une position.
    """
    source = catalogue.sources[fichier.source]
    colonnes = _colonnes(fichier, source)
    brute = lire_table_brute(fichier, list(colonnes.values()))
    codes = en_codes(brute.colonnes[colonnes["identifiant"]])
    voulus = pa.array(sorted(set(identifiants)), pa.string())
    garde = np.flatnonzero(pc.is_in(codes, voulus).to_numpy(zero_copy_only=False))
    retenues = {nom: brute.colonnes[c].prendre(garde) for nom, c in colonnes.items()}
    anomalies = list(brute.anomalies)
    nombres = _nombres(retenues, colonnes, source, fichier, anomalies)
    lever_si_erreurs(f"Le fichier {fichier.nom} ne peut être employé :", anomalies)
    table = pd.DataFrame(nombres, index=pd.Index(en_codes(retenues["identifiant"]).to_pylist()))
    table = _oter_impossibles(table.dropna(subset=["longitude", "latitude"]))
    return table.loc[~table.index.duplicated(), ["longitude", "latitude"]]


def _colonnes(fichier: FichierReconnu, source: Source) -> dict[str, str]:
    """Nom canonique → colonne du fichier, parmi les noms que la source admet."""
    trouvees = {
        nom: next((c for p in possibles if (c := resoudre_colonne(fichier.colonnes, p))), None)
        for nom, possibles in source.colonnes.items()
    }
    return {nom: c for nom, c in trouvees.items() if c is not None}


def _controler_communes(
    codes: pa.StringArray, fichier: FichierReconnu, colonne: str
) -> list[Anomalie]:
    courts = pc.match_substring_regex(codes, _SANS_ZERO)
    if not pc.any(courts).as_py():
        return []
    exemple = codes.filter(courts)[0].as_py()
    message = f"code de commune sans son zéro initial : « {exemple} »"
    return [Anomalie(message, fichier.nom, colonne=colonne, remede=_REMEDE)]


def _millesimes(annee: Colonne | None, fichier: FichierReconnu, n: int) -> np.ndarray:
    """Année de chaque ligne (« 2022-2023 » : rentrée 2022) ; sans colonne, celle du fichier."""
    par_defaut = fichier.millesime or 0
    if annee is None:
        return np.full(n, par_defaut, dtype=np.int64)
    lues = pd.Series(en_codes(annee).to_pylist(), dtype="str").str.extract(_ANNEE)["annee"]
    return lues.fillna(str(par_defaut)).astype("int64").to_numpy()


def _nombres(
    retenues: dict[str, Colonne],
    colonnes: dict[str, str],
    source: Source,
    fichier: FichierReconnu,
    anomalies: list[Anomalie],
) -> dict[str, np.ndarray]:
    """Positions et mesures ; une cellule qui n’est ni un nombre ni un code connu est une faute."""
    noms = [n for n in (*_POSITIONS, *MESURES) if n in retenues]
    muets = {c.casefold() for c in (*source.codes_secret, *source.codes_absent)}
    propres = {n: _sans_code(retenues[n], muets) for n in noms}
    lus = {}
    for nom in noms:
        decimale = choisir_decimale([propres[nom]], lambda: list(propres.values()))
        lus[nom], fautes = convertir(propres[nom], decimale)
        if fautes.any():
            textes = propres[nom].textes.filter(pa.array(fautes)).to_pylist()
            liste = ", ".join(f"« {t} »" for t in dict.fromkeys(textes[:_MAX_CITEES]))
            anomalies.append(
                Anomalie(
                    f"{int(fautes.sum())} valeur(s) illisible(s) : {liste}",
                    fichier.nom,
                    colonne=colonnes[nom],
                    remede=_REMEDE,
                )
            )
    return lus


def _sans_code(colonne: Colonne, muets: Collection[str]) -> Colonne:
    connus = pc.is_in(pc.utf8_lower(colonne.textes), pa.array(sorted(muets), pa.string()))
    return Colonne(pc.if_else(connus, "", colonne.textes), colonne.nombres)


def _controler_etablissements(table: pd.DataFrame, fichier: FichierReconnu) -> list[Anomalie]:
    """Identifiant répété dans une année, effectif négatif, indice hors de son étendue."""
    nommes = table[table["identifiant"] != ""]
    doubles = nommes.loc[nommes.duplicated(["identifiant", "millesime"]), "identifiant"]
    basse, haute = _IPS_POSSIBLES
    fautes = [("identifiants en double", doubles)]
    for nom in MESURES:
        hors = table[nom] < 0
        if nom.startswith("ips"):
            hors = (table[nom] < basse) | (table[nom] > haute)
        fautes.append((f"valeurs impossibles de « {nom} »", table.loc[hors, "identifiant"]))
    return [
        Anomalie(
            f"{message} : {', '.join(list(dict.fromkeys(codes))[:_MAX_CITEES])}",
            fichier.nom,
            remede="vérifiez ces lignes chez le producteur",
        )
        for message, codes in fautes
        if len(codes)
    ]


def _situer(table: pd.DataFrame, source: Source, crs: pyproj.CRS) -> pd.DataFrame:
    """Position en degrés, effacée si sa qualité est refusée."""
    sans = table["longitude"].isna() | table["latitude"].isna()
    projetees = sans & table["x"].notna() & table["y"].notna()
    table = table.copy()
    if projetees.any():
        vers = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        x, y = (table.loc[projetees, c].to_numpy(float) for c in ("x", "y"))
        table.loc[projetees, "longitude"], table.loc[projetees, "latitude"] = vers.transform(x, y)
    refusees = table["qualite"].isin(source.positions_refusees)
    table.loc[refusees, ["longitude", "latitude"]] = np.nan
    return _oter_impossibles(table)


def _oter_impossibles(table: pd.DataFrame) -> pd.DataFrame:
    # (0, 0), souvent écrit faute de mieux, est au large de l’Afrique.
    possibles = (
        table["longitude"].between(-180, 180)
        & table["latitude"].between(-90, 90)
        & ~((table["longitude"] == 0) & (table["latitude"] == 0))
    )
    positions = table[["longitude", "latitude"]].where(possibles)
    return table.assign(longitude=positions["longitude"], latitude=positions["latitude"])


def _joindre_positions(table: pd.DataFrame, positions: pd.DataFrame) -> pd.DataFrame:
    """Compléter les positions qui manquent par celles d’un annuaire."""
    jointes = table[["identifiant"]].merge(
        positions, left_on="identifiant", right_index=True, how="left", validate="many_to_one"
    )
    for nom in ("longitude", "latitude"):
        table[nom] = table[nom].where(table[nom].notna(), jointes[nom])
    return table


def dire_non_situes(lus: Sequence[LieuxLus], catalogue: Catalogue) -> list[Anomalie]:
    """Un avertissement par source dont des lieux n’ont pas de position sûre.

    Parameters
    ----------
    lus : sequence of LieuxLus
        Lieux lus.
    catalogue : Catalogue
        Titres des sources.
    """
    anomalies = []
    for lu in lus:
        manquent = int(lu.lieux["longitude"].isna().sum())
        if manquent:
            remede = "ils comptent dans leur commune ; un quartier qui pourrait en avoir est borné"
            if lu.lieux["longitude"].isna().all():
                remede = "ils comptent dans leur commune, et dans aucun quartier"
            source = catalogue.sources[lu.source]
            pluriel = "lieux" if manquent > 1 else "lieu"
            if source.localisation and len(lu.fichiers) == 1:
                titre = catalogue.sources[source.localisation].titre
                remede += f" ; donnez aussi le fichier « {titre} »"
            anomalies.append(
                Anomalie(
                    f"{manquent} {pluriel} sur {len(lu.lieux)} sans position sûre ({source.titre})",
                    lu.fichiers[0].nom,
                    remede=remede,
                    gravite="avertissement",
                )
            )
    return anomalies
