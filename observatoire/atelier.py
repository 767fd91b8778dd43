"""Une édition, de ce qui a été lu à sa publication : contrôler, peser, calculer, publier."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from observatoire import __version__
from observatoire.calages import charger_calage
from observatoire.catalogue import Catalogue
from observatoire.chemins import Chemins
from observatoire.collecte import DossierVille, confronter, reunir_arrondissements
from observatoire.decoupages import ajouter_aux_dossiers, tables_des_decoupages
from observatoire.domaine import Statut, TypeTerritoire
from observatoire.editions import Edition
from observatoire.editions.comparaison import Comparaison
from observatoire.editions.decision import Decision, publier_ou_retenir
from observatoire.ensembles import Nation, lire_nation
from observatoire.equipements import tables_des_lieux_declares
from observatoire.erreurs import Anomalie, ErreurDonnees, lever_si_erreurs
from observatoire.estimation.calage import Calage
from observatoire.indicateurs import (
    calculer_ecarts,
    calculer_evolutions,
    calculer_villes,
    classer_villes,
    comparer_a_la_nation,
    decomposer,
    former_lots,
    rattacher,
    retenir_paires,
)
from observatoire.indicateurs.inegalites import MesuresDeLot
from observatoire.indicateurs.lieux import situer_lieux, tables_des_lieux
from observatoire.indicateurs.perimetre import TablesDesVilles
from observatoire.inegalites import (
    COLONNES_CARREAUX,
    ceinturer,
    table_des_carreaux,
    tables_d_inegalite,
    tables_des_carreaux,
)
from observatoire.ingestion import FichierReconnu, Inventaire
from observatoire.manifeste import composer_edition
from observatoire.parties import lire_par_parties
from observatoire.perimetre import Perimetre
from observatoire.territoires import (
    calculer_poids,
    code_ville,
    construire_carreaux,
    sans_anciens,
)

__all__ = ["Atelier", "Chronometre", "CompteRendu", "Suivi"]

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
    laissees: dict[str, list[Anomalie]] = field(default_factory=dict)
    """Villes du périmètre dont un fichier est fautif, et pourquoi."""


class Chronometre:
    """Durée (secondes) de chaque étape, dite à mesure."""

    def __init__(self, suivi: Suivi | None) -> None:
        self.etapes: list[tuple[str, float]] = []
        self._suivi = suivi

    @contextmanager
    def etape(self, nom: str) -> Iterator[None]:
        """Mesurer un bloc et l’annoncer sous ce nom."""
        debut = time.perf_counter()
        yield
        duree = time.perf_counter() - debut
        self.etapes.append((nom, duree))
        if self._suivi:
            self._suivi(nom, duree)


class Atelier:
    """Construit l’édition d’un périmètre à partir de ce qui a été lu."""

    def __init__(
        self,
        perimetre: Perimetre,
        inventaire: Inventaire,
        catalogue: Catalogue,
        horloge: Chronometre,
    ) -> None:
        self.perimetre = perimetre
        self.inventaire = inventaire
        self.catalogue = catalogue
        self.horloge = horloge

    def construire(
        self, dossiers: Sequence[DossierVille], chemins: Chemins, decision: Decision
    ) -> CompteRendu:
        """Contrôler, calculer, publier."""
        with self.horloge.etape("Contrôles"):
            laissees = self._fautes(dossiers)
            bons = [self._controler(d, laissees) for d in dossiers if d.villes]
            self._exiger_des_villes(bons, laissees)
            # Les communes qui manquent à l’édition sont dites avant tout le reste.
            avertissements = self._dire_les_absentes(bons, laissees)
            avertissements += [a for d in bons for a in d.avertissements]
            bons = [d for d in bons if d.villes]
            avertissements += ajouter_aux_dossiers(
                bons, chemins, severe=self.perimetre.genre == "ville"
            )
        with self.horloge.etape("Poids des IRIS dans les quartiers"):
            peses = [_peser(d) for d in bons]
        with ThreadPoolExecutor(1) as fil, self.horloge.etape("Indicateurs"):
            # Lire les tables nationales n’attend pas les indicateurs : le second cœur s’en charge.
            nation = fil.submit(lire_nation, self.inventaire, self.catalogue, chemins.ensembles)
            calage = charger_calage(chemins.calage)
            par_ville, bandes, complements = self._calculer(bons, peses, calage)
        with self.horloge.etape("Références, écarts et comparaisons"):
            calcules = {
                **self._comparer(bons, peses, par_ville, bandes, nation.result()),
                **complements,
                **tables_des_decoupages(bons, chemins),
            }
            lieux, dites = tables_des_lieux_declares(
                bons, [t for t, _ in peses], _carreaux, calcules["resultats"], chemins
            )
            calcules |= lieux
            avertissements += dites
        with self.horloge.etape("Publication de l’édition"):
            tables, manifeste = composer_edition(
                self._nommer(bons), bons, [t for t, _ in peses], calcules,
                self.catalogue, [*self.inventaire.anomalies, *avertissements], version=__version__,
                calage=calage.origine,
            )  # fmt: skip
            publication = publier_ou_retenir(
                chemins, self.perimetre.code, tables=tables, manifeste=manifeste, decision=decision
            )
        return CompteRendu(
            edition=publication.edition,
            etapes=self.horloge.etapes,
            fichiers=list(dict.fromkeys(f for d in bons for f in d.fichiers)),
            avertissements=[
                *self.inventaire.anomalies, *avertissements, *publication.avertissements,
            ],
            non_reconnus=self.inventaire.non_reconnus,
            part_masquee=_parts_masquees(calcules["resultats"]),
            comparaison=publication.comparaison,
            a_valider=publication.a_valider,
            laissees=laissees,
        )  # fmt: skip

    def _fautes(self, dossiers: Sequence[DossierVille]) -> dict[str, list[Anomalie]]:
        """Fautes de lecture ; pour une ville seule, elles arrêtent tout."""
        fautes = {v: a for d in dossiers for v, a in d.fautes.items()}
        if self.perimetre.genre == "ville":
            lever_si_erreurs(
                f"Les fichiers de la commune {self.perimetre.code} ne peuvent pas être employés :",
                fautes.get(self.perimetre.code, []),
            )
        return fautes

    def _controler(
        self, dossier: DossierVille, laissees: dict[str, list[Anomalie]]
    ) -> DossierVille:
        """Contrôles croisés ; les villes fautives passent dans ``laissees``."""

        def controler(partie: Sequence[str]) -> list[Anomalie]:
            # Une table qui ne contient aucune de ces villes n’a rien à leur dire.
            anomalies = confronter(dossier.restreindre(partie), self.catalogue)
            lever_si_erreurs(
                f"Les fichiers {self.perimetre.designation} ne peuvent pas être publiés :",
                anomalies,
            )
            return anomalies

        if self.perimetre.genre == "ville":
            avertissements = controler(list(dossier.villes))
        else:
            avertissements = []
            for lot in former_lots(dossier.tables, dossier.entourages, dossier.citations):
                lecture = lire_par_parties(lot.villes, controler, entourages=dossier.entourages)
                laissees |= lecture.fautes
                avertissements += [a for partie in lecture.parties for a in partie]
        bonnes = [v for v in dossier.villes if v not in laissees]
        bon = dossier if len(bonnes) == len(dossier.villes) else dossier.restreindre(bonnes)
        bon.avertissements = [*bon.avertissements, *avertissements]
        bon.iris = reunir_arrondissements(bon.iris)
        return bon

    def _exiger_des_villes(
        self,
        bons: Sequence[DossierVille],
        laissees: dict[str, list[Anomalie]],
    ) -> None:
        if any(d.villes for d in bons):
            return
        lever_si_erreurs(
            f"Aucune commune {self.perimetre.designation} ne peut être publiée :"
            if self.perimetre.genre != "ville"
            else f"Les fichiers {self.perimetre.designation} ne peuvent pas être employés :",
            list(dict.fromkeys(a for anomalies in laissees.values() for a in anomalies)),
        )
        remede = (
            "ajoutez avec --depuis le fichier « Contours… IRIS » de l’IGN, ou vérifiez le code."
        )
        sujet = (
            f"la commune {self.perimetre.code}"
            if self.perimetre.genre == "ville"
            else f"les {len(self.perimetre.villes)} communes {self.perimetre.designation}"
        )
        raise ErreurDonnees(
            f"Aucun contour d’IRIS pour {sujet} dans les dossiers donnés : {remede}"
        )

    def _dire_les_absentes(
        self, bons: Sequence[DossierVille], laissees: dict[str, list[Anomalie]]
    ) -> list[Anomalie]:
        """Un seul avertissement pour les communes sans contour, un pour les fautives."""
        presentes = {v for d in bons for v in d.villes}
        absentes = sorted(set(self.perimetre.villes) - presentes - set(laissees))
        dites = []
        if absentes:
            remede = "donnez les « Contours… IRIS » qui les couvrent pour les ajouter"
            dites.append(
                Anomalie(
                    f"{len(absentes)} communes n’ont pas de contour d’IRIS et ne sont pas dans "
                    f"l’édition ({_citer(absentes)})",
                    remede=remede,
                    gravite="avertissement",
                )
            )
        if laissees:
            premieres = list(dict.fromkeys(str(a[0]) for a in laissees.values() if a))
            dites.append(
                Anomalie(
                    f"{len(laissees)} communes laissées de côté, leurs fichiers sont fautifs "
                    f"({_citer(sorted(laissees))}) ; par exemple : {premieres[0]}",
                    remede="« observatoire actualiser --commune … » dit toutes les fautes d’une commune",
                    gravite="avertissement",
                )
            )
        return dites

    def _calculer(
        self,
        dossiers: Sequence[DossierVille],
        peses: Sequence[tuple[gpd.GeoDataFrame, pd.DataFrame]],
        calage: Calage,
    ) -> tuple[TablesDesVilles, list[MesuresDeLot], dict[str, pd.DataFrame]]:
        """Tables ville par ville, mesures d’inégalité à conclure, poids et lieux."""
        # Sans une de ses communes, la somme ne serait plus celle de l’intercommunalité.
        presentes = {v for d in dossiers for v in d.villes}
        epci = self.perimetre.genre == "epci" and presentes == set(self.perimetre.villes)
        quadrillages = [_carreaux(d) for d in dossiers]
        bandes = [
            ceinturer(d, t, q, self.catalogue)
            for d, (t, _), q in zip(dossiers, peses, quadrillages, strict=True)
        ]
        situes = [
            situer_lieux(d.lieux, d.iris, t) for d, (t, _) in zip(dossiers, peses, strict=True)
        ]
        morceaux = [
            calculer_villes(
                catalogue=self.catalogue,
                tables=dossier.tables,
                iris=dossier.iris,
                territoires=territoires,
                poids=poids,
                villes=dossier.villes,
                entourages=dossier.entourages,
                calage=calage,
                intercommunalite=(self.perimetre.code, self.perimetre.nom) if epci else None,
                apres_lot=lot,
                lieux=lieux,
                voisins=_peser_voisins(dossier),
            )
            for dossier, (territoires, poids), lot, lieux in zip(
                dossiers, peses, bandes, situes, strict=True
            )
        ]
        reunies = TablesDesVilles(
            *(pd.concat(tables, ignore_index=True) for tables in zip(*morceaux, strict=True))
        )
        complements = {
            "poids": pd.concat([sans_anciens(p) for _, p in peses], ignore_index=True),
            **tables_des_lieux(situes, self.catalogue, presentes),
            **tables_des_carreaux(dossiers, [t for t, _ in peses], quadrillages, self.catalogue),
        }
        return reunies, bandes, complements

    def _comparer(
        self,
        dossiers: Sequence[DossierVille],
        peses: Sequence[tuple[gpd.GeoDataFrame, pd.DataFrame]],
        tables: TablesDesVilles,
        bandes: Sequence[MesuresDeLot],
        nation: Nation,
    ) -> dict[str, pd.DataFrame]:
        """Références plus grandes que la ville, écarts à toutes, villes entre elles, dates, inégalités."""
        resultats, perimetre = tables.resultats, self._nommer(dossiers)
        comparaison = comparer_a_la_nation(
            nation, resultats, perimetre.villes, self.catalogue, epci=perimetre.genre == "epci"
        )
        morceaux = [t for t in (tables.references, comparaison.references) if len(t)]
        references = pd.concat(morceaux, ignore_index=True) if morceaux else tables.references
        ecarts = calculer_ecarts(resultats, references, catalogue=self.catalogue)
        communes = resultats[resultats["type_territoire"] == TypeTerritoire.COMMUNE.value]
        noms = communes.drop_duplicates("code_territoire").set_index("code_territoire")["nom"]
        evolutions = calculer_evolutions(resultats, references, catalogue=self.catalogue)
        appariements = pd.concat([d.anciens.appariements for d in dossiers], ignore_index=True)
        return {
            "resultats": resultats,
            "references": references,
            "ecarts": ecarts,
            "villes": classer_villes(tables.villes, references, noms, self.catalogue),
            "villes_comparables": comparaison.comparables,
            "evolutions": evolutions,
            "decompositions": decomposer(tables.contours, appariements, evolutions, self.catalogue),
            **tables_d_inegalite(dossiers, peses, bandes, resultats, ecarts, self.catalogue),
        }

    def _nommer(self, dossiers: Sequence[DossierVille]) -> Perimetre:
        """Le périmètre tel que publié : son nom et les villes qui y sont."""
        noms = {v: n for d in dossiers for v, n in d.villes.items()}
        nom = self.perimetre.nom or noms[self.perimetre.code]
        return Perimetre(self.perimetre.code, nom, tuple(sorted(noms)), self.perimetre.genre)


def _citer(codes: Sequence[str], nombre: int = 8) -> str:
    suite = "…" if len(codes) > nombre else ""
    return ", ".join(codes[:nombre]) + suite


def _peser(dossier: DossierVille) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Territoires, ville de chacun, et parts des IRIS de leurs communes."""
    territoires = _assembler_territoires(dossier)
    poids = calculer_poids(dossier.iris, territoires, carreaux=_carreaux(dossier))
    lieux = dossier.iris.set_index("code_iris")["code_commune"]
    communes = territoires.set_index("code_territoire")["communes"]
    poids = retenir_paires(poids, lieux, communes)
    rattachements = rattacher(poids, lieux, communes, pd.Index(list(dossier.villes)))
    territoires["code_commune"] = territoires["code_territoire"].map(rattachements)
    return territoires, poids


