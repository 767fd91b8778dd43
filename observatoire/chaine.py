"""La chaîne entière : des fichiers du producteur à l’édition publiée.

C’est le seul module qui connaît tout le parcours ; chaque étape est une fonction
d’une autre pièce.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd

from observatoire.atelier import Atelier, Chronometre, CompteRendu, Suivi
from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.chemins import Chemins, dossier_ville_fictive
from observatoire.collecte import DossierVille, rassembler_villes
from observatoire.composition import trouver_villes
from observatoire.editions.decision import Decision
from observatoire.editions.verrou import ATTENTE_S, verrouiller_ville
from observatoire.erreurs import Anomalie, ErreurDonnees, ErreurGeographie
from observatoire.ingestion import Inventaire, inventorier
from observatoire.perimetre import Perimetre, concerne, perimetre_ville
from observatoire.territoires import (
    code_ville,
    composantes,
    projection_legale,
)

__all__ = [
    "COMMUNE_FICTIVE",
    "CompteRendu",
    "actualiser",
    "actualiser_communes",
    "actualiser_perimetre",
    "construire_demonstration",
]

COMMUNE_FICTIVE = "00001"
_ALLOCATIONS_ENTRE_DEUX_PASSAGES = 200_000


def construire_demonstration(
    chemins: Chemins,
    *,
    suivi: Suivi | None = None,
    informer: Callable[[str], None] | None = None,
) -> CompteRendu:
    """Construire l’édition de la ville fictive livrée avec le projet, toujours publiée."""
    from observatoire.ville_fictive.suivi import (
        deposer_decoupages_et_lieux,
        importer_programme_fictif,
    )

    with verrouiller_ville(chemins, COMMUNE_FICTIVE, informer=informer):
        deposer_decoupages_et_lieux(chemins)
    compte_rendu = actualiser(
        COMMUNE_FICTIVE,
        depuis=[dossier_ville_fictive()],
        chemins=chemins,
        suivi=suivi,
        publier_malgre_tout=True,
        motif="démonstration",
        informer=informer,
    )
    with verrouiller_ville(chemins, COMMUNE_FICTIVE, informer=informer):
        importer_programme_fictif(chemins, compte_rendu.edition)
    return compte_rendu


def actualiser(
    code_commune: str,
    *,
    depuis: Sequence[Path],
    chemins: Chemins,
    catalogue: Catalogue | None = None,
    suivi: Suivi | None = None,
    publier_malgre_tout: bool = False,
    motif: str = "",
    attente_s: float = ATTENTE_S,
    informer: Callable[[str], None] | None = None,
) -> CompteRendu:
    """Construire et publier une édition d’une ville à partir de fichiers.

    Une édition dont des mouvements sont invraisemblables est gardée « à valider » :
    l’édition courante ne change pas.

    Parameters
    ----------
    code_commune : str
        Code officiel géographique, cinq caractères ; un arrondissement de Paris, Lyon ou
        Marseille désigne la ville entière.
    depuis : sequence of pathlib.Path
        Dossiers ou fichiers des producteurs, par ordre de préférence.
    chemins : Chemins
        Racine des données.
    catalogue : Catalogue, optional
        Par défaut, celui du paquet, complété du dossier ``catalogue`` des données.
    suivi : callable, optional
        Appelé avec le nom et la durée (secondes) de chaque étape.
    publier_malgre_tout : bool
        Publier même si des mouvements sont invraisemblables.
    motif : str
        Pourquoi, pour le journal de la ville.
    attente_s : float
        Attente maximale, en secondes, si la ville est déjà en cours d’actualisation.
    informer : callable, optional
        Appelé avec une phrase s’il faut attendre.

    Returns
    -------
    CompteRendu

    Raises
    ------
    ErreurDonnees
        Si un fichier indispensable manque ou se contredit ; rien n’est publié.
    ErreurEdition
        Si une autre actualisation de la ville ne finit pas, ou si le disque refuse l’écriture.
    """
    return actualiser_communes(
        [code_commune],
        depuis=depuis,
        chemins=chemins,
        catalogue=catalogue,
        suivi=suivi,
        decision=Decision(publier_malgre_tout, motif),
        attente_s=attente_s,
        informer=informer,
    )[0]


def actualiser_communes(
    codes: Sequence[str],
    *,
    depuis: Sequence[Path],
    chemins: Chemins,
    catalogue: Catalogue | None = None,
    suivi: Suivi | None = None,
    decision: Decision | None = None,
    attente_s: float = ATTENTE_S,
    informer: Callable[[str], None] | None = None,
) -> list[CompteRendu]:
    """Construire une édition par commune ; les fichiers ne sont lus qu’une fois.

    Parameters
    ----------
    codes : sequence of str
        Codes de communes ou d’arrondissements.
    depuis, chemins, catalogue, suivi, attente_s, informer
        Comme pour :func:`actualiser`.
    decision : Decision, optional
        Publier malgré tout, et pourquoi.

    Raises
    ------
    ErreurDonnees
        Si les fichiers d’une des communes sont fautifs ; les autres sont publiées d’abord.
    """
    catalogue = catalogue or charger_catalogue(*chemins.catalogues)
    villes = list(dict.fromkeys(code_ville(c) for c in codes))
    perimetres = [perimetre_ville(v) for v in villes]
    horloge = Chronometre(suivi)
    with _reglages_du_calcul(), ExitStack() as verrous:
        for ville in sorted(villes):
            verrous.enter_context(
                verrouiller_ville(chemins, ville, attente_s=attente_s, informer=informer)
            )
        inventaire, dossiers = _lire(villes, depuis, catalogue, horloge)
        comptes_rendus, erreurs = [], []
        for perimetre in perimetres:
            atelier = Atelier(perimetre, inventaire, catalogue, horloge)
            try:
                propres = [_isoler(d, perimetre.code) for d in dossiers if _concerne(d, perimetre)]
                comptes_rendus.append(atelier.construire(propres, chemins, decision or Decision()))
            except ErreurDonnees as erreur:
                erreurs.append(erreur)
            horloge = Chronometre(suivi)
    if erreurs:
        raise _reunir_erreurs(erreurs, [c.edition.nom_commune for c in comptes_rendus])
    return comptes_rendus


def actualiser_perimetre(
    perimetre: Perimetre,
    *,
    depuis: Sequence[Path],
    chemins: Chemins,
    catalogue: Catalogue | None = None,
    suivi: Suivi | None = None,
    decision: Decision | None = None,
    attente_s: float = ATTENTE_S,
    informer: Callable[[str], None] | None = None,
) -> CompteRendu:
    """Construire une seule édition pour une ville, une intercommunalité ou toute la France.

    Une ville dont les fichiers sont fautifs est laissée de côté et nommée, sauf si elle est seule.

    Parameters
    ----------
    perimetre : Perimetre
        Ce que l’édition couvre ; ses villes sont lues dans les fichiers si elles manquent.
    depuis, chemins, catalogue, suivi, decision, attente_s, informer
        Comme pour :func:`actualiser_communes`.

    Raises
    ------
    ErreurDonnees
        Si aucune ville ne peut être publiée.
    """
    catalogue = catalogue or charger_catalogue(*chemins.catalogues)
    horloge = Chronometre(suivi)
    with (
        _reglages_du_calcul(),
        verrouiller_ville(chemins, perimetre.code, attente_s=attente_s, informer=informer),
    ):
        with horloge.etape("Inventaire des fichiers"):
            inventaire = inventorier(depuis, catalogue)
            perimetre = trouver_villes(perimetre, inventaire, catalogue)
        dossiers = _rassembler(perimetre.villes, inventaire, catalogue, horloge)
        atelier = Atelier(perimetre, inventaire, catalogue, horloge)
        return atelier.construire(dossiers, chemins, decision or Decision())


@contextmanager
def _reglages_du_calcul() -> Iterator[None]:
    """Codes et noms tenus par Python, ramasse-miettes espacé : sur de petites tables, c’est plus rapide."""
    seuils = gc.get_threshold()
    # Presque rien de ce qui est alloué ici ne forme de cycle : le chercher sans cesse coûte 7 % du temps.
    gc.set_threshold(_ALLOCATIONS_ENTRE_DEUX_PASSAGES, *seuils[1:])
    try:
        with pd.option_context("mode.string_storage", "python"):
            yield
    finally:
        gc.set_threshold(*seuils)


def _lire(
    villes: Sequence[str], depuis: Sequence[Path], catalogue: Catalogue, horloge: Chronometre
) -> tuple[Inventaire, list[DossierVille]]:
    with horloge.etape("Inventaire des fichiers"):
        inventaire = inventorier(depuis, catalogue)
    return inventaire, _rassembler(villes, inventaire, catalogue, horloge)


def _rassembler(
    villes: Sequence[str], inventaire: Inventaire, catalogue: Catalogue, horloge: Chronometre
) -> list[DossierVille]:
    """Un dossier par projection légale."""
    par_projection: dict[str, list[str]] = {}
    for ville in sorted(villes):
        try:
            projection = projection_legale(ville).to_string()
        except ErreurGeographie:
            # Un quartier de Polynésie, par exemple : aucune donnée d’IRIS n’y existe.
            if len(villes) == 1:
                raise
            continue
        par_projection.setdefault(projection, []).append(ville)
    with horloge.etape("Lecture des contours et des tableaux"):
        return [rassembler_villes(v, inventaire, catalogue) for v in par_projection.values()]


def _concerne(dossier: DossierVille, perimetre: Perimetre) -> bool:
    connues = {*dossier.villes, *dossier.fautes, *dossier.sans_contour}
    return not connues.isdisjoint(perimetre.villes)


def _isoler(dossier: DossierVille, ville: str) -> DossierVille:
    """Le dossier d’une seule des villes lues ensemble."""
    if set(dossier.villes) | set(dossier.fautes) | set(dossier.sans_contour) == {ville}:
        return dossier
    isole = dossier.restreindre([ville])
    isole.fautes = {v: a for v, a in dossier.fautes.items() if v == ville}
    isole.sans_contour = [v for v in dossier.sans_contour if v == ville]
    siens = {
        *composantes(isole.entourages),
        *isole.iris["code_iris"],
        *isole.qpv["code_territoire"],
    }
    noms = {f.nom for f in dossier.fichiers} - {f.nom for f in isole.fichiers}
    isole.avertissements = [
        a for a in dossier.avertissements if a.fichier not in noms and concerne(a.message, siens)
    ]
    return isole


def _reunir_erreurs(erreurs: Sequence[ErreurDonnees], publiees: Sequence[str]) -> ErreurDonnees:
    if len(erreurs) == 1 and not publiees:
        return erreurs[0]
    suite = f" Ont été publiées : {', '.join(publiees)}." if publiees else ""
    anomalies = [a for e in erreurs for a in (e.anomalies or (Anomalie(e.message),))]
    return ErreurDonnees(f"{len(erreurs)} commune(s) n’ont pas pu être publiées.{suite}", anomalies)
