"""Réunir les fichiers d’une ville chez les producteurs, par le cache et le dossier de dépôt.

Une source qui manque n’arrête pas les autres : chacune est dite avec ce qu’il faut faire. Sans
aucun fichier reçu après quelques échecs de suite, le réseau est tenu pour inaccessible.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from observatoire.catalogue import Catalogue, Source
from observatoire.catalogue.modeles import Telechargement
from observatoire.chemins import Chemins
from observatoire.erreurs import Anomalie, ErreurDonnees, ErreurReseau
from observatoire.ingestion.depot import FichierDepot, retrouver_source, telecharger_source
from observatoire.ingestion.telechargement import ClientEditeurs, ReglagesReseau, Suivi

__all__ = [
    "Approvisionnement",
    "Besoin",
    "ajouter_autres_annees",
    "approvisionner",
    "lister_besoins",
    "retrouver",
]

_ECHECS_DE_SUITE_MAX = 3
_ESSAIS = 3  # une source qui ne répond pas ne doit pas faire attendre les autres
_REPLIS_DEMANDES_MAX = 2  # au-delà, seuls les fichiers déjà là sont essayés
_ROLES_INUTILES = {"secteurs", "eau"}


@dataclass(frozen=True, slots=True)
class Besoin:
    """Un fichier à obtenir : source, millésime, et la commune pour un service par commune."""

    source: str
    millesime: int
    commune: str | None = None
    replis: tuple[Besoin, ...] = ()
    """Ce qui peut en tenir lieu s’il ne peut être obtenu, par ordre de préférence."""

    @property
    def cle(self) -> tuple[str, int, str | None]:
        """Ce qui le désigne, sans ses replis."""
        return self.source, self.millesime, self.commune


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
    preparation: bool = False,
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
    preparation : bool
        Ajouter la composition de toutes les intercommunalités, pour se passer ensuite du réseau.

    Returns
    -------
    list of Besoin
        Les contours d’abord, à la géographie du recensement retenu quand elle existe ; leurs
        replis sont les autres années, de la plus proche à la plus lointaine.
    """
    compositions = _compositions(catalogue)
    besoins: list[Besoin] = []
    geographies: list[int] = []
    for source in catalogue.sources.values():
        if source.usage != "calcul" or source.role in {"iris", *_ROLES_INUTILES}:
            continue
        declares = {t.millesime for t in source.telechargements}
        if source.sur_demande and declares.isdisjoint(millesimes):
            continue
        if source.niveau == "carreau" and not set(millesimes):
            continue  # fichier très lourd : demandé par son millésime, ou déposé à la main
        for declaration in _choisir(source.telechargements, millesimes):
            commune = siren if declaration.par_epci else code_commune
            if not declaration.par_commune:
                commune = None
            elif commune is None:
                continue
            replis = compositions if declaration.par_epci else ()
            besoins.append(Besoin(source.id, declaration.millesime, commune, replis))
            if source.niveau == "iris" and declaration.geographie:
                geographies.append(declaration.geographie)
    suite = compositions if preparation else ()
    return [*_contours(code_commune, catalogue, geographies), *besoins, *suite]


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


def retrouver(
    besoins: Sequence[Besoin], chemins: Chemins, catalogue: Catalogue
) -> Approvisionnement:
    """Rassembler ce qui est déjà dans le cache ou déposé, sans rien demander au réseau.

    Parameters
    ----------
    besoins : sequence of Besoin
        Fichiers voulus ; ce qui n’est pas là n’est pas un manque, le réseau n’était pas voulu.
    chemins, catalogue
        Racine des données et déclarations.
    """
    resultat = Approvisionnement()
    for besoin in besoins:
        for essai in (besoin, *besoin.replis):
            if _ajouter_local(resultat, essai, chemins, catalogue):
                # Deux compositions se valent ; des contours d’une autre année, non.
                if essai is not besoin and catalogue.sources[essai.source].role == "iris":
                    resultat.avertissements.append(_dire_le_repli(essai, besoin, catalogue))
                break
    return resultat


def ajouter_autres_annees(
    resultat: Approvisionnement, besoins: Sequence[Besoin], chemins: Chemins, catalogue: Catalogue
) -> None:
    """Joindre les autres années déjà téléchargées : sans elles, leurs chiffres disparaîtraient.

    Des contours d’une autre année ne servent que si les bons manquent : ils sont des replis.

    Parameters
    ----------
    resultat : Approvisionnement
        Complété sur place.
    besoins : sequence of Besoin
        Ce qui a déjà été demandé.
    chemins, catalogue
        Racine des données et déclarations.
    """
    demandes = {b.cle for b in besoins}
    dites = []
    for source in catalogue.sources.values():
        if source.usage != "calcul" or not source.est_tabulaire:
            continue
        for declaration in source.telechargements:
            besoin = Besoin(source.id, declaration.millesime)
            if declaration.par_commune or besoin.cle in demandes:
                continue
            if _ajouter_local(resultat, besoin, chemins, catalogue, depot=False):
                dites.append(_nommer(besoin, catalogue))
    if dites:
        resultat.avertissements.append(
            Anomalie(
                f"autres années déjà téléchargées, employées aussi : {' ; '.join(dites)}",
                gravite="avertissement",
            )
        )


