"""Tout ce qui concerne des villes d’une même projection, rassemblé depuis les fichiers reconnus.

Le premier fichier qui couvre une ville l’emporte, dans l’ordre des dossiers donnés. Chaque
fichier n’est lu qu’une fois pour toutes les villes. Les fautes de tous les fichiers sont dites
ensemble ; celles d’une ville n’arrêtent pas les autres.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from observatoire.catalogue import Catalogue
from observatoire.domaine import TypeTerritoire
from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion import (
    FichierReconnu,
    Inventaire,
    TableLue,
    choisir_contours,
    controler_coherence,
    dire_ecartes,
    dire_le_choix,
    lire_contours,
    lire_correspondance,
    lire_tableau,
)
from observatoire.ingestion.lieux import LieuxLus, dire_non_situes, lire_lieux
from observatoire.parties import graves, lire_par_parties
from observatoire.territoires import (
    AnciensContours,
    apparier_anciens,
    aucun_voisin,
    cite,
    code_ville,
    composantes,
    nom_ville,
    projection_legale,
    quartiers_voisins,
)

__all__ = [
    "DossierVille",
    "confronter",
    "rassembler",
    "rassembler_villes",
    "reunir_arrondissements",
]

_MARGE_FOND_M = 6_000.0
_MARGE_ANCIENS_M = 2_000.0
"""Autour des quartiers d’aujourd’hui, où chercher ceux de 2015 dont ils viennent."""

Emprise = tuple[float, float, float, float]


@dataclass
class DossierVille:
    """Tout ce qui a été lu pour des villes ; les couches sont dans la projection légale ``crs``."""

    villes: dict[str, str]
    """Code et nom des villes dont tous les fichiers sont bons."""
    entourages: dict[str, frozenset[str]]
    """Ville → elle-même et les villes voisines que ses quartiers touchent."""
    iris: gpd.GeoDataFrame
    qpv: gpd.GeoDataFrame
    secteurs: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    eau: gpd.GeoDataFrame
    tables: list[TableLue]
    fichiers: list[FichierReconnu]
    avertissements: list[Anomalie]
    crs: pyproj.CRS
    fautes: dict[str, list[Anomalie]] = field(default_factory=dict)
    """Villes laissées de côté, et pourquoi."""
    sans_contour: list[str] = field(default_factory=list)
    sans_objet: list[Anomalie] = field(default_factory=list)
    """Couches reconnues qui n’ont rien pour ces villes : dites seulement s’il n’y en a pas d’autre."""
    geographies: dict[str, int | None] = field(default_factory=dict)
    """Ville → année de la géographie de ses contours d’IRIS, si elle est connue."""
    anciens: AnciensContours = field(default_factory=AnciensContours)
    """Contours de 2015 des quartiers, si la couche est donnée."""
    voisins: gpd.GeoDataFrame = field(default_factory=aucun_voisin)
    """Quartiers des communes voisines, d’aujourd’hui et de 2015 : ils n’ont pas de ligne dans l’édition."""
    lieux: list[LieuxLus] = field(default_factory=list)
    """Équipements et établissements des villes et de leurs voisines."""
    locaux: gpd.GeoDataFrame | None = None
    """Autres découpages de la ville (``famille``), que ``decoupages`` ajoute."""

    @property
    def citations(self) -> dict[str, list[str]]:
        """Ville → codes des quartiers prioritaires qui s’y trouvent."""
        citations = _citations(self.qpv, self.villes)
        return {v: [code for code, _ in liste] for v, liste in citations.items()}

    @property
    def geographie(self) -> int | None:
        """Année des contours d’IRIS, si elle est connue et la même pour toutes les villes."""
        annees = {self.geographies.get(v) for v in self.villes}
        return annees.pop() if len(annees) == 1 else None

    @property
    def emprise_iris(self) -> Emprise:
        """Rectangle de tous les IRIS lus, en mètres."""
        return _elargir(self.iris, 0.0)

    def restreindre(self, villes: Collection[str]) -> DossierVille:
        """Le même dossier, pour une partie de ses villes ; les fonds de carte sont partagés."""
        proches = {c for v in villes for c in self.entourages.get(v, ())}
        codes = set(composantes(proches))
        qpv = self.qpv[cite(self.qpv["communes"], villes)]
        quartiers = set(qpv["code_territoire"])
        tables = [_restreindre_table(t, codes, quartiers) for t in self.tables]
        lieux = [lu.restreindre(codes) for lu in self.lieux]
        couches = [*_typer(self.qpv, self.anciens.contours), self.voisins]
        vides = {t.fichier for t in tables if not len(t.valeurs)}
        vides |= {f for lu in lieux if not len(lu.lieux) for f in lu.fichiers}
        return replace(
            self,
            villes={v: n for v, n in self.villes.items() if v in villes},
            entourages={v: e for v, e in self.entourages.items() if v in villes},
            iris=self.iris[self.iris["code_commune"].isin(codes)],
            qpv=qpv,
            anciens=self.anciens.restreindre(quartiers),
            voisins=quartiers_voisins(couches, villes, proches),
            secteurs=self.secteurs[self.secteurs["code_territoire"].str[:5].isin(list(villes))],
            tables=[t for t in tables if len(t.valeurs)],
            lieux=[lu for lu in lieux if len(lu.lieux)],
            fichiers=[f for f in self.fichiers if f not in vides],
        )


def _typer(actuels: gpd.GeoDataFrame, anciens: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    return [
        actuels.assign(type_territoire=TypeTerritoire.QPV.value),
        anciens.assign(type_territoire=TypeTerritoire.QPV_2015.value),
    ]


class _Collecteur:
    """Lit les fichiers en gardant leurs fautes, ville par ville, pour la fin."""

    def __init__(self, inventaire: Inventaire, catalogue: Catalogue, crs: pyproj.CRS) -> None:
        self.inventaire = inventaire
        self.catalogue = catalogue
        self.crs = crs
        self.fichiers: list[FichierReconnu] = []
        self.avertissements: list[Anomalie] = []
        self.fautes: dict[str, list[Anomalie]] = {}
        self.geographies: dict[str, int | None] = {}
        self.vides: list[Anomalie] = []

    def couche(
        self,
        role: str,
        villes: Sequence[str],
        communes: Callable[[Iterable[str]], list[str]],
        presentes: Callable[[gpd.GeoDataFrame], set[str]],
    ) -> gpd.GeoDataFrame | None:
        """Première couche de ce rôle qui couvre chaque ville."""
        reste, morceaux = list(villes), list[gpd.GeoDataFrame]()
        fichiers = self._fichiers_de_role(role)
        if role == "iris":
            fichiers = choisir_contours(fichiers, self._tables_iris())
        for fichier in fichiers:
            if not reste:
                break

            def lire(
                partie: Sequence[str], fichier: FichierReconnu = fichier
            ) -> tuple[gpd.GeoDataFrame, tuple[Anomalie, ...]]:
                lue = lire_contours(
                    fichier, self.catalogue, communes=communes(partie), crs=self.crs
                )
                return lue.donnees, lue.anomalies

            lecture = lire_par_parties(reste, lire, fichier=fichier.nom)
            self._retenir(lecture.fautes)
            lues = [(couche, anomalies) for couche, anomalies in lecture.parties if len(couche)]
            if not lues:
                self.vides += [a for _, anomalies in lecture.parties for a in anomalies]
                continue
            self.fichiers.append(fichier)
            self.avertissements += [a for _, anomalies in lues for a in anomalies]
            if role == "iris" and not morceaux:
                self.avertissements += dire_le_choix(fichier, fichiers, self._tables_iris())
            morceau = _reunir([couche for couche, _ in lues], role)
            morceaux.append(morceau)
            couvertes = presentes(morceau)
            if role == "iris":
                self.geographies |= {v: fichier.geographie for v in reste if v in couvertes}
            reste = [v for v in reste if v not in couvertes]
        return _reunir(morceaux, role) if morceaux else None

    def fond(self, role: str, emprise: Emprise, villes: Sequence[str]) -> gpd.GeoDataFrame | None:
        """Première couche de fond qui a un objet dans l’emprise."""
        for fichier in self._fichiers_de_role(role):
            try:
                lue = lire_contours(fichier, self.catalogue, emprise=emprise, crs=self.crs)
            except ErreurDonnees as erreur:
                self._retenir({v: graves(erreur, fichier.nom) for v in villes})
                continue
            if len(lue.donnees):
                self.fichiers.append(fichier)
                self.avertissements.extend(lue.anomalies)
                return lue.donnees
        return None

    def tableaux(
        self, entourages: Mapping[str, Collection[str]], citations: Mapping[str, Collection[str]]
    ) -> list[TableLue]:
        """Tous les tableaux qui contiennent une des villes, un par source et millésime."""
        tables = []
        for fichier in self._tableaux_retenus():

            def lire(partie: Sequence[str], fichier: FichierReconnu = fichier) -> TableLue:
                proches = {c for v in partie for c in entourages.get(v, {v})}
                quartiers = {c for v in partie for c in citations.get(v, ())}
                return lire_tableau(
                    fichier,
                    self.catalogue,
                    communes=composantes(proches),
                    codes=sorted(quartiers),
                )

            lecture = lire_par_parties(
                sorted(entourages), lire, fichier=fichier.nom, entourages=entourages
            )
            self._retenir(lecture.fautes)
            self.avertissements += [a for t in lecture.parties for a in t.anomalies]
            utiles = [t for t in lecture.parties if len(t.valeurs)]
            if utiles:
                tables.append(_reunir_tables(utiles))
                self.fichiers.append(fichier)
        return tables

    def quartiers_d_a_cote(
        self, villes: Collection[str], proches: Collection[str]
    ) -> gpd.GeoDataFrame | None:
        """Quartiers des communes voisines ; un contour fautif y est laissé de côté, et c’est dit.

        Ils ne servent qu’à décrire un quartier à cheval : ils n’empêchent jamais de publier.
        """
        autres = sorted(set(proches) - set(villes))
        if not autres:
            return None
        lecteur = _Collecteur(self.inventaire, self.catalogue, self.crs)
        couche = lecteur.couche("qpv", autres, composantes, lambda c: _villes_citees(c["communes"]))
        self.fichiers += [f for f in lecteur.fichiers if f not in self.fichiers]
        fautes = dict.fromkeys(a for anomalies in lecteur.fautes.values() for a in anomalies)
        self.avertissements += [
            replace(a, gravite="avertissement", remede=f"laissé de côté : {a.remede}")
            for a in fautes
        ]
        return couche

    def anciens_quartiers(self, qpv: gpd.GeoDataFrame) -> AnciensContours:
        """Contours de 2015 des quartiers ; un fichier fautif est laissé de côté, et c’est dit.

        Ils ne servent qu’à décomposer des évolutions : ils n’empêchent jamais de publier.
        """
        for fichier in self._fichiers_de_role("qpv_2015") if len(qpv) else []:
            try:
                lue = lire_contours(
                    fichier, self.catalogue, emprise=_elargir(qpv, _MARGE_ANCIENS_M), crs=self.crs
                )
                paires, employes = lire_correspondance(self.inventaire, self.catalogue)
            except ErreurDonnees as erreur:
                self.avertissements += [
                    replace(a, gravite="avertissement", remede=f"laissé de côté : {a.remede}")
                    for a in graves(erreur, fichier.nom)
                ]
                continue
            if len(lue.donnees):
                self.fichiers += [fichier, *employes]
                self.avertissements += lue.anomalies
                return apparier_anciens(qpv, lue.donnees, paires)
        return AnciensContours()

    def lieux(self, villes: Sequence[str], communes: Collection[str]) -> list[LieuxLus]:
        """Équipements et établissements de toutes les communes, un fichier par source et année."""
        lus: list[LieuxLus] = []
        for fichier in self._retenus("lieux"):
            source = self.catalogue.sources[fichier.source]
            if "code_commune" not in source.colonnes:
                continue  # un annuaire : il ne donne que la position d’autres lieux
            positions = [f for f in self._retenus("lieux") if f.source == source.localisation]
            try:
                lu = lire_lieux(
                    fichier,
                    self.catalogue,
                    communes=communes,
                    crs=self.crs,
                    positions=positions[0] if positions else None,
                )
            except ErreurDonnees as erreur:
                self._retenir({v: graves(erreur, fichier.nom) for v in villes})
                continue
            if len(lu.lieux):
                lus.append(lu)
                self.fichiers += [f for f in lu.fichiers if f not in self.fichiers]
                self.avertissements += lu.anomalies
        self.avertissements += dire_non_situes(lus, self.catalogue)
        return lus

    def _retenir(self, fautes: Mapping[str, list[Anomalie]]) -> None:
        for ville, anomalies in fautes.items():
            self.fautes.setdefault(ville, []).extend(anomalies)

    def _fichiers_de_role(self, role: str) -> list[FichierReconnu]:
        sources = self.catalogue.sources
        return [
            f
            for f in self.inventaire.reconnus
            if sources[f.source].role == role and sources[f.source].usage == "calcul"
        ]

    def _tables_iris(self) -> list[FichierReconnu]:
        sources = self.catalogue.sources
        return [f for f in self._tableaux_retenus() if sources[f.source].niveau == "iris"]

    def _tableaux_retenus(self) -> list[FichierReconnu]:
        return self._retenus("tableau")

    def _retenus(self, genre: str) -> list[FichierReconnu]:
        """Premier fichier de chaque source et de chaque année."""
        retenus: dict[tuple[str, int | None], FichierReconnu] = {}
        for fichier in self.inventaire.reconnus:
            source = self.catalogue.sources[fichier.source]
            if source.type == genre and source.usage == "calcul":
                retenus.setdefault((fichier.source, fichier.millesime), fichier)
        return list(retenus.values())


def rassembler(code_commune: str, inventaire: Inventaire, catalogue: Catalogue) -> DossierVille:
    """Lire une seule ville (voir :func:`rassembler_villes`).

    Raises
    ------
    ErreurDonnees
        Les fautes de tous les fichiers à la fois ; ou, sans faute, l’absence des contours ou
        de tout tableau pour cette ville.
    """
    dossier = rassembler_villes([code_commune], inventaire, catalogue)
    if fautes := dossier.fautes.get(code_commune, []):
        # Le fichier qui manque est souvent là, mais illisible : les écartés sont dits aussi.
        raise ErreurDonnees(
            f"Les fichiers de la commune {code_commune} ne peuvent pas être employés :",
            [*fautes, *dire_ecartes(inventaire)],
        )
    if dossier.sans_contour:
        raise ErreurDonnees(
            f"Aucun contour d’IRIS pour la commune {code_commune} dans les dossiers donnés : "
            "ajoutez avec --depuis le fichier « Contours… IRIS » de l’IGN, ou vérifiez le code de la commune.",
            [*dossier.sans_objet, *dire_ecartes(inventaire)],
        )
    return dossier


def rassembler_villes(
    villes: Sequence[str], inventaire: Inventaire, catalogue: Catalogue
) -> DossierVille:
    """Lire les contours et les tableaux de villes, et des communes que leurs quartiers touchent.

    Parameters
    ----------
    villes : sequence of str
        Codes des villes (pas d’arrondissement), de même projection légale.
    inventaire : Inventaire
        Fichiers reconnus, par ordre de préférence.
    catalogue : Catalogue
        Déclarations des sources.

    Returns
    -------
    DossierVille
        ``villes`` sont celles dont rien n’est fautif ; ``fautes`` et ``sans_contour`` disent
        pourquoi les autres n’y sont pas.
    """
    lecteur = _Collecteur(inventaire, catalogue, projection_legale(villes[0]))
    qpv = _ou_vide(
        lecteur.couche("qpv", villes, composantes, lambda c: _villes_citees(c["communes"])),
        ["code_territoire", "nom", "communes"],
        lecteur.crs,
    )
    citations = _citations(qpv, villes)
    voisines = {v: {v, *(c for _, liste in citations.get(v, ()) for c in liste)} for v in villes}

    def communes(partie: Iterable[str]) -> list[str]:
        return composantes({c for v in partie for c in voisines.get(v, {v})})

    iris = _ou_vide(
        lecteur.couche("iris", villes, communes, lambda c: set(c["code_commune"].map(code_ville))),
        ["code_iris", "nom_iris", "type_iris", "code_commune", "nom_commune"],
        lecteur.crs,
    )
    lues = set(iris["code_commune"].map(code_ville))
    presentes = [v for v in villes if v in lues]
    entourages = {v: frozenset(voisines[v] & lues) for v in presentes}
    dossier = DossierVille(
        villes=_noms(iris, presentes),
        entourages=entourages,
        iris=iris,
        qpv=qpv,
        secteurs=_ou_vide(None, ["code_territoire", "nom"], lecteur.crs),
        communes=_ou_vide(None, ["code_commune", "nom"], lecteur.crs),
        eau=_ou_vide(None, ["nom"], lecteur.crs),
        tables=[],
        fichiers=lecteur.fichiers,
        avertissements=lecteur.avertissements,
        crs=lecteur.crs,
        sans_contour=[v for v in villes if v not in lues],
        sans_objet=lecteur.vides,
        geographies=lecteur.geographies,
    )
    if presentes:
        _completer(dossier, lecteur, {v: {q for q, _ in c} for v, c in citations.items()})
    _confronter_les_fautives(dossier, lecteur.fautes, catalogue)
    return _sans_les_fautives(dossier, lecteur.fautes)


def confronter(dossier: DossierVille, catalogue: Catalogue) -> list[Anomalie]:
    """Confronter entre eux les fichiers d’un dossier (:func:`controler_coherence`)."""
    return controler_coherence(
        dossier.iris,
        dossier.qpv,
        dossier.tables,
        catalogue,
        communes=set(dossier.iris["code_commune"]),
        geographie=dossier.geographie,
        villes={c: code_ville(c) for c in composantes(dossier.entourages)},
    )


def _confronter_les_fautives(
    dossier: DossierVille, fautes: dict[str, list[Anomalie]], catalogue: Catalogue
) -> None:
    """Ajouter aux fautes de lecture d’une ville celles que ses autres fichiers montrent ensemble.

    Sans cela, il faudrait corriger les premières pour apprendre les secondes.
    """
    for ville in [v for v in dossier.villes if v in fautes]:
        croisees = confronter(dossier.restreindre([ville]), catalogue)
        fautes[ville] += [a for a in croisees if a.gravite == "erreur"]


def _completer(
    dossier: DossierVille, lecteur: _Collecteur, citations: Mapping[str, Collection[str]]
) -> None:
    """Ajouter les secteurs, les fonds de carte et les tableaux."""
    villes = list(dossier.villes)
    secteurs = lecteur.couche(
        "secteurs", villes, sorted, lambda c: set(c["code_territoire"].str[:5])
    )
    emprise = _elargir(
        dossier.iris[dossier.iris["code_commune"].map(code_ville).isin(villes)], _MARGE_FOND_M
    )
    communes = lecteur.fond("communes", emprise, villes)
    eau = lecteur.fond("eau", emprise, villes)
    dossier.secteurs = dossier.secteurs if secteurs is None else secteurs
    dossier.communes = dossier.communes if communes is None else communes
    dossier.eau = dossier.eau if eau is None else eau
    _entourer(dossier, lecteur)
    dossier.tables = lecteur.tableaux(dossier.entourages, citations)
    proches = composantes({c for entourage in dossier.entourages.values() for c in entourage})
    dossier.lieux = lecteur.lieux(villes, proches)
    for ville in villes:
        if not _a_un_tableau(ville, dossier, citations.get(ville, ())):
            faute = Anomalie(
                f"aucun tableau ne contient la commune {ville}",
                "tableaux",
                remede="ajoutez avec --depuis les bases IRIS de l’Insee",
            )
            lecteur.fautes.setdefault(ville, []).append(faute)


def _entourer(dossier: DossierVille, lecteur: _Collecteur) -> None:
    """Ajouter les contours de 2015, et les quartiers des communes voisines."""
    proches = {c for entourage in dossier.entourages.values() for c in entourage}
    autour = lecteur.quartiers_d_a_cote(dossier.villes, proches)
    if autour is None:
        dossier.anciens = lecteur.anciens_quartiers(dossier.qpv)
        return
    tous = _reunir([dossier.qpv, autour], "qpv")
    anciens = lecteur.anciens_quartiers(tous)
    couches = _typer(tous, anciens.contours)
    dossier.voisins = quartiers_voisins(couches, dossier.villes, proches)
    dossier.anciens = anciens.restreindre(set(dossier.qpv["code_territoire"]))


def _a_un_tableau(ville: str, dossier: DossierVille, quartiers: Collection[str]) -> bool:
    codes, voulus = set(composantes(dossier.entourages[ville])), set(quartiers)
    return any(len(_restreindre_table(t, codes, voulus).valeurs) for t in dossier.tables)


def _sans_les_fautives(dossier: DossierVille, fautes: Mapping[str, list[Anomalie]]) -> DossierVille:
    """Mettre de côté les villes fautives, avec leurs quartiers et leurs contours."""
    dossier.fautes = {v: list(dict.fromkeys(a)) for v, a in sorted(fautes.items())}
    bonnes = [v for v in dossier.villes if v not in fautes]
    return dossier if len(bonnes) == len(dossier.villes) else dossier.restreindre(bonnes)


def reunir_arrondissements(iris: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Donner aux IRIS d’un arrondissement le code de leur ville : la moyenne est celle de la ville."""
    return iris.assign(code_commune=iris["code_commune"].map(code_ville))