def _peser_voisins(dossier: DossierVille) -> pd.DataFrame:
    """Paires des quartiers voisins, avec leur type ; les surfaces suffisent à ce qu’on en fait."""
    voisins = dossier.voisins
    if voisins.empty:
        return pd.DataFrame()
    lieux = dossier.iris.set_index("code_iris")["code_commune"]
    decrits = voisins.set_index("code_territoire")
    communes = decrits["communes"].map(_villes_de)
    paires = retenir_paires(calculer_poids(dossier.iris, voisins), lieux, communes)
    return paires.assign(type_territoire=paires["code_territoire"].map(decrits["type_territoire"]))


def _villes_de(liste: object) -> str:
    """Villes d’une liste de communes : un arrondissement compte pour la sienne."""
    return ",".join(dict.fromkeys(code_ville(c) for c in str(liste).split(",")))


def _assembler_territoires(dossier: DossierVille) -> gpd.GeoDataFrame:
    secteurs = dossier.secteurs.assign(communes=dossier.secteurs["code_territoire"].str[:5])
    couches = [
        couche[["code_territoire", "nom", "communes", "geometry"]].assign(
            type_territoire=type_territoire.value
        )
        for couche, type_territoire in (
            (dossier.qpv, TypeTerritoire.QPV),
            (secteurs, TypeTerritoire.SECTEUR),
            (dossier.anciens.contours, TypeTerritoire.QPV_2015),
        )
    ]
    if dossier.locaux is not None and len(dossier.locaux):
        locaux = dossier.locaux.rename(
            columns={"famille": "type_territoire", "code_commune": "communes"}
        )
        couches.append(locaux)
    ensemble = gpd.GeoDataFrame(pd.concat(couches, ignore_index=True), crs=dossier.crs)
    ensemble["communes"] = ensemble["communes"].map(_villes_de)
    ensemble["surface_m2"] = ensemble.geometry.area
    return ensemble


def _carreaux(dossier: DossierVille) -> gpd.GeoDataFrame | None:
    table = table_des_carreaux(dossier)
    if table is None:
        return None
    effectifs = table.valeurs.rename(columns=COLONNES_CARREAUX)
    return construire_carreaux(effectifs, crs=dossier.crs, emprise=dossier.emprise_iris)


def _parts_masquees(resultats: pd.DataFrame) -> dict[str, float]:
    masquees = resultats["statut"].eq(Statut.SECRET.value)
    return {
        str(t): float(p) for t, p in masquees.groupby(resultats["type_territoire"]).mean().items()
    }
