"""Préparer une carte : joindre, classer, colorer, écrire ; rien n’est dessiné ici."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.cartes.discretisation import LIBELLES_CLASSES, Decoupage
from observatoire.cartes.francais import minuscule, typographier
from observatoire.cartes.infobulles import ecrire_textes
from observatoire.cartes.legende import (
    composer_legende,
    couleurs_des_classes,
    decouper_zones,
    mesures_connues,
)
from observatoire.cartes.modeles import Aspect, TypeVue, VueCarte
from observatoire.cartes.palettes import FOND_ASPECT
from observatoire.cartes.textes import (
    NOMS_NIVEAU,
    SujetCarte,
    composer_alternative,
    composer_lecture,
    composer_precaution,
    composer_sous_titre,
    composer_titre,
)
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Methode, NomDeZones, Reference, Statut, TypeTerritoire, Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import ecrire_valeur

__all__ = ["VueEnPreparation", "assembler", "composer_vue", "preparer_vue"]

_TYPES_SANS_LOGEMENT = ("A", "D")
_COLONNES_RESULTATS = [
    "code_territoire", "valeur", "statut", "methode", "borne_basse", "borne_haute",
    "part_couverte", "effectif", "bornes_seules",
]  # fmt: skip
_COLONNES_ECARTS = [
    "code_territoire", "valeur_reference", "ecart", "ecart_borne_basse", "ecart_borne_haute",
    "verdict",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class VueEnPreparation:
    """Valeurs jointes aux zones ; ni classes, ni couleurs, ni textes."""

    sujet: SujetCarte
    zones: gpd.GeoDataFrame
    quartiers: gpd.GeoDataFrame
    couches: Mapping[str, gpd.GeoDataFrame]
    edition: str
    sources: str


def composer_vue(
    *,
    resultats: pd.DataFrame,
    ecarts: pd.DataFrame,
    couches: Mapping[str, gpd.GeoDataFrame],
    catalogue: Catalogue,
    indicateur: str,
    millesime: int,
    vue: TypeVue = "ecart",
    niveau: str = "iris",
    reference: str = "ville",
    nom_ville: str,
    code_commune: str,
    est_fictive: bool,
    edition: str,
    sources: str,
    villes: Collection[str] = (),
    classes: str = "jenks",
    compare_a: int | None = None,
    noms_niveaux: Mapping[str, NomDeZones] | None = None,
) -> VueCarte:
    """Préparer une carte d’un indicateur, prête à dessiner.

    Parameters
    ----------
    resultats, ecarts : pandas.DataFrame
        Tables longues d’une édition.
    couches : mapping of str to geopandas.GeoDataFrame
        ``iris, qpv, secteurs, communes, eau``, dans la même projection en mètres ; seule
        celle du niveau demandé est indispensable.
    catalogue : Catalogue
    indicateur : str
        Identifiant au catalogue.
    millesime : int
        Année des valeurs.
    vue : {"ecart", "valeur"}
        Un effectif, ou un indicateur sans écart calculé, se montre toujours en valeur.
    niveau : str
        Découpage des zones : ``iris``, ``qpv``, ``secteur`` ou un découpage de la ville.
    reference : str
        Référence des écarts (:class:`observatoire.domaine.Reference`).
    nom_ville, code_commune : str
        Commune ou intercommunalité de l’édition.
    est_fictive : bool
        La ville est inventée : chaque titre le dit.
    edition, sources : str
        Nom de l’édition et citation des sources.
    villes : collection of str
        Communes d’une intercommunalité ; vide pour une seule ville.
    classes : {"jenks", "quantiles", "egales", "centree"}
        Classes de la vue des valeurs ; celles des écarts sont toujours centrées sur la référence.
    compare_a : int, optional
        Autre millésime montré à côté : les deux cartes ont les mêmes classes.
    noms_niveaux : mapping of str to NomDeZones, optional
        Noms des découpages de la ville.

    Returns
    -------
    VueCarte
        ``zones`` suit l’ordre de la couche. Une estimation non interprétable n’a pas de
        couleur dans la vue des écarts. Pour un effectif, ``rayon_relatif`` est la racine
        du rapport à la borne haute de ``legende.classes[0]``. ``qpv`` porte aussi
        ``texte_valeur, texte_ecart, texte_statut``.

    Raises
    ------
    ErreurDemande
        Indicateur, niveau, référence ou vue inconnus ; couche absente.
    """
    preparee = preparer_vue(
        resultats=resultats,
        ecarts=ecarts,
        couches=couches,
        catalogue=catalogue,
        indicateur=indicateur,
        millesime=millesime,
        vue=vue,
        niveau=niveau,
        reference=reference,
        nom_ville=nom_ville,
        code_commune=code_commune,
        est_fictive=est_fictive,
        edition=edition,
        sources=sources,
        villes=villes,
        classes=classes,
        compare_a=compare_a,
        noms_niveaux=noms_niveaux,
    )
    return assembler(preparee)


def preparer_vue(
    *,
    resultats: pd.DataFrame,
    ecarts: pd.DataFrame,
    couches: Mapping[str, gpd.GeoDataFrame],
    catalogue: Catalogue,
    indicateur: str,
    millesime: int,
    vue: TypeVue,
    niveau: str,
    reference: str,
    nom_ville: str,
    code_commune: str,
    est_fictive: bool,
    edition: str,
    sources: str,
    villes: Collection[str],
    classes: str = "jenks",
    compare_a: int | None = None,
    noms_niveaux: Mapping[str, NomDeZones] | None = None,
) -> VueEnPreparation:
    """Joindre les valeurs aux zones, avant tout découpage en classes (voir :func:`composer_vue`)."""
    noms = NOMS_NIVEAU | dict(noms_niveaux or {})
    declare = _verifier(catalogue, couches, indicateur, niveau, reference, vue, classes, noms)
    du_millesime = _filtrer(resultats, indicateur, millesime)
    ecarts_lus = _filtrer(ecarts, indicateur, millesime)
    ecarts_lus = ecarts_lus[ecarts_lus["reference"] == reference]
    communes = set(villes) or {code_commune}
    territoires = _territoires(couches, niveau, communes)
    zones = _joindre(territoires, du_millesime, ecarts_lus, niveau)
    if declare.est_stock or zones["ecart"].isna().all():
        vue = "valeur"
    zones["aspect"] = _aspects(zones, vue)
    quartiers = _quartiers(couches, communes, du_millesime, ecarts_lus)
    comparees: tuple[float, ...] = ()
    if compare_a is not None:
        ecarts_compares = _filtrer(ecarts, indicateur, compare_a)
        autres = _joindre(
            territoires,
            _filtrer(resultats, indicateur, compare_a),
            ecarts_compares[ecarts_compares["reference"] == reference],
            niveau,
        )
        autres["aspect"] = _aspects(autres, vue)
        comparees = tuple(mesures_connues(autres, vue))
    ville = _valeur_ville(du_millesime, code_commune)
    centre = ville
    if compare_a is not None and compare_a > millesime:
        # Deux années partagent leurs classes : elles sont centrées sur la plus récente.
        centre = _valeur_ville(_filtrer(resultats, indicateur, compare_a), code_commune)
    references = ecarts_lus["valeur_reference"].dropna().unique()
    sujet = SujetCarte(
        indicateur=declare,
        nom_ville=nom_ville,
        est_fictive=est_fictive,
        niveau=niveau,
        vue=vue,
        reference=reference,
        millesime=millesime,
        valeur_ville=ville,
        # Quand chaque territoire a la sienne, aucune ne peut être écrite pour toute la carte.
        valeur_reference=float(references[0]) if len(references) == 1 else None,
        zones=zones,
        quartiers=quartiers,
        ensemble="epci" if villes else "ville",
        classes=classes,
        mesures_comparees=comparees,
        centre_classes=centre,
        noms_declares=None if niveau in NOMS_NIVEAU else noms[niveau],
    )
    return VueEnPreparation(sujet, zones, quartiers, couches, edition, sources)


def _valeur_ville(du_millesime: pd.DataFrame, code_commune: str) -> float | None:
    """Valeur de l’ensemble (ville ou intercommunalité), ou ``None``."""
    ensembles = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]
    valeurs = du_millesime.loc[
        du_millesime["type_territoire"].isin(ensembles)
        & (du_millesime["code_territoire"] == code_commune),
        "valeur",
    ].dropna()
    return float(valeurs.iloc[0]) if len(valeurs) else None


def _verifier(
    catalogue: Catalogue,
    couches: Mapping[str, gpd.GeoDataFrame],
    indicateur: str,
    niveau: str,
    reference: str,
    vue: str,
    classes: str,
    noms: Mapping[str, NomDeZones],
) -> Indicateur:
    fautes = []
    if indicateur not in catalogue.indicateurs:
        fautes.append(f"indicateur inconnu « {indicateur} »")
    if niveau not in noms:
        fautes.append(f"découpage inconnu « {niveau} » (permis : {', '.join(noms)})")
    elif _nom_couche(niveau) not in couches or couches[_nom_couche(niveau)].empty:
        fautes.append(f"l’édition n’a pas la couche « {_nom_couche(niveau)} »")
    permises = [r.value for r in Reference]
    if reference not in permises:
        fautes.append(f"référence inconnue « {reference} » (permis : {', '.join(permises)})")
    if classes not in LIBELLES_CLASSES:
        fautes.append(f"classes inconnues « {classes} » (permis : {', '.join(LIBELLES_CLASSES)})")
    if vue not in ("ecart", "valeur"):
        fautes.append(f"vue inconnue « {vue} » (permis : ecart, valeur)")
    if fautes:
        raise ErreurDemande(f"La carte demandée est impossible : {' ; '.join(fautes)}.")
    return catalogue.indicateurs[indicateur]


def _filtrer(table: pd.DataFrame, indicateur: str, millesime: int) -> pd.DataFrame:
    return table[(table["indicateur"] == indicateur) & (table["millesime"] == millesime)]


def _nom_couche(niveau: str) -> str:
    return {"secteur": "secteurs"}.get(niveau, niveau)


def _territoires(
    couches: Mapping[str, gpd.GeoDataFrame], niveau: str, communes: Collection[str]
) -> gpd.GeoDataFrame:
    """Zones des communes au niveau demandé : code_territoire, nom, type_iris, geometry."""
    if niveau == "iris":
        iris = couches["iris"]
        iris = iris[iris["code_commune"].isin(list(communes))]
        noms = {"code_iris": "code_territoire", "nom_iris": "nom"}
        return iris.rename(columns=noms)[["code_territoire", "nom", "type_iris", "geometry"]]
    couche = couches[_nom_couche(niveau)]
    if niveau == "qpv":
        couche = _qpv_des_communes(couche, communes)
    return couche.assign(type_iris="")[["code_territoire", "nom", "type_iris", "geometry"]]


def _qpv_des_communes(qpv: gpd.GeoDataFrame, communes: Collection[str]) -> gpd.GeoDataFrame:
    listes = qpv["communes"].fillna("").str.split(",")
    dedans = [not {c.strip() for c in codes}.isdisjoint(communes) for codes in listes]
    return qpv[np.array(dedans, dtype=bool)]


def _joindre(
    territoires: gpd.GeoDataFrame, resultats: pd.DataFrame, ecarts: pd.DataFrame, niveau: str
) -> gpd.GeoDataFrame:
    # Une édition ancienne n’a pas la qualité de chaque chiffre.
    colonnes = [*_COLONNES_RESULTATS, *resultats.columns.intersection(["qualite"])]
    valeurs = resultats.loc[resultats["type_territoire"] == niveau, colonnes]
    zones = territoires.merge(valeurs, on="code_territoire", how="left", validate="one_to_one")
    zones = zones.merge(
        ecarts[_COLONNES_ECARTS], on="code_territoire", how="left", validate="one_to_one"
    )
    # Un territoire sans ligne n’est pas diffusé : il est absent, jamais nul.
    zones["statut"] = zones["statut"].fillna(Statut.ABSENT.value)
    zones["methode"] = zones["methode"].fillna(Methode.AUCUNE.value)
    zones["verdict"] = zones["verdict"].fillna(Verdict.NON_INTERPRETABLE.value)
    zones["bornes_seules"] = zones["bornes_seules"].eq(True)
    return zones


def _aspects(zones: pd.DataFrame, vue: TypeVue) -> list[Aspect]:
    return [
        _aspect(*ligne, vue=vue)
        for ligne in zip(
            zones["valeur"].notna(),
            zones["ecart"].notna(),
            zones["statut"],
            zones["bornes_seules"],
            zones["type_iris"],
            strict=True,
        )
    ]


def _aspect(
    connue: bool, comparee: bool, statut: str, impure: bool, type_iris: str, *, vue: TypeVue
) -> Aspect:
    if statut == Statut.SECRET:
        return Aspect.SECRET
    if not connue:
        return Aspect.SANS_LOGEMENT if type_iris in _TYPES_SANS_LOGEMENT else Aspect.ABSENT
    # Une valeur dont seules les bornes comptent n’a pas de couleur, quelle que soit la vue.
    if impure or (vue == "ecart" and not comparee):
        return Aspect.INCERTAIN
    return Aspect.VALEUR


def _quartiers(
    couches: Mapping[str, gpd.GeoDataFrame],
    communes: Collection[str],
    resultats: pd.DataFrame,
    ecarts: pd.DataFrame,
) -> gpd.GeoDataFrame:
    """QPV des communes et leurs valeurs, même quand la carte est par IRIS."""
    if "qpv" not in couches or couches["qpv"].empty:
        colonnes = [*_COLONNES_RESULTATS, *_COLONNES_ECARTS[1:], "nom", "type_iris", "geometry"]
        return gpd.GeoDataFrame(columns=colonnes, geometry="geometry")
    return _joindre(_territoires(couches, "qpv", communes), resultats, ecarts, "qpv")


def assembler(preparee: VueEnPreparation, *, decoupage: Decoupage | None = None) -> VueCarte:
    """Classer, colorer et écrire une vue préparée.

    Parameters
    ----------
    preparee : VueEnPreparation
    decoupage : Decoupage, optional
        Classes communes à plusieurs cartes ; par défaut, celles des zones de la vue.
    """
    sujet, zones, quartiers = preparee.sujet, preparee.zones, preparee.quartiers
    couches, edition, sources = preparee.couches, preparee.edition, preparee.sources
    indicateur = sujet.indicateur
    commun = decoupage
    decoupage = commun or decouper_zones(sujet)
    couleurs = couleurs_des_classes(sujet, decoupage)
    connues = (zones["aspect"] == Aspect.VALEUR).to_numpy()
    mesure = zones["ecart" if sujet.vue == "ecart" else "valeur"].where(connues)
    dans_classes = decoupage.classer(mesure.to_numpy(float))
    montrees = None
    if commun is not None or sujet.mesures_comparees:
        # Les classes sont communes, les effectifs ceux de cette carte seule.
        montrees = decoupage.effectifs
        decoupage = decoupage.recompter(mesures_connues(zones, sujet.vue))
    # Proche de la référence, une zone ne prétend à aucun écart : la classe du milieu n’est pas marquée.
    indicatif = (
        connues
        & (sujet.vue == "ecart")
        & (zones["verdict"] == Verdict.ECART_INDICATIF.value).to_numpy(bool)
        & (dans_classes != decoupage.centre)
    )
    indicatifs = int(indicatif.sum())
    legende, rangs = composer_legende(
        sujet, decoupage, couleurs, montrees=montrees, indicatifs=indicatifs
    )
    classes = [rangs.get(int(r), -1) for r in dans_classes]
    zones = zones.assign(
        indicatif=indicatif,
        classe=classes,
        couleur=[
            legende.classes[c].couleur if c >= 0 else FOND_ASPECT[a]
            for c, a in zip(classes, zones["aspect"], strict=True)
        ],
    )
    if indicateur.est_stock:
        # La surface du cercle est proportionnelle à l’effectif (rayon en racine). Sans aucune
        # valeur connue, il n’y a pas de plus grand cercle, et aucun ne se dessine.
        plus_grand = legende.classes[0].borne_haute if legende.classes else float("nan")
        zones["rayon_relatif"] = np.sqrt(mesure / plus_grand)
    zones = ecrire_textes(zones, sujet)
    quartiers = quartiers.assign(aspect=_aspects(quartiers, sujet.vue))
    titre, sous_titre = composer_titre(sujet), composer_sous_titre(sujet)
    lignes = [(c.libelle, c.effectif) for c in legende.classes]
    lignes += [(a.libelle, n) for a, n in legende.aspects]
    vide = zones.iloc[:0][["code_territoire", "nom", "geometry"]]
    return VueCarte(
        zones=zones,
        qpv=ecrire_textes(quartiers, sujet) if len(quartiers) else _qpv_vides(vide),
        secteurs=couches.get("secteurs", vide),
        communes=couches.get("communes", vide.rename(columns={"code_territoire": "code_commune"})),
        eau=couches.get("eau", vide[["nom", "geometry"]]),
        indicateur_id=indicateur.id,
        libelle_indicateur=indicateur.libelle,
        unite=indicateur.unite,
        est_stock=indicateur.est_stock,
        millesime=sujet.millesime,
        vue=sujet.vue,
        reference=sujet.reference,
        nom_ville=sujet.nom_ville,
        est_fictive=sujet.est_fictive,
        titre=titre,
        sous_titre=sous_titre,
        texte_ville=_texte_ville(sujet),
        complement_ville=_complement(indicateur, sujet.nom_ensemble),
        phrase_lecture=composer_lecture(sujet, decoupage, couleurs),
        precaution=composer_precaution(sujet, indicatifs=indicatifs),
        source=sources,
        edition=edition,
        texte_alternatif=composer_alternative(sujet, titre, sous_titre, lignes),
        legende=legende,
    )


def _qpv_vides(vide: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return vide.assign(texte_valeur="", texte_ecart="", texte_statut="")


def _texte_ville(sujet: SujetCarte) -> str:
    if sujet.valeur_ville is None:
        return "non disponible"
    return ecrire_valeur(sujet.valeur_ville, sujet.indicateur.unite)


def _complement(indicateur: Indicateur, ensemble: str) -> str:
    """Suite du chiffre de la ville : « des habitants vivent sous le seuil de pauvreté »."""
    if indicateur.lecture.startswith("{valeur} "):
        suite = indicateur.lecture.removeprefix("{valeur} ")
        return typographier(suite.replace("y vivent", f"vivent dans {ensemble}"))
    return typographier(minuscule(indicateur.libelle))
