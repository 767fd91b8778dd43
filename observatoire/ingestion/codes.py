"""Codes des territoires : toujours du texte, jamais un zéro initial perdu en silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from observatoire.catalogue import Source
from observatoire.erreurs import Anomalie, Gravite
from observatoire.ingestion.modeles import FichierReconnu
from observatoire.ingestion.nombres import Colonne

__all__ = ["COLONNES_COMMUNE", "controler_codes", "en_codes", "selectionner", "separer_communes"]

COLONNES_COMMUNE = {"carreau": "lcog_geo"}
"""Colonne des communes, pour les niveaux dont le code ne la contient pas."""

_LONGUEURS = {"iris": 9, "commune": 5}
_MOTIFS = {
    "iris": r"^[0-9][0-9AB][0-9]{7}$",
    "commune": r"^[0-9][0-9AB][0-9]{3}$",
    "qpv": r"^Q[NP][0-9A-Z]{6}$",
}
# Paris, Lyon, Marseille : un fichier par commune peut ne porter que la ville entière.
_ARRONDISSEMENT = re.compile(r"^(751[0-9]{2}|6938[1-9]|132(0[1-9]|1[0-6]))$")
_MAX_CITES = 10
_SEPARATEURS = re.compile(r"[\s,;/|]+")


def separer_communes(texte: str) -> tuple[str, ...]:
    """Séparer une liste de codes de communes, sans doublon et dans l’ordre.

    Parameters
    ----------
    texte : str
        Par exemple ``"38185, 38151"``, ``"38185;38151"`` ou ``"38185"``.
    """
    return tuple(dict.fromkeys(c for c in _SEPARATEURS.split(texte) if c))


def en_codes(colonne: Colonne) -> pa.StringArray:
    """Codes en texte ; un code que le fichier a typé en nombre est écrit sans décimale.

    Parameters
    ----------
    colonne : Colonne
        Colonne des codes.
    """
    if np.isnan(colonne.nombres).all():
        return colonne.textes
    textes = colonne.textes.to_pylist()
    codes = [
        t if np.isnan(n) else f"{n:.0f}" if float(n).is_integer() else repr(float(n))
        for t, n in zip(textes, colonne.nombres, strict=True)
    ]
    return pa.array(codes, pa.string())


def selectionner(
    codes: pa.StringArray,
    source: Source,
    communes: Collection[str] | None,
    demandes: Collection[str] | None,
    communes_des_lignes: pa.StringArray | None = None,
    *,
    ensemble: bool = False,
) -> NDArray[np.int64]:
    """Positions des lignes de la ville.

    Parameters
    ----------
    codes : pyarrow.StringArray, shape (n,)
        Codes du fichier.
    source : Source
        Donne le niveau et les lignes agrégées, écartées.
    communes, demandes : collection of str, optional
        Communes gardées (tables d’IRIS et de communes) ; codes gardés.
    communes_des_lignes : pyarrow.StringArray, shape (n,), optional
        Communes de chaque ligne, leurs codes accolés (carreaux) ; elles décident seules.
    ensemble : bool
        Garder aussi la ligne de l’ensemble des QPV, que la source déclare.

    Returns
    -------
    numpy.ndarray of int64
        Positions, dans l’ordre du fichier.
    """
    agregees = [c for c in source.lignes_agregees if not ensemble or c != source.ligne_ensemble]
    ecartes = pa.array(["", *agregees], pa.string())
    masque = pc.invert(pc.is_in(codes, ecartes))
    if communes_des_lignes is not None:
        if communes is not None:
            motif = f"^(.{{5}})*({'|'.join(sorted(communes))})"
            masque = pc.and_(masque, pc.match_substring_regex(communes_des_lignes, motif))
        return np.asarray(pc.indices_nonzero(masque).to_numpy(), dtype=np.int64)
    criteres = []
    if communes is not None and source.niveau in _LONGUEURS:
        prefixes = pc.utf8_slice_codeunits(codes, 0, 5) if source.niveau == "iris" else codes
        criteres.append(pc.is_in(prefixes, pa.array(sorted(communes), pa.string())))
    if demandes is not None:
        criteres.append(pc.is_in(codes, pa.array(sorted(demandes), pa.string())))
    if criteres:
        masque = pc.and_(masque, criteres[0] if len(criteres) == 1 else pc.or_(*criteres))
    return np.asarray(pc.indices_nonzero(masque).to_numpy(), dtype=np.int64)


def controler_codes(
    fichier: FichierReconnu,
    source: Source,
    codes: pa.StringArray,
    positions: NDArray[np.int64],
    numeroter: Callable[[int], int],
    communes: Collection[str] | None,
    demandes: Collection[str] | None,
) -> list[Anomalie]:
    """Zéros perdus, codes malformés, codes en double, ville sans aucune ligne.

    Parameters
    ----------
    fichier, source
        Table et sa déclaration.
    codes : pyarrow.StringArray, shape (n,)
        Tous les codes du fichier.
    positions : numpy.ndarray of int64
        Lignes retenues.
    numeroter : callable
        Numéro de ligne d’une position.
    communes, demandes : collection of str, optional
        Ce qui était demandé.
    """
    anomalies = _codes_malformes(fichier, source, codes, numeroter, communes)
    retenus = np.array(codes.take(pa.array(positions)).to_pylist(), dtype=object)
    uniques, effectifs = np.unique(retenus.astype(str), return_counts=True)
    for code in uniques[effectifs > 1][:_MAX_CITES]:
        ou = positions[retenus == code].tolist()
        lignes = [numeroter(p) for p in ou[:_MAX_CITES]]
        suite = "…" if len(ou) > len(lignes) else ""
        autres = ", ".join(str(n) for n in lignes[1:]) + suite
        message = f"le code {code} figure {len(ou)} fois (aussi ligne {autres})"
        remede = "supprimez les lignes en double, ou reprenez le fichier d’origine"
        anomalies.append(Anomalie(message, fichier.nom, lignes[0], source.colonne_code, remede))
    return anomalies + _sans_ligne(fichier, source, retenus, communes, demandes)


def _sans_ligne(
    fichier: FichierReconnu,
    source: Source,
    retenus: NDArray[np.object_],
    communes: Collection[str] | None,
    demandes: Collection[str] | None,
) -> list[Anomalie]:
    """Territoires demandés que le fichier n’a pas ; les IRIS manquants sont cherchés ailleurs."""
    demande = demandes if source.niveau == "qpv" else communes
    if not demande:
        return []
    manquants = {
        c
        for c in set(demande) - set(retenus)
        if source.niveau == "qpv" or (source.niveau == "commune" and not _ARRONDISSEMENT.match(c))
    }
    if not len(retenus):
        manquants = set(demande)
    if not manquants:
        return []
    tries = sorted(manquants)
    suite = f" et {len(tries) - _MAX_CITES} autres" if len(tries) > _MAX_CITES else ""
    message = f"aucune ligne pour {', '.join(tries[:_MAX_CITES])}{suite}"
    remede = (
        "vérifiez que le fichier couvre ces quartiers"
        if source.niveau == "qpv"
        else "vérifiez que le fichier couvre cette commune"
    )
    return [Anomalie(message, fichier.nom, None, source.colonne_code, remede, "avertissement")]


def _codes_malformes(
    fichier: FichierReconnu,
    source: Source,
    codes: pa.StringArray,
    numeroter: Callable[[int], int],
    communes: Collection[str] | None,
) -> list[Anomalie]:
    motif = source.motif_code or _MOTIFS.get(str(source.niveau), "")
    if not motif:
        return []
    connus = pc.is_in(codes, pa.array(["", *source.lignes_agregees], pa.string()))
    bons = pc.or_(pc.match_substring_regex(codes, motif), connus)
    fautifs = np.flatnonzero(~bons.to_numpy(zero_copy_only=False))
    longueur = _LONGUEURS.get(str(source.niveau), 0)
    perdus: list[tuple[int, str]] = []
    autres: list[tuple[int, str]] = []
    for position in fautifs.tolist():
        code = codes[position].as_py()
        cible = perdus if code.isdigit() and len(code) < longueur else autres
        cible.append((position, code))
    anomalies = []
    if perdus:
        anomalies.append(_zeros_perdus(fichier, source, perdus, numeroter, longueur, communes))
    if autres:
        position, code = autres[0]
        message = f"{len(autres)} code(s) n’ont pas la forme attendue, le premier est « {code} »"
        remede = "ces lignes sont ignorées ; vérifiez qu’il ne manque aucun territoire"
        anomalies.append(
            Anomalie(
                message,
                fichier.nom,
                numeroter(position),
                source.colonne_code,
                remede,
                "avertissement",
            )
        )
    return anomalies


def _zeros_perdus(
    fichier: FichierReconnu,
    source: Source,
    perdus: list[tuple[int, str]],
    numeroter: Callable[[int], int],
    longueur: int,
    communes: Collection[str] | None,
) -> Anomalie:
    concernes = [(p, c) for p, c in perdus if communes is None or c.zfill(longueur)[:5] in communes]
    position, code = (concernes or perdus)[0]
    complet = code.zfill(longueur)
    message = (
        f"zéro initial perdu dans {len(perdus)} code(s), "
        f"le premier est « {code} » au lieu de « {complet} »"
    )
    remede = (
        "un tableur a pris les codes pour des nombres : reprenez le fichier du producteur "
        "sans l’ouvrir avec un tableur, ou importez cette colonne en texte"
    )
    gravite: Gravite = "erreur" if concernes else "avertissement"
    return Anomalie(message, fichier.nom, numeroter(position), source.colonne_code, remede, gravite)
