"""Cache des fichiers bruts : rien n’y entre sans vérification, rien n’y change sans accord.

``<racine>/cache/<source>/<millésime>/<fichier>`` et sa fiche ``<fichier>.json``. La fiche
est écrite avant que le fichier prenne sa place : après un arrêt brutal, un fichier entier
mais encore provisoire est reconnu à son empreinte et finit d’être rangé.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from observatoire.catalogue import Catalogue
from observatoire.chemins import Chemins
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurDonnees, ErreurReseau
from observatoire.ingestion.depose import chercher_depose
from observatoire.ingestion.emplacements import Emplacement, placer
from observatoire.ingestion.etat_depot import EtatSource, etat_sources
from observatoire.ingestion.fautes_reseau import erreur_disque, erreur_reseau
from observatoire.ingestion.modeles import empreinte_fichier
from observatoire.ingestion.partiel import FichierPartiel
from observatoire.ingestion.provenance import Fiche, chemin_fiche, ecrire_fiche, maintenant
from observatoire.ingestion.reception import contenu_identique, recevoir
from observatoire.ingestion.telechargement import ClientEditeurs, Suivi
from observatoire.ingestion.verrou import verrouiller

__all__ = [
    "EtatSource",
    "FichierDepot",
    "accepter",
    "etat_sources",
    "retrouver_source",
    "telecharger_source",
]


@dataclass(frozen=True, slots=True)
class FichierDepot:
    """Un fichier brut accepté, intact.

    Parameters
    ----------
    chemin : pathlib.Path
        Le fichier du producteur.
    a_lire : tuple of pathlib.Path
        Ce qu’il faut donner à ``inventorier`` : le fichier, ou ce qu’on en a extrait.
    fiche : Fiche
        Provenance.
    avertissements : tuple of str
        À dire à la personne : version différente mise de côté, somme de contrôle fausse.
    """

    chemin: Path
    a_lire: tuple[Path, ...]
    fiche: Fiche
    avertissements: tuple[str, ...] = ()


def telecharger_source(
    source: str,
    millesime: int,
    chemins: Chemins,
    catalogue: Catalogue,
    *,
    commune: str | None = None,
    client: ClientEditeurs | None = None,
    suivi: Suivi | None = None,
    verifier: bool = False,
) -> FichierDepot:
    """Rendre un fichier du producteur : du cache, du dossier de dépôt, ou du réseau.

    Parameters
    ----------
    source : str
        Identifiant au catalogue.
    millesime : int
        Année.
    chemins : Chemins
        Racine des données.
    catalogue : Catalogue
        Déclarations.
    commune : str, optional
        Code de la commune, pour un service par commune.
    client : ClientEditeurs, optional
        Client à employer ; par défaut, un client ouvert pour ce seul fichier.
    suivi : callable, optional
        Appelé à chaque morceau reçu.
    verifier : bool
        Vrai : demander au producteur si le fichier du cache a changé.

    Returns
    -------
    FichierDepot
        L’exemplaire accepté ; si une version différente a été trouvée, elle est mise de
        côté et un avertissement le dit.

    Raises
    ------
    ErreurReseau
        Téléchargement impossible, ou fichier changé alors que l’accepté a disparu.
    ErreurDonnees
        Fichier déposé corrompu ou d’un autre contenu.
    ErreurDemande
        Rien de tel au catalogue.
    """
    place = placer(source, millesime, chemins, catalogue, commune)
    chemins.depot.mkdir(parents=True, exist_ok=True)
    with verrouiller(place.dossier):
        accepte = _accepte(place, catalogue)
        if (depose := _du_depot(place, accepte, chemins, catalogue)) is not None:
            return depose
        if accepte is not None and not verifier:
            return accepte
        try:
            if client is not None:
                return _du_reseau(place, accepte, chemins, catalogue, client, suivi)
            with ClientEditeurs() as neuf:
                return _du_reseau(place, accepte, chemins, catalogue, neuf, suivi)
        except ErreurReseau as erreur:
            if accepte is None:
                raise
            # Une vérification manquée ne retire pas le fichier que l’on a déjà.
            motif = " ; ".join(a.message for a in erreur.anomalies) or erreur.message
            dit = f"{place.nom} n’a pas pu être revérifié ({motif}) : l’exemplaire du cache est employé"
            return replace(accepte, avertissements=(*accepte.avertissements, dit))


def retrouver_source(
    source: str,
    millesime: int,
    chemins: Chemins,
    catalogue: Catalogue,
    *,
    commune: str | None = None,
    depot: bool = True,
) -> FichierDepot | None:
    """Rendre un fichier qui est déjà là, sans rien demander au réseau.

    Parameters
    ----------
    source, millesime, chemins, catalogue, commune
        Comme :func:`telecharger_source`.
    depot : bool
        Chercher aussi dans le dossier de dépôt.

    Returns
    -------
    FichierDepot or None
        ``None`` s’il n’est ni dans le cache ni déposé.

    Raises
    ------
    ErreurDonnees
        Fichier déposé corrompu ou d’un autre contenu, fiche illisible.
    """
    place = placer(source, millesime, chemins, catalogue, commune)
    depot = depot and chemins.depot.is_dir()
    if not depot and not chemin_fiche(place.ancre).is_file():
        return None
    with verrouiller(place.dossier):
        accepte = _accepte(place, catalogue)
        depose = _du_depot(place, accepte, chemins, catalogue) if depot else None
        return depose or accepte


def accepter(
    source: str,
    millesime: int,
    chemins: Chemins,
    catalogue: Catalogue,
    *,
    commune: str | None = None,
) -> FichierDepot:
    """Accepter la version différente mise de côté ; l’ancienne est gardée dans ``anciens``.

    Parameters
    ----------
    source, millesime, chemins, catalogue, commune
        Comme :func:`telecharger_source`.

    Raises
    ------
    ErreurDemande
        Si aucune version n’attend.
    """
    place = placer(source, millesime, chemins, catalogue, commune)
    with verrouiller(place.dossier):
        nouvelle = place.fiche_nouvelle()
        if nouvelle is None or empreinte_fichier(place.nouveau) != nouvelle.sha256:
            raise ErreurDemande(
                f"Aucune nouvelle version de « {place.source.titre} » {millesime} n’attend."
            )
        ancienne = place.fiche()
        if ancienne is not None and place.reparer(ancienne):
            garde = place.dossier / "anciens" / f"{ancienne.sha256[:12]}-{ancienne.fichier}"
            garde.parent.mkdir(exist_ok=True)
            shutil.copyfile(place.dossier / ancienne.fichier, garde)
            ecrire_fiche(garde, ancienne)
        _ranger(place, place.nouveau, nouvelle)
        chemin_fiche(place.nouveau).unlink(missing_ok=True)
        accepte = _accepte(place, catalogue)
        assert accepte is not None
        return accepte


# --- Cache ----------------------------------------------------------------------


def _accepte(place: Emplacement, catalogue: Catalogue) -> FichierDepot | None:
    """L’exemplaire accepté, si son empreinte est la bonne ; sinon rien."""
    fiche = place.fiche()
    if fiche is None or not place.reparer(fiche):
        return None
    place.balayer()
    fichier = place.dossier / fiche.fichier
    if not place.extraits_intacts(fiche):
        recevoir(
            fichier,
            place.extraits(fiche.sha256),
            place.source,
            place.declaration,
            catalogue,
            depose=True,
        )
    dossier = place.extraits(fiche.sha256)
    a_lire = tuple(dossier / nom for nom in fiche.extraits) or (fichier,)
    avertissements = fiche.avertissements
    nouvelle = place.fiche_nouvelle()
    if nouvelle is not None and nouvelle.sha256 != fiche.sha256:
        avertissements += (_dire_changement(place, fiche, nouvelle),)
    return FichierDepot(fichier, a_lire, fiche, avertissements)


def _dire_changement(place: Emplacement, fiche: Fiche, nouvelle: Fiche) -> str:
    return (
        f"{place.nom} a changé (accepté : {fiche.sha256[:12]}, reçu : {nouvelle.sha256[:12]}) ; "
        "l’ancien reste employé, le nouveau attend d’être accepté (--accepter)"
    )


def _ranger(place: Emplacement, provisoire: Path, fiche: Fiche) -> None:
    ecrire_fiche(place.ancre, fiche)
    provisoire.replace(place.dossier / fiche.fichier)


def _noter_verification(place: Emplacement, fiche: Fiche) -> None:
    ecrire_fiche(place.ancre, replace(fiche, verifie_le=maintenant()))


def _admettre(
    place: Emplacement,
    provisoire: Path,
    fiche: Fiche,
    accepte: FichierDepot | None,
    catalogue: Catalogue,
) -> FichierDepot:
    """Ranger un fichier reçu : premier exemplaire, le même, ou une autre version."""
    ancienne = place.fiche()
    if ancienne is not None and ancienne.sha256 == fiche.sha256:
        fiche = replace(ancienne, verifie_le=maintenant())
        _ranger(place, provisoire, fiche)
        return _exiger(place, catalogue)
    if accepte is not None and contenu_identique(accepte.chemin, provisoire, place.declaration):
        provisoire.unlink()
        _noter_verification(place, accepte.fiche)
        return _exiger(place, catalogue)
    recue = recevoir(
        provisoire,
        place.extraits(fiche.sha256),
        place.source,
        place.declaration,
        catalogue,
        depose=fiche.origine == "depot",
    )
    fiche = replace(fiche, extraits=recue.extraits, avertissements=recue.avertissements)
    if ancienne is None:
        _ranger(place, provisoire, fiche)
        return _exiger(place, catalogue)
    ecrire_fiche(place.nouveau, fiche)
    provisoire.replace(place.nouveau)
    if accepte is not None:
        return _exiger(place, catalogue)
    raise ErreurReseau(
        "Une source a changé chez le producteur :",
        [
            Anomalie(
                _dire_changement(place, ancienne, fiche),
                place.nom,
                remede="l’exemplaire accepté n’est plus dans le cache : acceptez le nouveau avec --accepter",
            )
        ],
    )


def _exiger(place: Emplacement, catalogue: Catalogue) -> FichierDepot:
    accepte = _accepte(place, catalogue)
    assert accepte is not None
    return accepte


# --- Réception ------------------------------------------------------------------


def _du_reseau(
    place: Emplacement,
    accepte: FichierDepot | None,
    chemins: Chemins,
    catalogue: Catalogue,
    client: ClientEditeurs,
    suivi: Suivi | None,
) -> FichierDepot:
    connues = accepte.fiche.entetes if accepte and accepte.fiche.origine == "reseau" else None
    reponse = client.telecharger(
        place.adresse, place.partiel, depot=chemins.depot, suivi=suivi, connues=connues
    )
    if reponse.inchange and accepte is not None:
        _noter_verification(place, accepte.fiche)
        return _exiger(place, catalogue)
    fiche = Fiche.pour(
        place.source,
        place.declaration,
        place.commune,
        fichier=place.nom,
        origine="reseau",
        sha256=empreinte_fichier(place.partiel),
        taille=reponse.taille,
        adresse_finale=reponse.adresse_finale,
        entetes=reponse.entetes,
    )
    partiel = FichierPartiel(place.partiel, place.adresse)
    try:
        rendu = _admettre(place, place.partiel, fiche, accepte, catalogue)
    except ErreurDonnees as erreur:
        # Un fichier refusé ne doit pas être repris à la prochaine tentative.
        partiel.oublier()
        motif = " ; ".join(a.message for a in erreur.anomalies) or erreur.message
        raise erreur_reseau(motif, place.adresse, chemins.depot, avant="relancez") from erreur
    except OSError as erreur:
        raise erreur_disque(erreur, place.partiel) from erreur
    partiel.journal.unlink(missing_ok=True)
    return rendu


def _du_depot(
    place: Emplacement, accepte: FichierDepot | None, chemins: Chemins, catalogue: Catalogue
) -> FichierDepot | None:
    """Le fichier déposé, s’il y en a un et s’il n’est pas déjà celui du cache."""
    depose = chercher_depose(place, chemins.depot, catalogue)
    if depose is None or (accepte and empreinte_fichier(depose) == accepte.fiche.sha256):
        return None
    return _deposer(place, depose, accepte, catalogue)


def _deposer(
    place: Emplacement, depose: Path, accepte: FichierDepot | None, catalogue: Catalogue
) -> FichierDepot:
    nom = place.nom
    if depose.suffix.casefold() != Path(nom).suffix.casefold():
        nom = Path(nom).stem + depose.suffix
    try:
        shutil.copyfile(depose, place.depose)
        fiche = Fiche.pour(
            place.source,
            place.declaration,
            place.commune,
            fichier=nom,
            origine="depot",
            sha256=empreinte_fichier(place.depose),
            taille=place.depose.stat().st_size,
        )
        return _admettre(place, place.depose, fiche, accepte, catalogue)
    except OSError as erreur:
        raise erreur_disque(erreur, place.depose) from erreur
    finally:
        place.depose.unlink(missing_ok=True)
