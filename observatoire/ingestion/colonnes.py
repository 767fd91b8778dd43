"""Contrôle des colonnes d’une table : absentes, inconnues, répétées, d’un autre millésime."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from observatoire.catalogue import Source, Variable
from observatoire.erreurs import Anomalie
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.reconnaissance import motif_millesime, resoudre_colonne

__all__ = ["controler_colonnes", "variables_sans_colonne"]

_MAX_MANQUANTES = 3


def controler_colonnes(
    fichier: FichierReconnu, source: Source, variables: Collection[Variable]
) -> list[Anomalie]:
    """Comparer les colonnes du fichier à celles que le catalogue attend.

    Parameters
    ----------
    fichier : FichierReconnu
        Table reconnue.
    source : Source
        Sa déclaration.
    variables : collection of Variable
        Variables que la source peut porter.

    Returns
    -------
    list of Anomalie
        Erreurs : colonne répétée, colonne d’un autre millésime. Avertissements :
        variable sans colonne, colonnes inconnues.
    """
    return [
        *_repetees(fichier),
        *_autre_millesime(fichier, source, variables),
        *_inconnues(fichier, source),
        *_manquantes(fichier, variables),
    ]


def _repetees(fichier: FichierReconnu) -> list[Anomalie]:
    effectifs = Counter(c.casefold() for c in fichier.colonnes if c)
    return [
        Anomalie(
            f"colonne présente {n} fois",
            fichier.nom,
            _ligne_entete(fichier),
            resoudre_colonne(fichier.colonnes, c) or c,
            "gardez une seule des colonnes, ou reprenez le fichier d’origine",
        )
        for c, n in effectifs.items()
        if n > 1
    ]


def _ligne_entete(fichier: FichierReconnu) -> int | None:
    return None if fichier.format == "parquet" else fichier.ligne_entete + 1


def _autre_millesime(
    fichier: FichierReconnu, source: Source, variables: Collection[Variable]
) -> list[Anomalie]:
    if fichier.millesime is None:
        return []
    annee = f"{fichier.millesime % 100:02d}"
    formules = [f for v in variables for f in v.sources.get(source.id, ())]
    gabarits = {t.strip() for f in formules for t in f.split("+")} | set(source.signature)
    motifs = [motif_millesime(g) for g in gabarits if "{aa}" in g]
    if "{aa}" in source.motif_colonnes:
        motifs.append(
            re.compile(source.motif_colonnes.replace("{aa}", r"(?P<annee>\d\d)", 1), re.IGNORECASE)
        )
    anomalies = []
    for colonne in fichier.colonnes:
        trouves = {
            m["annee"]
            for motif in motifs
            if (m := motif.fullmatch(_nom(colonne, motif))) and m["annee"]
        }
        if trouves and annee not in trouves:
            message = (
                f"colonne du millésime 20{min(trouves)} dans un fichier de {fichier.millesime}"
            )
            remede = "déposez un fichier par millésime, sans en réunir deux"
            anomalies.append(
                Anomalie(message, fichier.nom, _ligne_entete(fichier), colonne, remede)
            )
    return anomalies


def _nom(colonne: str, motif: re.Pattern[str]) -> str:
    # Les gabarits sont compilés en minuscules, les motifs du catalogue sans casse.
    return colonne if motif.flags & re.IGNORECASE else colonne.casefold()


def _inconnues(fichier: FichierReconnu, source: Source) -> list[Anomalie]:
    if not source.motif_colonnes:
        return []
    annee = "" if fichier.millesime is None else f"{fichier.millesime % 100:02d}"
    large = re.compile(source.motif_colonnes.replace("{aa}", r"\d\d"), re.IGNORECASE)
    attendu = re.compile(source.motif_colonnes.replace("{aa}", annee), re.IGNORECASE)
    inconnues = [c for c in fichier.colonnes if c and not attendu.search(c) and not large.search(c)]
    if not inconnues:
        return []
    liste = ", ".join(inconnues[:10]) + ("…" if len(inconnues) > 10 else "")
    return [
        Anomalie(
            f"{len(inconnues)} colonne(s) inconnue(s) : {liste}",
            fichier.nom,
            _ligne_entete(fichier),
            remede="elles ne sont pas lues ; déclarez-les au catalogue si elles comptent",
            gravite="avertissement",
        )
    ]


def variables_sans_colonne(
    fichier: FichierReconnu, variables: Collection[Variable]
) -> list[Variable]:
    """Variables que la source devrait porter et dont le fichier n’a aucune formule complète.

    Parameters
    ----------
    fichier : FichierReconnu
        Table reconnue, une colonne par mesure.
    variables : collection of Variable
        Variables que la source peut porter ; une définition d’un autre millésime ne manque pas.
    """
    noms = {c.casefold() for c in fichier.colonnes}
    dues = [(v, v.formules(fichier.source, fichier.millesime)) for v in variables]
    return [
        v
        for v, formules in dues
        if formules and not any(all(c.casefold() in noms for c in f) for f in formules)
    ]


def _manquantes(fichier: FichierReconnu, variables: Collection[Variable]) -> list[Anomalie]:
    anomalies = []
    for variable in variables_sans_colonne(fichier, variables):
        formules = variable.formules(fichier.source, fichier.millesime)
        attendues = " ou ".join(" + ".join(f) for f in formules)
        message = f"« {variable.libelle} » est absent de ce fichier"
        remede = "ses indicateurs ne seront pas calculés ; prenez le fichier complet"
        anomalies.append(
            Anomalie(
                message, fichier.nom, _ligne_entete(fichier), attendues, remede, "avertissement"
            )
        )
    return anomalies if len(anomalies) <= _MAX_MANQUANTES else [_reunir(anomalies)]


def _reunir(anomalies: list[Anomalie]) -> Anomalie:
    """Un fichier réduit à quelques colonnes est dit en une ligne."""
    colonnes = [a.colonne for a in anomalies]
    return replace(
        anomalies[0],
        message=f"{len(anomalies)} variables sont absentes de ce fichier",
        colonne=", ".join(colonnes),
        remede="leurs indicateurs ne seront pas calculés ; prenez le fichier complet",
    )
