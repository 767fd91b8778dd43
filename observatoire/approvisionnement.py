"""Réunir les fichiers d’une ville chez les producteurs, par le cache et le dossier de dépôt.

Une source qui manque n’arrête pas les autres : chacune est dite avec ce qu’il faut faire. Sans
aucun fichier reçu après quelques échecs de suite, le réseau est tenu pour inaccessible.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from observatoire.catalogue import Catalogue, Source
from observatoire.catalogue.modeles import Telechargement
from observatoire.chemins import Chemins
from observatoire.erreurs import Anomalie, ErreurDonnees, ErreurReseau
from observatoire.ingestion.depot import telecharger_source
from observatoire.ingestion.telechargement import ClientEditeurs, ReglagesReseau, Suivi

__all__ = ["Approvisionnement", "Besoin", "approvisionner", "lister_besoins"]

_ECHECS_DE_SUITE_MAX = 3
_ESSAIS = 3  # une source qui ne répond pas ne doit pas faire attendre les autres
_ROLES_INUTILES = {"secteurs", "eau"}


@dataclass(frozen=True, slots=True)
class Besoin:
    """Un fichier à obtenir : source, millésime, et la commune pour un service par commune."""

    source: str
    millesime: int
    commune: str | None = None


@dataclass
class Approvisionnement:
    """Ce qui a été obtenu, et ce qui manque."""

    fichiers: list[Path] = field(default_factory=list)
    manques: list[Anomalie] = field(default_factory=list)
    avertissements: list[Anomalie] = field(default_factory=list)


def lister_besoins(
    code_commune: str | None,
    catalogue: Catalogue,
    *,
    millesimes: Collection[int] = (),
    siren: str | None = None,
) -> list[Besoin]:
    """Fichiers à demander : le millésime le plus récent de chaque source, ou ceux demandés.

    Parameters
    ----------
    code_commune : str or None
        Ville ; ``None`` pour la France entière, sans les services par commune.
    catalogue : Catalogue
        Sources et adresses.
    millesimes : collection of int
        Années voulues ; une source qui n’en a aucune garde sa plus récente.
    siren : str, optional
        Intercommunalité dont il faut aussi la composition.

    Returns
    -------
    list of Besoin
        Les contours d’abord, à la géographie du recensement retenu quand elle existe.
    """
    besoins: list[Besoin] = []
    geographies: list[int] = []
    for source in catalogue.sources.values():
        if source.usage != "calcul" or source.role in {"iris", *_ROLES_INUTILES}:
            continue
        if source.niveau == "carreau" and not set(millesimes):
            continue  # fichier très lourd : demandé par son millésime, ou déposé à la main
        for declaration in _choisir(source.telechargements, millesimes):
            commune = siren if declaration.par_epci else code_commune
            if not declaration.par_commune:
                commune = None
            elif commune is None:
                continue
            besoins.append(Besoin(source.id, declaration.millesime, commune))
            if source.niveau == "iris" and declaration.geographie:
                geographies.append(declaration.geographie)
    return [*_contours(code_commune, catalogue, geographies), *besoins]


def approvisionner(
    besoins: Sequence[Besoin],
    chemins: Chemins,
    catalogue: Catalogue,
    *,
    client: ClientEditeurs | None = None,
    suivi: Suivi | None = None,
    verifier: bool = False,
) -> Approvisionnement:
    """Obtenir chaque fichier : cache, dossier de dépôt, puis réseau.

    Parameters
    ----------
    besoins : sequence of Besoin
        Fichiers voulus.
    chemins, catalogue
        Racine des données et déclarations.
    client : ClientEditeurs, optional
        Client à employer pour tous.
    suivi : callable, optional
        Appelé à chaque morceau reçu.
    verifier : bool
        Demander aux producteurs si les fichiers du cache ont changé.

    Returns
    -------
    Approvisionnement

    Raises
    ------
    ErreurReseau
        Si aucun fichier n’a pu être obtenu ; l’erreur porte tous les échecs.
    """
    resultat = Approvisionnement()
    if client is None:
        with ClientEditeurs(ReglagesReseau(essais=_ESSAIS)) as neuf:
            _obtenir(resultat, besoins, chemins, catalogue, neuf, suivi, verifier=verifier)
    else:
        _obtenir(resultat, besoins, chemins, catalogue, client, suivi, verifier=verifier)
    if not resultat.fichiers and resultat.manques:
        raise ErreurReseau(
            "Aucun fichier n’a pu être obtenu chez les producteurs : vérifiez la connexion, ou déposez "
            f"les fichiers dans « {chemins.depot} » ou donnez-les avec --depuis.",
            resultat.manques,
        )
    return resultat


def _obtenir(
    resultat: Approvisionnement,
    besoins: Sequence[Besoin],
    chemins: Chemins,
    catalogue: Catalogue,
    client: ClientEditeurs,
    suivi: Suivi | None,
    *,
    verifier: bool,
) -> None:
    for rang, besoin in enumerate(besoins):
        if not resultat.fichiers and len(resultat.manques) >= _ECHECS_DE_SUITE_MAX:
            reste = len(besoins) - rang
            resultat.manques.append(Anomalie(f"{reste} autres fichiers n’ont pas été demandés"))
            return
        try:
            obtenu = telecharger_source(
                besoin.source,
                besoin.millesime,
                chemins,
                catalogue,
                commune=besoin.commune,
                client=client,
                suivi=suivi,
                verifier=verifier,
            )
        except (ErreurReseau, ErreurDonnees) as erreur:
            resultat.manques.append(_dire(erreur, besoin, catalogue))
            continue
        resultat.fichiers.extend(obtenu.a_lire)
        resultat.avertissements.extend(
            Anomalie(texte, obtenu.chemin.name, gravite="avertissement")
            for texte in obtenu.avertissements
        )


def _dire(erreur: ErreurReseau | ErreurDonnees, besoin: Besoin, catalogue: Catalogue) -> Anomalie:
    titre = catalogue.sources[besoin.source].titre
    details = " ; ".join(str(a) for a in erreur.anomalies) or erreur.message
    return Anomalie(f"{titre} ({besoin.millesime}) : {details}", gravite="avertissement")


def _choisir(
    declarations: Sequence[Telechargement], millesimes: Collection[int]
) -> list[Telechargement]:
    voulues = [d for d in declarations if d.millesime in set(millesimes)]
    if voulues or not declarations:
        return voulues
    dernier = max(d.millesime for d in declarations)
    return [d for d in declarations if d.millesime == dernier][:1]


def _contours(
    code_commune: str | None, catalogue: Catalogue, geographies: Sequence[int]
) -> list[Besoin]:
    """Contours des IRIS à la géographie la plus récente des données ; sinon, service par commune."""
    sources: list[Source] = [
        s for s in catalogue.sources.values() if s.role == "iris" and s.usage == "calcul"
    ]
    nationaux = [(s.id, d) for s in sources for d in s.telechargements if not d.par_commune]
    for geographie in sorted(set(geographies), reverse=True):
        for identifiant, declaration in nationaux:
            if declaration.geographie == geographie:
                return [Besoin(identifiant, declaration.millesime)]
    services = [(s.id, d) for s in sources for d in s.telechargements if d.par_commune]
    if code_commune is not None and services:
        identifiant, declaration = services[0]
        return [Besoin(identifiant, declaration.millesime, code_commune)]
    return [Besoin(identifiant, d.millesime) for identifiant, d in nationaux[:1]]
