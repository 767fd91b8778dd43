"""Documents dont les valeurs ont changé depuis : les trouver, les refaire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from observatoire.chemins import Chemins
from observatoire.editions import Edition
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurEdition, ErreurObservatoire
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.noms import dans_dossier
from observatoire.exports.production import Production, ouvrir_contexte, produire
from observatoire.exports.registre import Inscription, Registre, lire_registre, lire_valeurs
from observatoire.indicateurs import joindre_ecarts

__all__ = ["DocumentPerime", "documents_perimes", "refaire"]

_CLES = ["code_territoire", "indicateur", "millesime"]
_DISPARUE = "disparue"
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class DocumentPerime:
    """Un document et ses valeurs changées.

    ``changements`` porte ``code_territoire, nom, indicateur, millesime, reference, valeur,
    valeur_actuelle, ecart, ecart_actuel, statut, statut_actuel`` ; le statut actuel est
    « disparue » quand l’édition n’a plus la ligne.
    """

    inscription: Inscription
    edition_actuelle: str
    changements: pd.DataFrame


def documents_perimes(
    chemins: Chemins, code_commune: str | None = None
) -> tuple[list[DocumentPerime], list[Anomalie]]:
    """Documents du registre qui citent une valeur changée dans l’édition courante.

    Parameters
    ----------
    chemins : Chemins
    code_commune : str, optional
        Une seule ville ; toutes sinon.

    Returns
    -------
    perimes : list of DocumentPerime
        Du plus ancien au plus récent ; un document déjà refait n’y est pas.
    fautes : list of Anomalie
        Documents que l’on n’a pas pu relire, et villes sans édition.
    """
    registre = lire_registre(chemins)
    if code_commune is not None:
        registre = registre.de_la_ville(code_commune)
    perimes: list[DocumentPerime] = []
    fautes: list[Anomalie] = []
    contextes: dict[str, Contexte | None] = {}
    for inscription in _vivantes(registre):
        code = inscription.code_commune
        if code not in contextes:
            contextes[code] = _ouvrir(chemins, code, fautes)
        contexte = contextes[code]
        if contexte is None or contexte.edition.identifiant == inscription.edition:
            continue
        try:
            citees = lire_valeurs(chemins, inscription)
        except ErreurEdition as erreur:
            fautes.append(Anomalie(str(erreur)))
            continue
        changements = _comparer(citees, contexte.edition)
        if len(changements):
            perimes.append(DocumentPerime(inscription, contexte.edition.identifiant, changements))
    return perimes, fautes


def _vivantes(registre: Registre) -> list[Inscription]:
    """Inscriptions qu’aucun document plus récent ne remplace."""
    remplacees = {str(i.parametres.get("remplace", "")) for i in registre.inscriptions}
    return [i for i in registre.inscriptions if i.identifiant not in remplacees]


def _ouvrir(chemins: Chemins, code: str, fautes: list[Anomalie]) -> Contexte | None:
    try:
        return ouvrir_contexte(chemins, code)
    except ErreurObservatoire as erreur:
        fautes.append(Anomalie(str(erreur)))
        return None


def _comparer(citees: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    morceaux = []
    for reference, groupe in citees.groupby("reference", sort=True):
        actuelles = joindre_ecarts(edition.resultats, edition.ecarts, reference=str(reference))
        # Un point dont seules les bornes se lisent n’est cité par aucun document.
        seules = actuelles["bornes_seules"].eq(True)
        for colonne in ("valeur", "ecart"):
            actuelles[colonne] = actuelles[colonne].mask(seules)
        actuelles = actuelles[[*_CLES, "nom", "valeur", "ecart", "statut"]].rename(
            columns={
                "valeur": "valeur_actuelle",
                "ecart": "ecart_actuel",
                "statut": "statut_actuel",
            }
        )
        jointe = groupe.merge(actuelles, on=_CLES, how="left", validate="many_to_one")
        jointe["statut_actuel"] = jointe["statut_actuel"].fillna(_DISPARUE)
        jointe["nom"] = jointe["nom"].fillna(jointe["code_territoire"])
        morceaux.append(jointe)
    if not morceaux:
        return pd.DataFrame(columns=_CLES)
    table = pd.concat(morceaux, ignore_index=True)
    change = table["statut"] != table["statut_actuel"]
    for avant, apres in (("valeur", "valeur_actuelle"), ("ecart", "ecart_actuel")):
        change |= ~np.isclose(
            table[avant].to_numpy(float), table[apres].to_numpy(float),
            rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True,
        )  # fmt: skip
    colonnes = [
        "code_territoire", "nom", "indicateur", "millesime", "reference", "valeur",
        "valeur_actuelle", "ecart", "ecart_actuel", "statut", "statut_actuel",
    ]  # fmt: skip
    return table.loc[change, colonnes].reset_index(drop=True)


def refaire(
    chemins: Chemins,
    perimes: list[DocumentPerime],
    dossier: Path,
    *,
    suivi: Callable[[DocumentPerime, Production], None] | None = None,
) -> list[Production]:
    """Refaire des documents avec l’édition courante, dans un dossier créé au besoin.

    Chaque nouveau document garde le nom de l’ancien et dit au registre lequel il remplace.

    Raises
    ------
    ErreurDemande
        Après avoir fait les autres, si des documents ne peuvent plus l’être.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    faits: list[Production] = []
    fautes: list[Anomalie] = []
    contextes: dict[str, Contexte] = {}
    pris: set[str] = set()
    for perime in perimes:
        ancien = perime.inscription
        try:
            if ancien.code_commune not in contextes:
                contextes[ancien.code_commune] = ouvrir_contexte(chemins, ancien.code_commune)
            nom = next(iter(ancien.fichiers))
            # Deux documents peuvent avoir porté le même nom dans deux dossiers.
            nom = f"{ancien.identifiant}-{nom}" if nom in pris else nom
            pris.add(nom)
            fait = produire(
                contextes[ancien.code_commune],
                ancien.format,
                Demande.depuis_json(ancien.parametres),
                dans_dossier(dossier, nom),
                complements={"remplace": ancien.identifiant},
            )
        except ErreurObservatoire as erreur:
            fautes.append(Anomalie(str(erreur), fichier=f"document {ancien.identifiant}"))
            continue
        faits.append(fait)
        if suivi:
            suivi(perime, fait)
    if fautes:
        raise ErreurDemande(
            f"{len(faits)} documents sont refaits ; {len(fautes)} n’ont pas pu l’être.", fautes
        )
    return faits
