"""Contours : IRIS, quartiers prioritaires, secteurs, communes et eau, vérifiés puis projetés."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from observatoire.catalogue import Catalogue, Source
from observatoire.erreurs import Anomalie, ErreurGeographie, Gravite, lever_si_erreurs
from observatoire.ingestion.codes import separer_communes
from observatoire.ingestion.couches import Filtre, lire_codes, lire_couche_brute
from observatoire.ingestion.geometrie import controler_lieu, reparer
from observatoire.ingestion.modeles import CoucheLue, FichierReconnu
from observatoire.ingestion.reconnaissance import resoudre_colonne

__all__ = ["lire_contours"]

_COLONNES = {
    "iris": ("code_iris", "nom_iris", "type_iris", "code_commune", "nom_commune"),
    "qpv": ("code_territoire", "nom", "communes"),
    # La couche de 2015 nomme les communes sans donner leur code : elle se lit par emprise.
    "qpv_2015": ("code_territoire", "nom"),
    "secteurs": ("code_territoire", "nom"),
    "communes": ("code_commune", "nom"),
    "eau": ("nom",),
}
_PAR_EMPRISE = frozenset({"communes", "eau", "qpv_2015"})
_TYPES_IRIS = frozenset("HADZ")
_COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")
# Caractère de remplacement, ou UTF-8 lu comme du latin-1 (« Ã© » pour « é »).
_ACCENTS_PERDUS = re.compile("\ufffd|[\u00c2\u00c3][\u0080-\u00bf]")
_MAX_CITES = 10


def lire_contours(
    fichier: FichierReconnu,
    catalogue: Catalogue,
    *,
    communes: Collection[str] | None = None,
    emprise: tuple[float, float, float, float] | None = None,
    crs: CRS,
) -> CoucheLue:
    """Lire, vérifier, réparer et projeter les contours d’une ville.

    Parameters
    ----------
    fichier : FichierReconnu
        Couche rendue par :func:`inventorier`.
    catalogue : Catalogue
        Déclarations.
    communes : collection of str, optional
        Communes dont on garde les IRIS, les quartiers, les secteurs ou les contours.
    emprise : tuple of float, optional
        Boîte (xmin, ymin, xmax, ymax) en mètres dans ``crs``, pour le fond de carte et les
        contours de 2015 ; pour ces rôles, elle l’emporte sur ``communes``.
    crs : pyproj.CRS
        Projection légale dans laquelle rendre la couche.

    Returns
    -------
    CoucheLue
        Colonnes canoniques du rôle ; les réparations sont dans ``anomalies``.

    Raises
    ------
    ErreurGeographie
        Toutes les fautes d’un coup : projection absente, axes permutés, codes en double,
        zéros perdus, contours vides.
    """
    source = catalogue.sources[fichier.source]
    role = str(source.role)
    champs, anomalies = _resoudre_champs(fichier, source, role)
    _lever(fichier, anomalies)
    fond = role in _PAR_EMPRISE
    filtre = None if fond and emprise is not None else _filtre(role, communes)
    couche = lire_couche_brute(
        fichier,
        champs,
        # Un quartier dont la commune est mal écrite doit être vu avant d’être écarté.
        filtre=None if role == "qpv" else filtre,
        emprise=emprise if fond else None,
        crs_emprise=crs if fond else None,
    )
    for absente in (c for c in _COLONNES[role] if c not in couche.columns):
        couche[absente] = ""
    if role == "qpv":
        couche, fautes = _normaliser_communes(couche, fichier, communes)
        anomalies += fautes
    cle = _COLONNES[role][0]
    couche = couche.sort_values(cle, kind="stable").reset_index(drop=True)
    codes = couche[cle].to_numpy(dtype=object)
    if couche.empty:
        anomalies += _expliquer_vide(fichier, champs, filtre, communes)
    anomalies += _controler_codes(couche, fichier, source, role, champs)
    anomalies += _controler_noms(couche, fichier, role)
    anomalies += controler_lieu(couche, codes, fichier.nom)
    couche, fautes = reparer(couche, codes, fichier.nom, _communes_de(couche, role))
    anomalies += fautes
    _lever(fichier, anomalies)
    couche = couche[[*_COLONNES[role], "geometry"]].to_crs(crs)
    couche, fautes = reparer(couche, codes, fichier.nom)
    return CoucheLue(couche, tuple(dict.fromkeys([*anomalies, *fautes])), fichier)


def _communes_de(couche: gpd.GeoDataFrame, role: str) -> list[list[str]] | None:
    """Communes de chaque contour ; rien pour un fond de carte."""
    if role == "qpv":
        return [str(t).split(",") for t in couche["communes"]]
    return [[c[:5]] for c in couche[_COLONNES[role][0]]] if role in {"iris", "secteurs"} else None


def _lever(fichier: FichierReconnu, anomalies: Sequence[Anomalie]) -> None:
    message = f"Les contours {fichier.nom} ne peuvent être employés :"
    lever_si_erreurs(message, anomalies, classe=ErreurGeographie)


def _resoudre_champs(
    fichier: FichierReconnu, source: Source, role: str
) -> tuple[dict[str, str], list[Anomalie]]:
    champs: dict[str, str] = {}
    anomalies = []
    for canonique in _COLONNES[role]:
        noms = source.colonnes.get(canonique, ())
        trouves = [t for n in noms if (t := resoudre_colonne(fichier.colonnes, n)) is not None]
        if trouves:
            champs[canonique] = trouves[0]
            continue
        indispensable = (
            canonique in {_COLONNES[role][0], "communes", "code_commune"} and role != "eau"
        )
        attendues = " ou ".join(noms) or canonique
        remede = "prenez la couche complète du producteur"
        gravite: Gravite = "erreur" if indispensable else "avertissement"
        anomalies.append(
            Anomalie("colonne absente de la couche", fichier.nom, None, attendues, remede, gravite)
        )
    return champs, anomalies


def _filtre(role: str, communes: Collection[str] | None) -> Filtre | None:
    if communes is None or role in {"eau", "qpv_2015"}:
        return None
    colonne, comparaison = {
        "iris": ("code_commune", "egal"),
        "communes": ("code_commune", "egal"),
        "secteurs": ("code_territoire", "debut"),
        "qpv": ("communes", "contient"),
    }[role]
    return Filtre(colonne, sorted(communes), comparaison)


def _normaliser_communes(
    couche: gpd.GeoDataFrame, fichier: FichierReconnu, communes: Collection[str] | None
) -> tuple[gpd.GeoDataFrame, list[Anomalie]]:
    """Réécrire les listes de communes avec des virgules, et ne garder que celles de la ville."""
    listes = [separer_communes(t) for t in couche["communes"]]
    voulues = None if communes is None else set(communes)
    gardes = np.array([voulues is None or not voulues.isdisjoint(x) for x in listes], dtype=bool)
    anomalies = []
    for code, liste, garde in zip(couche["code_territoire"], listes, gardes, strict=True):
        mauvais = [c for c in liste if not _COMMUNE.fullmatch(c)]
        if liste and not mauvais:
            continue
        dite = f"« {', '.join(mauvais)} » n’est pas un code de commune" if liste else "sans commune"
        concerne = garde or (
            voulues is not None and not voulues.isdisjoint(c.zfill(5) for c in mauvais)
        )
        # Sans code lisible, on ne sait pas si ce quartier est de la ville : il est seulement signalé.
        gravite: Gravite = "erreur" if concerne else "avertissement"
        remede = "un code de commune a cinq caractères ; un zéro initial s’est peut-être perdu"
        anomalies.append(Anomalie(f"{code} : {dite}", fichier.nom, remede=remede, gravite=gravite))
    couche = couche.assign(communes=[",".join(liste) for liste in listes])
    return couche[gardes], anomalies


def _controler_noms(couche: gpd.GeoDataFrame, fichier: FichierReconnu, role: str) -> list[Anomalie]:
    """Noms vides, ou dont les accents ont été abîmés par un mauvais encodage."""
    colonne = _COLONNES[role][1] if role != "eau" else ""
    if not colonne:
        return []
    anomalies = []
    cle = _COLONNES[role][0]
    for quoi, masque in (
        ("sans nom", couche[colonne].eq("")),
        ("dont le nom a perdu ses accents", couche[colonne].str.contains(_ACCENTS_PERDUS)),
    ):
        codes = couche.loc[masque, cle].tolist()
        # Une colonne de noms tout entière absente est déjà dite.
        if codes and not (quoi == "sans nom" and len(codes) == len(couche)):
            suite = "…" if len(codes) > _MAX_CITES else ""
            message = f"{len(codes)} contour(s) {quoi} : {', '.join(codes[:_MAX_CITES])}{suite}"
            remede = "reprenez la couche du producteur, ou exportez-la en UTF-8"
            anomalies.append(Anomalie(message, fichier.nom, None, colonne, remede, "avertissement"))
    return anomalies


def _expliquer_vide(
    fichier: FichierReconnu,
    champs: dict[str, str],
    filtre: Filtre | None,
    communes: Collection[str] | None,
) -> list[Anomalie]:
    """Aucun objet : la ville n’y est pas, ou ses codes ont perdu leur zéro initial."""
    remede = "vérifiez que le fichier couvre cette commune"
    if filtre is None:
        # Une couche aux axes permutés ne rencontre jamais l’emprise : il faut la regarder entière.
        tout = lire_couche_brute(fichier, champs).head(_MAX_CITES)
        if fautes := controler_lieu(tout, np.arange(1, len(tout) + 1).astype(object), fichier.nom):
            return fautes
        return [
            Anomalie(
                "aucun objet dans l’emprise de la ville",
                fichier.nom,
                remede=remede,
                gravite="avertissement",
            )
        ]
    champ = champs[filtre.colonne]
    longueur = 7 if filtre.comparaison == "debut" else 5
    perdus = [
        c for c in lire_codes(fichier, champ) if _a_perdu_son_zero(str(c), communes or (), longueur)
    ]
    if perdus:
        message = f"zéro initial perdu dans {len(perdus)} code(s), le premier est « {perdus[0]} »"
        remede = "le code a été pris pour un nombre : reprenez la couche du producteur"
        return [Anomalie(message, fichier.nom, None, champ, remede)]
    qui = ", ".join(sorted(communes or ()))
    return [Anomalie(f"aucun objet pour {qui}", fichier.nom, None, champ, remede, "avertissement")]


def _a_perdu_son_zero(codes: str, communes: Collection[str], longueur: int) -> bool:
    courts = [c for c in separer_communes(codes) if c.isdigit() and len(c) < longueur]
    return any(c.zfill(longueur)[:5] in communes for c in courts)


def _controler_codes(
    couche: gpd.GeoDataFrame,
    fichier: FichierReconnu,
    source: Source,
    role: str,
    champs: dict[str, str],
) -> list[Anomalie]:
    if role == "eau":
        return []
    cle = _COLONNES[role][0]
    codes: pd.Series[str] = couche[cle]
    anomalies = []
    for code, nombre in codes[codes.duplicated(keep=False)].value_counts().head(_MAX_CITES).items():
        rangs = ", ".join(str(r + 1) for r in np.flatnonzero(codes == code))
        message = f"le contour {code} figure {nombre} fois (objets {rangs} de la sélection)"
        remede = "supprimez les contours en double, ou reprenez la couche d’origine"
        anomalies.append(Anomalie(message, fichier.nom, None, champs[cle], remede))
    if source.motif_code and (mauvais := [c for c in codes if not re.search(source.motif_code, c)]):
        message = (
            f"{len(mauvais)} code(s) n’ont pas la forme attendue, le premier est « {mauvais[0]} »"
        )
        remede = "un zéro initial s’est peut-être perdu : reprenez la couche du producteur"
        anomalies.append(Anomalie(message, fichier.nom, None, champs[cle], remede))
    return anomalies + (_controler_iris(couche, fichier) if role == "iris" else [])


def _controler_iris(couche: gpd.GeoDataFrame, fichier: FichierReconnu) -> list[Anomalie]:
    anomalies = []
    ecart = couche["code_iris"].str[:5] != couche["code_commune"]
    if ecart.any():
        code, commune = couche.loc[ecart, ["code_iris", "code_commune"]].iloc[0]
        message = (
            f"{int(ecart.sum())} IRIS dont le code ne commence pas par celui de leur commune "
            f"({code} dans {commune})"
        )
        remede = "la couche mêle deux années de géographie : reprenez celle d’une seule année"
        anomalies.append(Anomalie(message, fichier.nom, remede=remede))
    inconnus = sorted(set(couche["type_iris"]) - _TYPES_IRIS)
    if inconnus:
        liste = ", ".join(repr(t) for t in inconnus)
        remede = "attendus : H (habitat), A (activité), D (divers), Z (commune non découpée)"
        anomalies.append(
            Anomalie(
                f"types d’IRIS inconnus : {liste}",
                fichier.nom,
                None,
                "type_iris",
                remede,
                "avertissement",
            )
        )
    return anomalies
