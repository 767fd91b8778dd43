"""Ce que dit l’infobulle d’une zone : sa valeur, son écart, d’où vient le chiffre."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from observatoire.cartes.lignes import decimales_du_chiffre
from observatoire.cartes.modeles import Aspect
from observatoire.cartes.quartier import entre_bornes
from observatoire.cartes.sujet import SujetCarte
from observatoire.domaine import Methode, Statut, Verdict
from observatoire.indicateurs import dire_qualite
from observatoire.redaction import ecrire_bornes, ecrire_ecart, ecrire_ecart_minimal, ecrire_valeur

__all__ = ["ecrire_textes"]


def ecrire_textes(zones: gpd.GeoDataFrame, sujet: SujetCarte) -> gpd.GeoDataFrame:
    """Ajouter ``texte_valeur, texte_ecart, texte_statut, texte_qualite`` à des zones ou à des quartiers.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame
        Colonnes ``valeur, ecart, statut, methode, verdict, borne_basse, borne_haute, aspect``.
    sujet : SujetCarte

    Returns
    -------
    geopandas.GeoDataFrame
        Une estimation non interprétable n’a que ses bornes : « X à Y ».
    """
    rondes = _publiees_rondes(zones)
    textes = [_textes(ligne, sujet, rondes=rondes) for ligne in zones.to_dict("records")]
    colonnes = ["texte_valeur", "texte_ecart", "texte_statut"]
    ecrites = {c: [t[i] for t in textes] for i, c in enumerate(colonnes)}
    # Une édition ancienne, ou une zone sans ligne de résultat, n’a pas de qualité.
    qualites = zones["qualite"] if "qualite" in zones else [""] * len(zones)
    return zones.assign(**ecrites, texte_qualite=[dire_qualite(q)[0] for q in qualites])


def _publiees_rondes(zones: gpd.GeoDataFrame) -> bool:
    """Vrai si le producteur ne donne ici que des chiffres ronds : leur décimale nulle serait inventée."""
    publiees = zones.loc[zones["statut"] == Statut.PUBLIE.value, "valeur"].dropna()
    return bool(len(publiees) and (publiees % 1 == 0).all())


def _textes(ligne: dict[Any, Any], sujet: SujetCarte, *, rondes: bool) -> tuple[str, str, str]:
    """Valeur, écart et statut d’une zone, en mots ; vides quand il n’y a rien à dire."""
    unite = sujet.indicateur.unite
    statut, aspect = Statut(str(ligne["statut"])), ligne["aspect"]
    valeur = float(ligne["valeur"])
    if np.isnan(valeur) or statut is Statut.SECRET:
        mots = Aspect.SECRET.libelle if statut is Statut.SECRET else statut.libelle
        precision = {
            Aspect.SECRET: "valeur masquée pour protéger les personnes",
            Aspect.SANS_LOGEMENT: "zone d’activité ou presque sans logement",
        }.get(Aspect(str(aspect)), "le producteur ne diffuse pas ce chiffre ici")
        return mots, "", precision
    basse, haute = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    bornee = statut is Statut.ESTIME and not (np.isnan(basse) or np.isnan(haute))
    entre = entre_bornes(basse, haute, unite, str(ligne["methode"])) if bornee else ""
    decimales = decimales_du_chiffre(valeur, statut.value) if rondes else None
    texte = ecrire_valeur(valeur, unite, decimales=decimales)
    if ligne["bornes_seules"]:
        texte = ecrire_bornes(basse, haute, unite)
    elif entre:
        texte = f"{texte} ({entre})"
    return texte, _texte_ecart(ligne, sujet, rondes=rondes), Methode(str(ligne["methode"])).libelle


def _texte_ecart(ligne: dict[Any, Any], sujet: SujetCarte, *, rondes: bool) -> str:
    if sujet.indicateur.est_stock:
        return ""
    ecart = float(ligne["ecart"])
    reference = sujet.nom_reference
    if np.isnan(ecart) or ligne["verdict"] == Verdict.NON_INTERPRETABLE:
        return f"ne peut pas être comparé à {reference}"
    suite = f"par rapport à {reference}"
    if ligne["bornes_seules"]:
        bas, haut = float(ligne["ecart_borne_basse"]), float(ligne["ecart_borne_haute"])
        return f"{ecrire_ecart_minimal(bas, haut, sujet.indicateur.unite)} {suite}"
    if ligne["verdict"] == Verdict.ECART_INDICATIF:
        suite += " (écart indicatif)"
    decimales = decimales_du_chiffre(ecart, str(ligne["statut"])) if rondes else None
    return f"{ecrire_ecart(ecart, sujet.indicateur.unite, decimales=decimales)} {suite}"