def _noms(iris: gpd.GeoDataFrame, villes: Sequence[str]) -> dict[str, str]:
    codes = iris["code_commune"].map(code_ville)
    noms = iris["nom_commune"].groupby(codes).first()
    return {v: nom_ville(v, str(noms[v])) for v in villes}


def _citations(
    qpv: gpd.GeoDataFrame, villes: Collection[str]
) -> dict[str, list[tuple[str, list[str]]]]:
    """Ville → quartiers qui s’y trouvent, et toutes les communes de chacun."""
    voulues, citations = set(villes), dict[str, list[tuple[str, list[str]]]]()
    for code, texte in zip(qpv["code_territoire"], qpv["communes"], strict=True):
        liste = [c for c in str(texte).split(",") if c]
        for ville in {code_ville(c) for c in liste} & voulues:
            citations.setdefault(ville, []).append((str(code), liste))
    return citations


def _villes_citees(listes: pd.Series) -> set[str]:
    return {code_ville(c) for liste in listes for c in str(liste).split(",") if c}


def _restreindre_table(
    table: TableLue, communes: Collection[str], quartiers: Collection[str]
) -> TableLue:
    """Lignes des communes ou des quartiers demandés ; des carreaux, toutes."""
    if table.niveau == "carreau":
        return table
    codes = pd.Index(table.valeurs.index)
    gardes = codes.isin(list(quartiers)) if table.niveau == "qpv" else None
    if gardes is None:
        gardes = codes.str[:5].isin(list(communes))
    types = None if table.types_iris is None else table.types_iris[gardes]
    return replace(
        table, valeurs=table.valeurs[gardes], statuts=table.statuts[gardes], types_iris=types
    )


