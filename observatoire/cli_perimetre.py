"""De la demande de la personne (ville, intercommunalité, France) aux éditions construites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from observatoire.chaine import CompteRendu, actualiser_communes, actualiser_perimetre
from observatoire.chemins import Chemins
from observatoire.cli_affichage import prevenir, suivi
from observatoire.cli_sources import accepter_versions, fichiers_locaux, obtenir
from observatoire.domaine import est_fictive
from observatoire.editions.decision import Decision
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurDonnees, ErreurReseau
from observatoire.perimetre import (
    CODE_FRANCE,
    perimetre_epci,
    perimetre_france,
    perimetre_ville,
)
from observatoire.territoires import code_ville

__all__ = ["Demande", "actualiser_demande", "code_demande"]

_UN_SEUL = "Indiquez --commune, --epci ou --france, et un seul des trois."


@dataclass(frozen=True, slots=True)
class Demande:
    """Ce que la personne veut actualiser : des communes, une intercommunalité ou la France."""

    communes: tuple[str, ...]
    epci: str | None
    france: bool
    millesimes: Sequence[int]

    def verifier(self) -> None:
        """Refuser une demande vide, double ou mal écrite.

        Raises
        ------
        ErreurDemande
        """
        if bool(self.communes) + (self.epci is not None) + self.france != 1:
            raise ErreurDemande(_UN_SEUL)
        for code in self.communes:
            perimetre_ville(code)
        if self.epci is not None:
            perimetre_epci(self.epci)


def code_demande(commune: str | None, epci: str | None, *, france: bool = False) -> str:
    """Nom du dossier des éditions demandées.

    Parameters
    ----------
    commune, epci : str or None
        Code de la commune, ou SIREN.
    france : bool
        L’édition nationale.

    Raises
    ------
    ErreurDemande
        Si rien n’est demandé, ou deux choses à la fois.
    """
    Demande((commune,) if commune is not None else (), epci, france, ()).verifier()
    return commune or epci or CODE_FRANCE


def actualiser_demande(
    demande: Demande,
    chemins: Chemins,
    *,
    depuis: Sequence[Path],
    sans_reseau: bool,
    accepter: bool,
    reverifier: bool,
    publier: bool,
    motif: str,
    en_json: bool,
) -> list[CompteRendu]:
    """Réunir les fichiers, puis construire les éditions demandées.

    Parameters
    ----------
    demande : Demande
        Ce qu’il faut actualiser.
    chemins : Chemins
        Racine des données.
    depuis : sequence of pathlib.Path
        Fichiers donnés.
    sans_reseau, accepter, reverifier, publier : bool
        Options de la commande.
    motif : str
        Pour le journal.
    en_json : bool
        Vrai : rien n’est affiché pendant le calcul.
    """
    demande.verifier()
    dossiers, manques = _reunir_fichiers(
        demande, chemins, depuis, sans_reseau=sans_reseau, accepter=accepter, reverifier=reverifier
    )
    montrer = None if en_json else suivi
    decision = Decision(publier, motif)
    try:
        comptes_rendus = _construire(demande, dossiers, chemins, decision, suivi=montrer)
    except ErreurDonnees as erreur:
        # Une source qui n’a pu être obtenue explique souvent ce qui manque.
        erreur.anomalies = (*erreur.anomalies, *manques)
        raise
    comptes_rendus[0].avertissements[:0] = manques
    return comptes_rendus


def _construire(
    demande: Demande,
    dossiers: Sequence[Path],
    chemins: Chemins,
    decision: Decision,
    *,
    suivi: Callable[[str, float], None] | None,
) -> list[CompteRendu]:
    if demande.communes:
        return actualiser_communes(
            demande.communes, depuis=dossiers, chemins=chemins, suivi=suivi,
            decision=decision, informer=prevenir,
        )  # fmt: skip
    epci = demande.epci
    perimetre = perimetre_france() if epci is None else perimetre_epci(epci)
    return [
        actualiser_perimetre(
            perimetre, depuis=dossiers, chemins=chemins, suivi=suivi,
            decision=decision, informer=prevenir,
        )
    ]  # fmt: skip


def _reunir_fichiers(
    demande: Demande,
    chemins: Chemins,
    depuis: Sequence[Path],
    *,
    sans_reseau: bool,
    accepter: bool,
    reverifier: bool,
) -> tuple[list[Path], list[Anomalie]]:
    """Fichiers donnés, déposés, puis téléchargés ; et ce qui manque."""
    if absents := [d for d in depuis if not d.exists()]:
        noms = ", ".join(f"« {d} »" for d in absents)
        raise ErreurDemande(f"Introuvable : {noms}. Vérifiez les chemins donnés à --depuis.")
    if accepter:
        accepter_versions(chemins)
    locaux = fichiers_locaux(chemins)
    if demande.communes and all(est_fictive(c) for c in demande.communes):
        return _exiger([*depuis, *locaux], chemins), []
    # Au-delà d’une ville, les fichiers nationaux servent pour toutes.
    villes = {code_ville(c) for c in demande.communes}
    seule = villes.pop() if len(villes) == 1 else None
    try:
        obtenu = obtenir(
            chemins, seule, millesimes=demande.millesimes, siren=demande.epci,
            verifier=reverifier, sans_reseau=sans_reseau,
        )  # fmt: skip
    except ErreurReseau as erreur:
        if not depuis:
            raise
        # Les fichiers donnés peuvent suffire : l’absence de réseau est dite, pas fatale.
        return [*depuis, *locaux], list(erreur.anomalies)
    # Un fichier déposé peut être d’une source que l’on ne sait pas télécharger.
    fichiers = _exiger([*depuis, *obtenu.fichiers, *locaux], chemins)
    return fichiers, [*obtenu.manques, *obtenu.avertissements]


def _exiger(fichiers: list[Path], chemins: Chemins) -> list[Path]:
    if not fichiers:
        raise ErreurDemande(
            "Aucun fichier : indiquez avec --depuis le dossier où ils sont, déposez-les dans "
            f"« {chemins.depot} », ou préparez-les avec « observatoire preparer --france »."
        )
    return fichiers
