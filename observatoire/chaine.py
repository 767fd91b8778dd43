"""La chaîne entière : des fichiers du producteur à l’édition publiée.

C’est le seul module qui connaît tout le parcours ; chaque étape est une fonction
d’une autre pièce.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire import __version__
from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.chemins import Chemins, dossier_ville_fictive
from observatoire.collecte import DossierVille, rassembler, reunir_arrondissements
from observatoire.domaine import Statut, TypeTerritoire, est_fictive
from observatoire.editions import Edition
from observatoire.editions.comparaison import Comparaison, decrire_indicateurs
from observatoire.editions.decision import Decision, publier_ou_retenir
from observatoire.editions.verrou import ATTENTE_S, verrouiller_ville
from observatoire.erreurs import Anomalie, lever_si_erreurs
from observatoire.indicateurs import (
    calculer_ecarts,
    calculer_references,
    calculer_resultats,
    construire_contexte,
)
from observatoire.ingestion import (
    FichierReconnu,
    Inventaire,
    controler_coherence,
    empreinte_fichier,
    inventorier,
)
from observatoire.territoires import (
    calculer_poids,
    code_ville,
    construire_carreaux,
)

__all__ = ["COMMUNE_FICTIVE", "CompteRendu", "actualiser", "construire_demonstration"]

COMMUNE_FICTIVE = "00001"

Suivi = Callable[[str, float], None]


@dataclass
class CompteRendu:
    """Ce qu’une actualisation a fait, dit à la personne qui l’a lancée."""

    edition: Edition
    etapes: list[tuple[str, float]]
    fichiers: list[FichierReconnu]
    avertissements: list[Anomalie]
    non_reconnus: tuple[tuple[str, str], ...]
    part_masquee: dict[str, float] = field(default_factory=dict)
    """Type de territoire → part des valeurs masquées (0 à 1)."""
    comparaison: Comparaison | None = None
    """Différences avec l’édition qui était courante ; vide pour une première édition."""
    a_valider: bool = False
    """Vrai : l’édition est écrite mais n’est pas publiée, l’édition courante n’a pas changé."""


class _Chronometre:
    def __init__(self, suivi: Suivi | None) -> None:
        self.etapes: list[tuple[str, float]] = []
        self._suivi = suivi

    @contextmanager
    def etape(self, nom: str) -> Iterator[None]:
        debut = time.perf_counter()
        yield
        duree = time.perf_counter() - debut
        self.etapes.append((nom, duree))
        if self._suivi:
            self._suivi(nom, duree)


def construire_demonstration(
    chemins: Chemins,
    *,
    suivi: Suivi | None = None,
    informer: Callable[[str], None] | None = None,
) -> CompteRendu:
    """Construire l’édition de la ville fictive livrée avec le projet, toujours publiée."""
    return actualiser(
        COMMUNE_FICTIVE,
        depuis=[dossier_ville_fictive()],
        chemins=chemins,
        suivi=suivi,
        publier_malgre_tout=True,
        motif="démonstration",
        informer=informer,
    )


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
    catalogue = catalogue or charger_catalogue(*chemins.catalogues)
    code_commune = code_ville(code_commune)
    decision = Decision(publier_malgre_tout, motif)
    with verrouiller_ville(chemins, code_commune, attente_s=attente_s, informer=informer):
        return _actualiser(code_commune, depuis, chemins, catalogue, suivi, decision)


def _actualiser(
    code_commune: str,
    depuis: Sequence[Path],
    chemins: Chemins,
    catalogue: Catalogue,
    suivi: Suivi | None,
    decision: Decision,
) -> CompteRendu:
    horloge = _Chronometre(suivi)
    with horloge.etape("Inventaire des fichiers"):
        inventaire = inventorier(depuis, catalogue)
    with horloge.etape("Lecture des contours et des tableaux"):
        lecture = rassembler(code_commune, inventaire, catalogue)
    with horloge.etape("Contrôles"):
        communes = sorted(set(lecture.iris["code_commune"]))
        anomalies = controler_coherence(
            lecture.iris,
            lecture.qpv,
            lecture.tables,
            catalogue,
            communes=communes,
            geographie=lecture.geographie,
        )
        lever_si_erreurs(
            f"Les fichiers de la commune {code_commune} ne peuvent pas être publiés :", anomalies
        )
        lecture.avertissements += anomalies
        lecture.iris = reunir_arrondissements(lecture.iris)
    with horloge.etape("Poids des IRIS dans les quartiers"):
        territoires = _assembler_territoires(lecture)
        poids = calculer_poids(lecture.iris, territoires, carreaux=_carreaux(lecture))
    with horloge.etape("Indicateurs et écarts"):
        contexte = construire_contexte(
            catalogue=catalogue,
            tables=lecture.tables,
            iris=lecture.iris,
            territoires=territoires,
            poids=poids,
            code_commune=code_commune,
            nom_commune=lecture.nom_commune,
        )
        resultats = calculer_resultats(contexte)
        references = calculer_references(contexte, resultats)
        ecarts = calculer_ecarts(resultats, references, catalogue=catalogue)
    with horloge.etape("Publication de l’édition"):
        calcules = {
            "resultats": resultats,
            "references": references,
            "ecarts": ecarts,
            "poids": poids,
        }
        tables, manifeste = _composer(code_commune, lecture, calcules, catalogue, inventaire)
        publication = publier_ou_retenir(
            chemins, code_commune, tables=tables, manifeste=manifeste, decision=decision
        )
        lecture.avertissements += publication.avertissements
    return CompteRendu(
        edition=publication.edition,
        etapes=horloge.etapes,
        fichiers=lecture.fichiers,
        avertissements=[*inventaire.anomalies, *lecture.avertissements],
        non_reconnus=inventaire.non_reconnus,
        part_masquee=_parts_masquees(resultats),
        comparaison=publication.comparaison,
        a_valider=publication.a_valider,
    )


def _assembler_territoires(lecture: DossierVille) -> gpd.GeoDataFrame:
    couches = [
        couche[["code_territoire", "nom", "geometry"]].assign(type_territoire=type_territoire.value)
        for couche, type_territoire in (
            (lecture.qpv, TypeTerritoire.QPV),
            (lecture.secteurs, TypeTerritoire.SECTEUR),
        )
    ]
    ensemble = gpd.GeoDataFrame(pd.concat(couches, ignore_index=True), crs=lecture.crs)
    ensemble["surface_m2"] = ensemble.geometry.area
    return ensemble


def _carreaux(lecture: DossierVille) -> gpd.GeoDataFrame | None:
    for table in lecture.tables:
        if table.niveau == "carreau":
            effectifs = table.valeurs.rename(
                columns={"carreau_individus": "ind", "carreau_menages": "men"}
            )
            return construire_carreaux(effectifs, crs=lecture.crs, emprise=lecture.emprise_iris)
    return None


def _composer(
    code_commune: str,
    lecture: DossierVille,
    calcules: Mapping[str, pd.DataFrame],
    catalogue: Catalogue,
    inventaire: Inventaire,
) -> tuple[Mapping[str, pd.DataFrame], Mapping[str, Any]]:
    """Tables et manifeste de l’édition à écrire."""
    tables: Mapping[str, pd.DataFrame] = {
        **calcules,
        "iris": lecture.iris[lecture.iris["code_commune"] == code_commune],
        "qpv": lecture.qpv,
        "secteurs": lecture.secteurs,
        "communes": lecture.communes,
        "eau": lecture.eau,
    }
    entrees = [
        {
            "fichier": fichier.nom,
            "source": fichier.source,
            "niveau": catalogue.sources[fichier.source].niveau,
            "titre": catalogue.sources[fichier.source].titre,
            "citation": catalogue.sources[fichier.source].citation(fichier.millesime),
            "licence": catalogue.sources[fichier.source].licence,
            "page": catalogue.sources[fichier.source].page,
            "precaution": catalogue.sources[fichier.source].precaution,
            "millesime": fichier.millesime,
            "sha256": empreinte_fichier(fichier.chemin),
            "taille_octets": fichier.chemin.stat().st_size,
            "date_fichier": datetime.fromtimestamp(fichier.chemin.stat().st_mtime, UTC)
            .date()
            .isoformat(),
        }
        for fichier in lecture.fichiers
    ]
    geographies = [
        e["citation"]
        for e in entrees
        if catalogue.sources[str(e["source"])].role in {"qpv", "iris"}
    ]
    manifeste = {
        "code_commune": code_commune,
        "nom_commune": lecture.nom_commune,
        "ville_fictive": est_fictive(code_commune),
        "version_code": __version__,
        "empreinte_catalogue": catalogue.empreinte,
        "indicateurs": decrire_indicateurs(catalogue),
        "projection": lecture.crs.to_string(),
        "entrees": entrees,
        "sources_geographiques": list(dict.fromkeys(geographies)),
        "millesimes": {
            str(i): sorted({int(m) for m in groupe["millesime"]})
            for i, groupe in calcules["resultats"].groupby("indicateur")
        },
        "avertissements": [str(a) for a in (*inventaire.anomalies, *lecture.avertissements)],
    }
    return tables, manifeste


def _parts_masquees(resultats: pd.DataFrame) -> dict[str, float]:
    masquees = resultats["statut"].eq(Statut.SECRET.value)
    return {
        str(t): float(p) for t, p in masquees.groupby(resultats["type_territoire"]).mean().items()
    }
