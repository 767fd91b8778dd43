"""Le calage, de ses fichiers à ses résultats : modèle livré, apprentissage, évaluation.

``observatoire caler`` et ``observatoire evaluer`` passent par ici ; les formules sont dans
:mod:`observatoire.estimation.calage`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.erreurs import Anomalie, ErreurDemande, ErreurDonnees
from observatoire.estimation.calage import (
    VARIANTES,
    Calage,
    Donnees,
    Reglages,
    apprendre_calage,
    compter_nuage,
    decrire_donnees,
    estimer_par_les_iris,
    predire_hors_groupe,
    sans_sa_propre_cible,
    seuil_de_pauvrete,
    tableau_des_erreurs,
)
from observatoire.estimation.calage.apprentissage import MINIMUM_QUARTIERS, apprendre_communs
from observatoire.evaluations import MODELE_LIVRE
from observatoire.indicateurs.cube import Cube
from observatoire.indicateurs.donnees_calage import (
    CIBLES,
    lire_cible,
    publies_des_quartiers,
    statistiques_iris,
)
from observatoire.ingestion import (
    FichierReconnu,
    TableLue,
    dire_ecartes,
    inventorier,
    lire_contours,
    lire_tableau,
)
from observatoire.parties import lire_par_parties
from observatoire.territoires import (
    calculer_poids,
    code_ville,
    construire_carreaux,
    projection_legale,
)

__all__ = [
    "Jeu",
    "caler",
    "charger_calage",
    "comparer_publie_estime",
    "ecrire_calage",
    "evaluer",
    "evaluer_tous",
    "lire_jeu",
]

_COUVERTURE_MIN = 0.5
_VECTEUR = re.compile(r"\[[^\[\]{}]*\]")
_CASES = re.compile(r"\[\s*\[ ?\d+, \d+, \d+ ?\](?:,\s*\[ ?\d+, \d+, \d+ ?\])*\s*\]")
_PAS_NUAGE: Mapping[str, float] = {"indice_jeunesse": 0.25}
_PAS_TAUX = 2.5


@dataclass(frozen=True)
class Jeu:
    """Données d’apprentissage ou d’évaluation, lues et croisées."""

    donnees: Donnees
    cibles: dict[str, pd.Series]
    departements: pd.Series
    """Département de l’IRIS le plus recouvert par chaque quartier."""
    population: pd.Series
    millesime: int
    seuils: dict[int, float]
    """Seuil de pauvreté (euros) que supposent les revenus de chaque millésime donné."""
    sources: tuple[str, ...]
    avertissements: tuple[Anomalie, ...]

    @property
    def part_couverte(self) -> pd.Series:
        """Part moyenne (0 à 1) des IRIS coupés qui est dans le quartier, pondérée par la surface."""
        poids = self.donnees.poids
        cle = poids["code_territoire"]
        somme = (poids["surface_m2"] * poids["part_surface"]).groupby(cle).sum()
        part: pd.Series = somme / poids["surface_m2"].groupby(cle).sum()
        return part


def charger_calage(chemin: Path | None = None) -> Calage:
    """Lire un modèle de calage.

    Parameters
    ----------
    chemin : pathlib.Path, optional
        Fichier écrit par :func:`ecrire_calage` ; par défaut, celui livré avec l’observatoire.

    Raises
    ------
    ErreurDonnees
        Si le fichier est absent, illisible ou d’un autre format.
    """
    fichier = chemin or MODELE_LIVRE
    return _charger(fichier, fichier.stat().st_mtime_ns if fichier.is_file() else 0)


@lru_cache(maxsize=4)
def _charger(fichier: Path, _etat: int) -> Calage:
    try:
        octets = fichier.read_bytes()
        brut = json.loads(octets)
        if brut["format"] != 1:
            raise ErreurDonnees(
                f"Le modèle « {fichier.name} » est au format {brut['format']}, que cette version ne "
                "lit pas : recalculez-le avec « observatoire caler »."
            )
        calage = Calage.depuis_dict(brut)
        # L’empreinte suit l’édition : deux modèles du même jour ne se confondent pas.
        calage.origine["empreinte"] = hashlib.sha256(octets).hexdigest()
        return calage
    except (OSError, KeyError, TypeError, ValueError) as erreur:
        raise ErreurDonnees(
            f"Le modèle de calage « {fichier} » est illisible ({erreur}) : "
            "recalculez-le avec « observatoire caler »."
        ) from erreur


def ecrire_calage(
    calage: Calage, chemin: Path, *, evaluation: Mapping[str, Any] | None = None
) -> None:
    """Écrire un modèle en JSON lisible : une ligne par vecteur de coefficients.

    Parameters
    ----------
    calage : Calage
        Modèle appris.
    chemin : pathlib.Path
        Fichier à écrire.
    evaluation : mapping, optional
        Erreurs mesurées (:func:`evaluer_tous`), écrites à côté des coefficients et relues par
        :func:`observatoire.evaluations.charger_evaluation`.

    Raises
    ------
    ErreurDemande
        Si le fichier ne peut être écrit.
    """
    contenu = calage.vers_dict()
    if evaluation is not None:
        contenu["evaluation"] = dict(evaluation)
    texte = json.dumps(contenu, ensure_ascii=False, indent=1)
    # Un vecteur de nombres ou de mots tient sur une ligne : le fichier se lit et se compare.
    for motif in (_VECTEUR, _CASES):
        texte = motif.sub(lambda v: re.sub(r"\s*\n\s*", " ", v.group()), texte)
    temporaire = chemin.with_name(f".{chemin.name}.tmp")
    try:
        chemin.parent.mkdir(parents=True, exist_ok=True)
        temporaire.write_text(texte + "\n", encoding="utf-8")
        temporaire.replace(chemin)
    except OSError as erreur:
        raise ErreurDemande(
            f"Le modèle ne peut être écrit dans « {chemin} » ({erreur.strerror}) : "
            "choisissez un autre emplacement."
        ) from erreur


def lire_jeu(
    iris: Sequence[Path],
    territoires: Sequence[Path],
    statistiques: Sequence[Path],
    verite: Sequence[Path],
    *,
    carreaux: Sequence[Path] = (),
    catalogue: Catalogue | None = None,
) -> Jeu:
    """Lire contours, quartiers, statistiques et chiffres publiés, et croiser les contours.

    Parameters
    ----------
    iris, territoires : sequence of pathlib.Path
        Contours d’IRIS et de quartiers prioritaires, dans les formats des producteurs.
    statistiques : sequence of pathlib.Path
        Tables par IRIS : Filosofi et recensement, ou une reprise qui réunit les deux.
    verite : sequence of pathlib.Path
        Chiffres publiés par quartier.
    carreaux : sequence of pathlib.Path
        Carreaux de 200 m, pour évaluer aussi la répartition par la population.
    catalogue : Catalogue, optional

    Returns
    -------
    Jeu
        Quartiers dont la moitié au moins de la surface est couverte par les contours d’IRIS.

    Raises
    ------
    ErreurDonnees
        Si un fichier n’est pas reconnu ou ne joue pas le rôle attendu ; toutes les fautes à la fois.
    """
    catalogue = catalogue or charger_catalogue()
    avertissements: list[Anomalie] = []
    fautes: list[Anomalie] = []
    roles = {"iris": iris, "qpv": territoires, "statistiques": statistiques, "verite": verite}
    reconnus = {
        role: _reconnaitre(role, chemins, catalogue, fautes, avertissements)
        for role, chemins in roles.items()
    }
    if fautes:
        raise ErreurDonnees("Les fichiers donnés ne permettent pas l’évaluation :", fautes)
    contours = _contours(reconnus["iris"], catalogue, avertissements)
    # Un quartier de Paris, Lyon ou Marseille cite la ville, ses IRIS l’arrondissement.
    communes = {c for code in set(contours["code_commune"]) for c in (code, code_ville(code))}
    quartiers = _quartiers(reconnus["qpv"], catalogue, communes, contours, avertissements)
    tables = [lire_tableau(f, catalogue) for f in reconnus["statistiques"]]
    publies = [lire_tableau(f, catalogue) for f in reconnus["verite"]]
    cube = Cube([*tables, *publies], catalogue)
    grille = _grille(carreaux, catalogue, contours)
    poids = calculer_poids(contours, quartiers, carreaux=grille)
    quartiers, poids = _garder_couverts(quartiers, poids)
    millesime = max((t.millesime for t in tables if "filo_mediane" in t.valeurs), default=0)
    codes = pd.Index(sorted({str(c) for t in tables for c in t.valeurs.index}), name="code_iris")
    index = pd.Index(quartiers["code_territoire"])
    donnees = Donnees(
        poids=poids,
        surfaces_iris=pd.Series(contours.area.to_numpy(), index=contours["code_iris"]),
        territoires=pd.DataFrame(
            {"surface_m2": quartiers.area.to_numpy(), "perimetre_m": quartiers.length.to_numpy()},
            index=index,
        ),
        statistiques=statistiques_iris(cube, codes, millesime),
        publies=publies_des_quartiers(cube, index, millesime),
    )
    principaux = poids.sort_values(["surface_m2", "code_iris"]).drop_duplicates(
        "code_territoire", keep="last"
    )
    codes_iris = principaux.set_index("code_territoire")["code_iris"].reindex(index).astype(str)
    return Jeu(
        donnees=donnees,
        cibles={i: lire_cible(cube, i, index, millesime) for i in CIBLES},
        departements=codes_iris.map(lambda c: c[:3] if c.startswith("97") else c[:2]),
        population=donnees.publies["population"],
        millesime=millesime,
        seuils={
            m: seuil_de_pauvrete(statistiques_iris(cube, codes, m))
            for m in cube.millesimes("iris", ["filo_taux_pauvrete", "filo_mediane"])
        },
        sources=tuple(
            dict.fromkeys(
                catalogue.sources[f.source].citation(f.millesime)
                for fichiers in reconnus.values()
                for f in fichiers
            )
        ),
        avertissements=tuple(avertissements),
    )


def caler(jeu: Jeu, *, version: str, reglages: Reglages | None = None) -> Calage:
    """Apprendre un calage sur un jeu (:func:`apprendre_calage`) ; ``version`` est celle du code.

    Raises
    ------
    ErreurDonnees
        Si aucun indicateur n’a assez de quartiers publiés.
    """
    origine = {
        "version_code": version,
        "date": datetime.now(UTC).date().isoformat(),
        "millesime_revenus": jeu.millesime,
        "sources": list(jeu.sources),
        "seuils_pauvrete": {str(m): round(s) for m, s in sorted(jeu.seuils.items())},
        "quartiers": len(jeu.donnees.territoires),
        "departements": int(jeu.departements.nunique()),
        "validation": "erreurs mesurées sur des départements laissés de côté, 10 groupes",
    }
    bornes = {i: cible[2] for i, cible in CIBLES.items()}
    publies = max((int(c.notna().sum()) for c in jeu.cibles.values()), default=0)
    if publies < MINIMUM_QUARTIERS:
        raise ErreurDonnees(
            f"Au plus {publies} quartiers ont un chiffre publié dans ces fichiers : il en faut "
            f"{MINIMUM_QUARTIERS} pour apprendre un calage. Donnez des fichiers nationaux, ou gardez le "
            "modèle livré."
        )
    return apprendre_calage(
        jeu.donnees, jeu.cibles, jeu.departements, bornes, origine=origine, reglages=reglages
    )


def evaluer(
    jeu: Jeu,
    indicateur: str,
    *,
    calage: Calage | None = None,
    reglages: Reglages | None = None,
) -> dict[str, Any]:
    """Erreurs de chaque méthode face au chiffre publié.

    Parameters
    ----------
    jeu : Jeu
        Données lues par :func:`lire_jeu`.
    indicateur : str
        Une clé de ``CIBLES``.
    calage : Calage, optional
        Modèle à appliquer tel quel. Sans lui, le calage est appris ici et chaque département est
        prédit par un modèle qui ne l’a pas vu.
    reglages : Reglages, optional
        Réglages de l’apprentissage.

    Returns
    -------
    dict
        Voir :func:`tableau_des_erreurs` ; méthodes ``surface``, ``recouvrement_maximal``,
        ``carreaux`` si des carreaux sont donnés, ``calee`` et ``calee_publie``. ``nuage`` donne
        ``pas`` et, par méthode, les cases de :func:`compter_nuage`.

    Raises
    ------
    ErreurDemande
        Si l’indicateur n’a pas de calage.
    ErreurDonnees
        Si trop peu de quartiers ont un chiffre publié.
    """
    verite, estimations = comparer_publie_estime(jeu, indicateur, calage=calage, reglages=reglages)
    pas = _PAS_NUAGE.get(indicateur, _PAS_TAUX)
    bilan = tableau_des_erreurs(
        indicateur,
        verite,
        estimations,
        part_couverte=jeu.part_couverte,
        taille=jeu.population,
    )
    nuages = {m: compter_nuage(verite, e["estime"], pas) for m, e in estimations.items()}
    return {**bilan, "nuage": {"pas": pas, **nuages}}


def evaluer_tous(jeu: Jeu, *, reglages: Reglages | None = None) -> dict[str, Any]:
    """Bilan (:func:`evaluer`) de chaque indicateur, départements laissés de côté.

    Un indicateur de trop peu de quartiers publiés pour être évalué est laissé de côté.
    """
    bilans: dict[str, Any] = {}
    for indicateur, cible in jeu.cibles.items():
        if int(cible.notna().sum()) >= MINIMUM_QUARTIERS:
            bilans[indicateur] = evaluer(jeu, indicateur, reglages=reglages)
    return bilans


def comparer_publie_estime(
    jeu: Jeu,
    indicateur: str,
    *,
    calage: Calage | None = None,
    reglages: Reglages | None = None,
) -> tuple[pd.Series, dict[str, pd.DataFrame]]:
    """Chiffre publié et estimation de chaque quartier par chaque méthode (voir :func:`evaluer`)."""
    if indicateur not in CIBLES:
        permis = ", ".join(sorted(CIBLES))
        raise ErreurDemande(
            f"Indicateur sans calage : « {indicateur} ». Choisissez parmi {permis}."
        )
    verite = jeu.cibles[indicateur].dropna()
    if verite.empty:
        raise ErreurDonnees(
            f"Aucun quartier couvert par les contours n’a de chiffre publié pour « {indicateur} »."
        )
    _, statistique, bornes = CIBLES[indicateur]
    brutes = jeu.donnees.poids
    vide = pd.DataFrame(columns=["estime", "basse", "haute"], dtype=float)
    estimations = {"surface": vide, "recouvrement_maximal": vide}
    if statistique:
        estimations |= estimer_par_les_iris(brutes, jeu.donnees.statistiques[statistique])
    if calage is not None:
        descripteurs = calage.decrire(jeu.donnees)
        for variante in VARIANTES:
            connue = indicateur in calage.modeles
            estimations[variante] = (
                calage.estimer(descripteurs, indicateur, variante) if connue else vide
            )
        return verite, estimations
    descripteurs = decrire_donnees(jeu.donnees, *apprendre_communs(jeu.donnees.statistiques))
    verite = verite[verite.index.isin(descripteurs.index)]
    groupes = [str(d) for d in jeu.departements.reindex(verite.index)]
    for variante in VARIANTES:
        gardes = sans_sa_propre_cible([str(c) for c in descripteurs], indicateur, variante)
        estimations[variante] = predire_hors_groupe(
            descripteurs.loc[verite.index, gardes],
            verite,
            groupes,
            bornes=bornes,
            reglages=reglages or Reglages(),
        )
    return verite, estimations


_ATTENDUS: Mapping[str, str] = {
    "iris": "des contours d’IRIS",
    "qpv": "des contours de quartiers prioritaires",
    "statistiques": "une table par IRIS",
    "verite": "une table de chiffres publiés par quartier",
}


def _reconnaitre(
    role: str,
    chemins: Sequence[Path],
    catalogue: Catalogue,
    fautes: list[Anomalie],
    avertissements: list[Anomalie],
) -> list[FichierReconnu]:
    trouves: list[FichierReconnu] = []
    for chemin in chemins:
        if not chemin.exists():
            fautes.append(Anomalie("fichier introuvable", str(chemin), remede="vérifiez le chemin"))
            continue
        inventaire = inventorier([chemin], catalogue)
        avertissements += inventaire.anomalies
        bons = [f for f in inventaire.reconnus if _tient(role, f, catalogue)]
        if not bons:
            fautes += dire_ecartes(inventaire)
            remede = f"donnez {_ATTENDUS[role]} dans un format du producteur"
            fautes.append(
                Anomalie("ce n’est pas ce qui est attendu ici", chemin.name, remede=remede)
            )
        trouves += bons
    return trouves


def _tient(role: str, fichier: FichierReconnu, catalogue: Catalogue) -> bool:
    source = catalogue.sources[fichier.source]
    if role in {"iris", "qpv"}:
        return source.role == role
    return source.niveau == ("iris" if role == "statistiques" else "qpv")


def _contours(
    fichiers: Sequence[FichierReconnu], catalogue: Catalogue, avertissements: list[Anomalie]
) -> gpd.GeoDataFrame:
    crs = projection_legale("38")
    couches = []
    for fichier in fichiers:
        lue = lire_contours(fichier, catalogue, crs=crs)
        avertissements += lue.anomalies
        couches.append(lue.donnees)
    ensemble = pd.concat(couches, ignore_index=True).drop_duplicates("code_iris")
    # Les surfaces de l’outre-mer seraient fausses dans la projection de la métropole.
    dehors = ensemble["code_commune"].str.startswith(("97", "98"))
    if dehors.any():
        avertissements.append(
            Anomalie(
                f"{int(dehors.sum())} IRIS d’outre-mer laissés de côté : le calage porte sur la métropole",
                gravite="avertissement",
            )
        )
    return gpd.GeoDataFrame(ensemble[~dehors], crs=crs).reset_index(drop=True)


def _quartiers(
    fichiers: Sequence[FichierReconnu],
    catalogue: Catalogue,
    communes: set[str],
    contours: gpd.GeoDataFrame,
    avertissements: list[Anomalie],
) -> gpd.GeoDataFrame:
    couches = []
    for fichier in fichiers:

        def lire(
            partie: Sequence[str], fichier: FichierReconnu = fichier
        ) -> tuple[gpd.GeoDataFrame, tuple[Anomalie, ...]]:
            lue = lire_contours(fichier, catalogue, communes=partie, crs=contours.crs)
            return lue.donnees, lue.anomalies

        # Un contour irréparable n’écarte que les quartiers de sa commune.
        lecture = lire_par_parties(sorted(communes), lire, fichier=fichier.nom)
        for donnees, anomalies in lecture.parties:
            couches.append(donnees)
            # Une commune sans quartier est le cas ordinaire quand on lit par parties.
            avertissements += (a for a in anomalies if not a.message.startswith("aucun objet"))
        avertissements += dict.fromkeys(
            replace(a, gravite="avertissement") for f in lecture.fautes.values() for a in f
        )
    if not couches:
        raise ErreurDonnees("Aucun quartier n’a pu être lu dans ces communes :", avertissements)
    ensemble = pd.concat(couches, ignore_index=True).drop_duplicates("code_territoire")
    # Les k-moyennes de l’apprentissage dépendent de l’ordre des lignes, non de la façon de lire.
    ensemble = ensemble.sort_values("code_territoire")
    return gpd.GeoDataFrame(ensemble, crs=contours.crs).reset_index(drop=True)


def _grille(
    chemins: Sequence[Path], catalogue: Catalogue, contours: gpd.GeoDataFrame
) -> gpd.GeoDataFrame | None:
    tables: list[TableLue] = [
        lire_tableau(f, catalogue)
        for chemin in chemins
        for f in inventorier([chemin], catalogue).reconnus
        if catalogue.sources[f.source].niveau == "carreau"
    ]
    if chemins and not tables:
        raise ErreurDemande(
            "Les carreaux donnés ne sont pas reconnus : donnez le fichier de l’Insee."
        )
    if not tables:
        return None
    effectifs = tables[0].valeurs.rename(
        columns={"carreau_individus": "ind", "carreau_menages": "men"}
    )
    xmin, ymin, xmax, ymax = (float(x) for x in contours.total_bounds)
    return construire_carreaux(effectifs, crs=contours.crs, emprise=(xmin, ymin, xmax, ymax))


def _garder_couverts(
    quartiers: gpd.GeoDataFrame, poids: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    couverte = poids.groupby("code_territoire")["surface_m2"].sum()
    surface = pd.Series(shapely.area(quartiers.geometry.values), index=quartiers["code_territoire"])
    part = couverte.reindex(surface.index).fillna(0.0) / surface
    gardes = part.index[part >= _COUVERTURE_MIN]
    return (
        quartiers[quartiers["code_territoire"].isin(gardes)].reset_index(drop=True),
        poids[poids["code_territoire"].isin(gardes)].reset_index(drop=True),
    )