def _ajouter_local(
    resultat: Approvisionnement,
    besoin: Besoin,
    chemins: Chemins,
    catalogue: Catalogue,
    *,
    depot: bool = True,
) -> bool:
    try:
        obtenu = retrouver_source(
            besoin.source, besoin.millesime, chemins, catalogue, commune=besoin.commune, depot=depot
        )
    except (ErreurReseau, ErreurDonnees) as erreur:
        resultat.manques.append(_dire(erreur, besoin, catalogue))
        return False
    if obtenu is not None:
        _joindre(resultat, obtenu)
    return obtenu is not None


def _joindre(resultat: Approvisionnement, obtenu: FichierDepot) -> None:
    resultat.fichiers.extend(obtenu.a_lire)
    resultat.avertissements.extend(
        Anomalie(texte, obtenu.chemin.name, gravite="avertissement")
        for texte in obtenu.avertissements
    )


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
    def demander(essai: Besoin) -> bool:
        try:
            obtenu = telecharger_source(
                essai.source,
                essai.millesime,
                chemins,
                catalogue,
                commune=essai.commune,
                client=client,
                suivi=suivi,
                verifier=verifier,
            )
        except (ErreurReseau, ErreurDonnees) as erreur:
            resultat.manques.append(_dire(erreur, essai, catalogue))
            return False
        _joindre(resultat, obtenu)
        return True

    for rang, besoin in enumerate(besoins):
        # Sans aucun fichier, chaque besoin d’avant a échoué.
        if not resultat.fichiers and rang >= _ECHECS_DE_SUITE_MAX:
            reste = len(besoins) - rang
            resultat.manques.append(Anomalie(f"{reste} autres fichiers n’ont pas été demandés"))
            return
        if demander(besoin):
            continue
        for numero, repli in enumerate(besoin.replis):
            # Le fichier d’une seule commune est petit, et le dernier recours.
            permis = numero < _REPLIS_DEMANDES_MAX or repli.commune is not None
            if _ajouter_local(resultat, repli, chemins, catalogue) or (permis and demander(repli)):
                resultat.avertissements.append(_dire_le_repli(repli, besoin, catalogue))
                break


def _nommer(besoin: Besoin, catalogue: Catalogue) -> str:
    return f"{catalogue.sources[besoin.source].titre} ({besoin.millesime})"


def _dire_le_repli(repli: Besoin, besoin: Besoin, catalogue: Catalogue) -> Anomalie:
    return Anomalie(
        f"{_nommer(repli, catalogue)} employé à la place de {_nommer(besoin, catalogue)}, "
        "qui n’a pu être obtenu",
        remede="relancez plus tard, ou déposez le fichier voulu",
        gravite="avertissement",
    )


def _dire(erreur: ErreurReseau | ErreurDonnees, besoin: Besoin, catalogue: Catalogue) -> Anomalie:
    details = " ; ".join(str(a) for a in erreur.anomalies) or erreur.message
    return Anomalie(f"{_nommer(besoin, catalogue)} : {details}", gravite="avertissement")


def _choisir(
    declarations: Sequence[Telechargement], millesimes: Collection[int]
) -> list[Telechargement]:
    voulues = [d for d in declarations if d.millesime in set(millesimes)]
    if voulues or not declarations:
        return voulues
    dernier = max(d.millesime for d in declarations)
    return [d for d in declarations if d.millesime == dernier][:1]


def _compositions(catalogue: Catalogue) -> tuple[Besoin, ...]:
    """Fichiers nationaux qui disent l’intercommunalité de chaque commune."""
    return tuple(
        Besoin(source.id, declaration.millesime)
        for source in catalogue.sources.values()
        if "epci" in source.colonnes
        for declaration in source.telechargements
        if not declaration.par_commune
    )


def _contours(
    code_commune: str | None, catalogue: Catalogue, geographies: Sequence[int]
) -> list[Besoin]:
    """Contours des IRIS à la géographie la plus récente des données, et leurs replis."""
    sources: list[Source] = [
        s for s in catalogue.sources.values() if s.role == "iris" and s.usage == "calcul"
    ]
    nationaux = [(s.id, d) for s in sources for d in s.telechargements if not d.par_commune]
    services = [
        Besoin(s.id, d.millesime, code_commune)
        for s in sources
        for d in s.telechargements
        if d.par_commune and code_commune is not None
    ][:1]
    connues = {d.geographie for _, d in nationaux}
    cible = max((g for g in geographies if g in connues), default=None)
    if cible is None:
        return services or [Besoin(i, d.millesime) for i, d in nationaux[:1]]
    # À distance égale, la plus récente : le catalogue les donne dans cet ordre.
    nationaux.sort(key=lambda n: abs((n[1].geographie or 0) - cible))
    premier, *autres = [Besoin(i, d.millesime) for i, d in nationaux]
    return [replace(premier, replis=(*autres, *services))]