def _reunir(morceaux: Sequence[gpd.GeoDataFrame], role: str) -> gpd.GeoDataFrame:
    """Une seule couche ; un objet lu deux fois garde sa première forme."""
    cle = "code_iris" if role == "iris" else "code_territoire"
    ensemble = morceaux[0]
    if len(morceaux) > 1:
        ensemble = gpd.GeoDataFrame(
            pd.concat(list(morceaux), ignore_index=True), crs=morceaux[0].crs
        )
    return ensemble.drop_duplicates(cle).sort_values(cle, kind="stable").reset_index(drop=True)


def _reunir_tables(parties: Sequence[TableLue]) -> TableLue:
    """Une seule table ; une ligne lue pour deux parties n’y est qu’une fois."""
    if len(parties) == 1:
        return parties[0]
    codes = pd.Index(np.concatenate([t.valeurs.index.to_numpy(dtype=object) for t in parties]))
    garde = ~codes.duplicated()
    valeurs = pd.concat([t.valeurs for t in parties])[garde].sort_index()
    statuts = pd.concat([t.statuts for t in parties])[garde].sort_index()
    types = [t.types_iris for t in parties if t.types_iris is not None]
    return replace(
        parties[0],
        valeurs=valeurs,
        statuts=statuts,
        types_iris=pd.concat(types)[garde].sort_index() if types else None,
    )


def _elargir(couche: gpd.GeoDataFrame, marge: float) -> Emprise:
    xmin, ymin, xmax, ymax = (float(b) for b in couche.total_bounds)
    return xmin - marge, ymin - marge, xmax + marge, ymax + marge


def _ou_vide(
    couche: gpd.GeoDataFrame | None, colonnes: list[str], crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    if couche is not None:
        return couche
    vide = {c: pd.Series(dtype="str") for c in colonnes}
    return gpd.GeoDataFrame(vide, geometry=gpd.GeoSeries([], crs=crs), crs=crs)
