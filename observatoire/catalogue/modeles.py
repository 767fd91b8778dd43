"""Modèles du catalogue : sources, variables, indicateurs, règles.

Toute clé inconnue est une erreur ; le chargeur la nomme avec son fichier et sa table.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from observatoire.arrondissements import composantes
from observatoire.catalogue.inegalites import ReglesInegalites
from observatoire.catalogue.references import ChiffreNational, Comparables, Ensembles
from observatoire.catalogue.temps import ReglesTemps
from observatoire.domaine import Reference

__all__ = [
    "MESURES_LIEUX",
    "Catalogue",
    "FormatLong",
    "Indicateur",
    "Regles",
    "Source",
    "Telechargement",
    "Theme",
    "Variable",
]

Calcul = Literal[
    "effectif",
    "densite",
    "part",
    "rapport",
    "taux_diffuse",
    "diffuse_seulement",
    "quantile",
    "rapport_quantiles",
    "pour_habitants",
    "mesure_lieux",
]
Unite = Literal[
    "pct",
    "eur",
    "personnes",
    "menages",
    "logements",
    "hab_km2",
    "rapport",
    "indice",
    "equipements",
    "pour_10000",
    "pour_100",
    "ips",
    "foyers",
]
# « pct_revenu » : part du revenu disponible, dont les impôts se retranchent.
UniteVariable = Literal[
    "pct",
    "pct_revenu",
    "eur",
    "personnes",
    "menages",
    "logements",
    "hab_km2",
    "rapport",
    "equipements",
    "ips",
    "foyers",
]
Sens = Literal["defavorable_si_hausse", "favorable_si_hausse", "neutre"]
Niveau = Literal["iris", "commune", "qpv", "carreau"]
Role = Literal["iris", "qpv", "qpv_2015", "secteurs", "communes", "eau"]
StatutManquant = Literal["secret", "absent"]
_NIVEAUX_DIFFUSES: dict[Niveau, str] = {"iris": "IRIS", "commune": "commune", "qpv": "quartier"}
_BORNES = {
    "pct": (0.0, 100.0),
    # Filosofi, par IRIS de France : de −5,5 (déficits) à 115,3 (revenus d’activité, avant impôt).
    "pct_revenu": (-25.0, 150.0),
    "eur": (-math.inf, math.inf),
}
MESURES_LIEUX = frozenset(
    f"{mesure}{suite}"
    for mesure in ("etablissements", "inscrits", "eleves", "ips_eleves", "ips2_eleves")
    for suite in ("", "_public", "_prive", "_gt", "_pro")
) | {"dispersion", "ecart_prive_public"}
"""Mesures d’une source d’établissements (sans genre) ; les deux dernières ne s’additionnent pas."""
_FACTEURS = {"pour_10000": 10_000, "pour_100": 100}
"""Nombre d’habitants auquel chaque unité rapporte un compte."""
_REPERES = {"{aa}", "{aaaa}", "{commune}", "{communes}", "{siren}"}
Texte = Annotated[str, Field(min_length=1)]


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Telechargement(_Modele):
    """Un fichier d’un producteur : où il est, ce qu’il contient, ce qu’on en sait.

    ``{aa}`` et ``{aaaa}`` sont le millésime ; ``{commune}`` dans l’adresse en fait un
    fichier par commune ; ``{communes}`` y met aussi les arrondissements de Paris, Lyon et
    Marseille, entre apostrophes et séparés par des virgules, pour un filtre ``IN (…)``.
    ``{siren}`` en fait un fichier par intercommunalité.
    """

    millesime: int = Field(ge=1990, le=2100)
    adresse: Texte
    fichier: str = ""
    """Nom dans le cache, quand l’adresse ne finit pas par un nom de fichier."""
    membre: str = ""
    """Motif du membre utile (``*`` et ``?``) ; vide si le fichier n’est pas une archive."""
    geographie: int | None = None
    """Année de la géographie des codes."""
    separateur: Literal["", ";", ",", "\t"] = ""
    encodage: str = ""
    decimale: Literal["", ",", "."] = ""
    lignes_attendues: int | None = Field(default=None, gt=0)
    """Ordre de grandeur pour la France entière."""
    confiance: Literal["H", "M", "L"]
    """H : deux lectures indépendantes concordent ; M : une seule ; L : contradictoires."""

    @model_validator(mode="after")
    def _coherence(self) -> Telechargement:
        if not self.adresse.startswith("https://"):
            raise ValueError("une adresse commence par https://")
        inconnus = set(re.findall(r"\{[^}]*\}", self.adresse)) - _REPERES
        if inconnus:
            raise ValueError(f"repère inconnu dans l’adresse : {', '.join(sorted(inconnus))}")
        if not re.fullmatch(r"[\w.{}-]+", self.nom_fichier()):
            raise ValueError("l’adresse ne donne pas de nom de fichier : ajoutez « fichier »")
        return self

    @property
    def par_commune(self) -> bool:
        """Vrai si l’adresse dépend d’un territoire, commune ou intercommunalité."""
        return any(r in self.adresse for r in ("{commune}", "{communes}", "{siren}"))

    @property
    def par_epci(self) -> bool:
        """Vrai si l’adresse dépend d’une intercommunalité."""
        return "{siren}" in self.adresse

    def _resoudre(self, texte: str, commune: str) -> str:
        annees = {"{aaaa}": str(self.millesime), "{aa}": f"{self.millesime % 100:02d}"}
        liste = ",".join(f"%27{c}%27" for c in composantes([commune]))
        lieux = {"{communes}": liste, "{commune}": commune, "{siren}": commune}
        for repere, valeur in {**annees, **lieux}.items():
            texte = texte.replace(repere, valeur)
        return texte

    def adresse_pour(self, commune: str = "") -> str:
        """Adresse, repères remplacés."""
        return self._resoudre(self.adresse, commune)

    def membre_attendu(self) -> str:
        """Motif du membre, repères remplacés."""
        return self._resoudre(self.membre, "")

    def nom_fichier(self, commune: str = "commune") -> str:
        """Nom du fichier dans le cache."""
        dernier = self.adresse.partition("?")[0].rsplit("/", 1)[-1]
        return self._resoudre(self.fichier or dernier, commune)


class FormatLong(_Modele):
    """Table longue : une ligne par territoire et par mesure ; chaque mesure devient une colonne."""

    mesure: Texte
    """Colonne qui nomme la mesure."""
    valeur: Texte
    """Colonne de la valeur."""
    annee: str = ""
    """Colonne de l’année des données."""
    multiplicateur: str = ""
    """Colonne de la puissance de dix ; autre que 0, le fichier est refusé."""
    garder: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Colonne → valeurs des lignes à garder."""
    secret: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Colonne → valeurs qui disent le secret."""
    absent: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Colonne → valeurs qui disent l’absence."""

    @property
    def colonnes(self) -> tuple[str, ...]:
        """Colonnes indispensables, hors code."""
        filtres = (*self.garder, *self.secret, *self.absent)
        return tuple(
            dict.fromkeys(c for c in (self.mesure, self.valeur, self.annee, *filtres) if c)
        )


class Source(_Modele):
    """Un jeu de fichiers d’un producteur, reconnu à ses colonnes.

    ``{aa}`` dans un nom de colonne est le millésime sur deux chiffres ; il est lu
    dans l’en-tête. ``millesime`` le fixe quand les colonnes ne le portent pas.

    ``type = "lieux"`` : une ligne par équipement ou par établissement, comptée dans sa commune et,
    si sa position est sûre, dans les territoires qui la contiennent.
    """

    id: Texte
    titre: Texte
    producteur: Texte
    jeu: Texte
    licence: Texte = "Licence Ouverte 2.0"
    page: Texte
    type: Literal["tableau", "contours", "lieux"]
    niveau: Niveau | None = None
    niveaux: tuple[Niveau, ...] = ()
    """Lieux : niveaux où leur compte a un sens."""
    role: Role | None = None
    millesime: int | None = None
    usage: Literal["calcul", "reconnu_seulement"] = "calcul"
    precaution: str = ""
    colonne_code: str = ""
    signature: tuple[str, ...] = Field(min_length=1)
    """Colonnes qui font reconnaître le fichier, toutes présentes (casse indifférente)."""
    absentes: tuple[str, ...] = ()
    """Colonnes dont la présence exclut cette source."""
    motif_code: str = ""
    """Expression régulière que les codes doivent suivre (contours ambigus)."""
    colonnes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Contours et lieux : nom canonique → noms possibles chez le producteur."""
    positions_refusees: tuple[str, ...] = ()
    """Lieux : qualités de position trop mauvaises pour dire le quartier (tirée au hasard…)."""
    genre: str = ""
    """Lieux : ce qu’ils sont tous, quand aucune colonne ne le dit (« école »)."""
    localisation: str = ""
    """Lieux : source qui donne la position de chaque identifiant, quand ce fichier ne l’a pas."""
    sur_demande: bool = False
    """Fichier lourd ou complémentaire : téléchargé si l’on demande son millésime, ou déposé."""
    motif_colonnes: str = ""
    """Expression régulière des colonnes attendues ; les autres sont signalées."""
    codes_secret: tuple[str, ...] = ("s", "ns", "nd", "c")
    codes_absent: tuple[str, ...] = ("so",)
    vide: StatutManquant = "absent"
    """Sens d’une cellule vide."""
    ligne_manquante: StatutManquant = "absent"
    """Sens d’un territoire sans ligne."""
    lignes_agregees: tuple[str, ...] = ()
    """Codes qui sont des ensembles et non des territoires."""
    ligne_ensemble: str = ""
    """Celui de ces codes qui porte l’ensemble des QPV de France."""
    nom_exige: str = ""
    """Expression régulière du nom de fichier ou de membre, quand deux tables ont les mêmes colonnes."""
    motif_annee: str = ""
    """Expression régulière du nom (fichier, archive, dossier) dont un groupe est l’année, quand les
    colonnes ne la portent pas ; sans année dans le nom, ``millesime`` est présumé et c’est dit."""
    en_couche: bool = False
    """Vrai : le tableau est aussi diffusé comme couche géographique."""
    long: FormatLong | None = None
    incluse_dans: str = ""
    """Source dont l’archive contient aussi cette table."""
    compilation: bool = False
    """Vrai : reprise par un tiers, admise si on la dépose et qu’il n’y a pas lieu de chercher."""
    decalage_geographie: int | None = None
    """Géographie des codes moins millésime, en années, pour un millésime non déclaré."""
    rythme_publication: str = ""
    """Ce que l’on sait du rythme du producteur."""
    prochain_millesime: int | None = None
    """Millésime attendu ; vide si aucune parution n’est connue."""
    prochaine_parution: str = Field(default="", pattern=r"^(20\d\d(-(0[1-9]|1[0-2]))?)?$")
    """Quand il est attendu : année, ou année et mois (« 2026-10 »)."""
    telechargements: tuple[Telechargement, ...] = ()
    """Fichiers du producteur, un par millésime ; un de plus s’il existe par commune."""

    @model_validator(mode="after")
    def _coherence(self) -> Source:
        if self.type == "tableau" and (self.niveau is None or not self.colonne_code):
            raise ValueError("un tableau déclare « niveau » et « colonne_code »")
        if self.type == "contours" and self.role is None:
            raise ValueError("des contours déclarent « role »")
        if self.type == "lieux" and not {"code_commune", "identifiant"} & set(self.colonnes):
            raise ValueError("des lieux déclarent la colonne « code_commune » ou « identifiant »")
        if self.ligne_ensemble and self.ligne_ensemble not in self.lignes_agregees:
            raise ValueError("« ligne_ensemble » est l’une des « lignes_agregees »")
        if (self.prochain_millesime is None) != (not self.prochaine_parution):
            raise ValueError("« prochain_millesime » et « prochaine_parution » vont ensemble")
        cles = [(t.millesime, t.par_commune) for t in self.telechargements]
        doubles = sorted({c[0] for c in cles if cles.count(c) > 1})
        if doubles:
            raise ValueError(f"téléchargement déclaré deux fois pour {doubles}")
        return self

    @property
    def est_tabulaire(self) -> bool:
        """Vrai pour une table, de territoires ou de lieux ; faux pour une couche de contours."""
        return self.type != "contours"

    def diffuse_a(self, niveau: Niveau) -> bool:
        """Vrai si la source donne des chiffres à ce niveau."""
        return self.niveau == niveau or niveau in self.niveaux

    def citation(self, millesime: int | None) -> str:
        """Citation courte : « Insee, Filosofi 2021 »."""
        annee = f" {millesime}" if millesime else ""
        return f"{self.producteur}, {self.jeu}{annee}"


class Variable(_Modele):
    """Une grandeur élémentaire et les colonnes qui la portent dans chaque source.

    Pour une source, plusieurs formules sont des variantes essayées dans l’ordre, la
    première dont toutes les colonnes existent étant retenue ; « A + B » est une somme.
    """

    id: Texte
    libelle: Texte
    unite: UniteVariable
    depuis: int | None = None
    """Premier millésime qui porte ces colonnes, si le producteur a changé de définition."""
    jusque: int | None = None
    """Dernier millésime qui les porte."""
    sources: dict[str, tuple[str, ...]]

    @property
    def bornes(self) -> tuple[float, float]:
        """Plus petite et plus grande valeur possibles, selon l’unité."""
        return _BORNES.get(self.unite, (0.0, math.inf))

    @model_validator(mode="before")
    @classmethod
    def _listes(cls, brut: object) -> object:
        if not isinstance(brut, dict) or not isinstance(brut.get("sources"), dict):
            return brut
        formules = {s: (f,) if isinstance(f, str) else f for s, f in brut["sources"].items()}
        return {**brut, "sources": formules}

    def vaut_en(self, millesime: int) -> bool:
        """Vrai si la définition s’applique à ce millésime."""
        return (self.depuis or millesime) <= millesime <= (self.jusque or millesime)

    def sources_en_termes(self, source: str) -> tuple[tuple[str, ...], ...]:
        """Variantes de termes à sommer dans une source de lieux : genres, ou mesures."""
        return tuple(
            tuple(t.strip() for t in formule.split("+")) for formule in self.sources.get(source, ())
        )

    def formules(self, source: str, millesime: int | None) -> tuple[tuple[str, ...], ...]:
        """Variantes de colonnes à sommer, suffixe d’année résolu.

        Returns
        -------
        tuple of tuple of str
            Vide si la source ne porte pas la variable, ou pas ce millésime.
        """
        if millesime is not None and not self.vaut_en(millesime):
            return ()
        annee = "" if millesime is None else f"{millesime % 100:02d}"
        return tuple(
            tuple(c.strip() for c in formule.replace("{aa}", annee).split("+"))
            for formule in self.sources.get(source, ())
        )


class Indicateur(_Modele):
    """Un indicateur : sa définition, son calcul parmi une liste fermée, ses mots."""

    id: Texte
    libelle: Texte
    libelle_court: str = ""
    theme: Texte
    calcul: Calcul
    numerateur: tuple[str, ...] = ()
    denominateur: tuple[str, ...] = ()
    complement: bool = False
    """Vrai : l’indicateur est 100 % moins la part."""
    diffusee: str = ""
    """Variable qui porte la valeur déjà calculée par le producteur, là où il la diffuse."""
    quantiles: tuple[float, ...] = ()
    """Rang du quantile, ou rangs du haut et du bas d’un rapport."""
    enquete: Literal["principale", "complementaire", "exhaustive"] = "principale"
    tire_par_adresse: bool = False
    """Vrai si les logements d’une adresse partagent ce caractère : le recensement tire des adresses."""
    unite: Unite
    sens: Sens
    definition: Texte
    precaution: str = ""
    ruptures: dict[str, str] = Field(default_factory=dict)
    """Millésime → ce qui change à partir de lui."""
    page: Texte
    lecture: Texte
    """Phrase avec ``{valeur}`` : « {valeur} des habitants vivent sous le seuil »."""
    concernes: str = ""
    """Personnes de l’écart en nombre : « habitants sous le seuil de pauvreté »."""
    calage: str = ""
    """Modèle de calage qui estime l’indicateur dans un quartier non publié."""
    alignement: str = ""
    """Taux sur lequel aligner le mélange des IRIS d’un quartier non publié (quantiles)."""
    reference: Reference = Reference.VILLE
    """Référence montrée d’abord, si l’édition l’a."""
    ordre: int = 100

    @model_validator(mode="after")
    def _coherence(self) -> Indicateur:
        besoins = {
            "effectif": bool(self.numerateur),
            "densite": bool(self.numerateur),
            "part": bool(self.numerateur and self.denominateur),
            "rapport": bool(self.numerateur and self.denominateur),
            "taux_diffuse": bool(self.diffusee),
            "diffuse_seulement": bool(self.diffusee),
            "quantile": len(self.quantiles) == 1,
            "rapport_quantiles": len(self.quantiles) == 2,
            "pour_habitants": bool(self.numerateur) and self.unite in _FACTEURS,
            "mesure_lieux": len(self.numerateur) == 1 and not self.denominateur,
        }
        if not besoins[self.calcul]:
            raise ValueError(
                f"le calcul « {self.calcul} » demande d’autres clés (voir docs/methode.md)"
            )
        if self.alignement and self.calcul != "quantile":
            raise ValueError("« alignement » ne vaut que pour le calcul « quantile »")
        if self.complement and self.calcul != "part":
            raise ValueError("« complement » ne vaut que pour le calcul « part »")
        if "{valeur}" not in self.lecture:
            raise ValueError("« lecture » doit contenir {valeur}")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.id):
            raise ValueError("un identifiant s’écrit en minuscules sans accent, avec des _")
        return self

    @property
    def court(self) -> str:
        """Libellé court, ou le libellé."""
        return self.libelle_court or self.libelle

    @property
    def est_stock(self) -> bool:
        """Vrai pour un effectif : cercles proportionnels, jamais d’aplats."""
        return self.calcul == "effectif"

    @property
    def facteur(self) -> int:
        """Nombre d’habitants auquel un compte est rapporté (``pour_habitants``)."""
        return _FACTEURS[self.unite]

    @property
    def composantes(self) -> tuple[str, ...]:
        """Variables du numérateur et du dénominateur."""
        return tuple(dict.fromkeys((*self.numerateur, *self.denominateur)))

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables nécessaires au calcul, hors distribution des revenus."""
        return tuple(dict.fromkeys((*self.composantes, *filter(None, [self.diffusee]))))


class Theme(_Modele):
    """Un thème et son rang dans les écrans."""

    id: Texte
    libelle: Texte
    ordre: int


class Regles(_Modele):
    """Seuils et conventions de calcul, avec leur raison dans le fichier TOML."""

    part_couverte_min: float = Field(ge=0, le=1)
    purete_min: float = Field(ge=0, le=1)
    calage_purete_max: float = Field(ge=0, le=1)
    calage_part_connue_min: float = Field(ge=0, le=1)
    calage_surface_couverte_min: float = Field(ge=0, le=1)
    calage_largeur_max_points: float = Field(gt=0)
    calage_largeur_max_relative: float = Field(gt=0)
    alignement_erreur_forme: float = Field(ge=0, lt=1)
    plan_sondage_deff: float = Field(gt=0)
    plan_sondage_deff_adresses: float = Field(gt=0)
    plan_sondage_taux: float = Field(gt=0, le=1)
    plan_sondage_complementaire_petites: float = Field(gt=0, le=1)
    seuil_exhaustif_habitants: int
    niveau_intervalle: float = Field(gt=0, lt=1)
    poids_revenus: tuple[str, ...]
    """Variables qui pèsent les distributions, par ordre de préférence."""
    quantiles_diffuses: dict[str, float]
    """Variable de quantile → rang."""
    melange_erreur: dict[float, float]
    """Rang d’un quantile → erreur relative d’un mélange d’IRIS, au niveau de l’intervalle."""
    variable_gini: str
    indicateur_population: str = "population"
    """Indicateur dont la valeur est le dénominateur des « pour … habitants »."""
    pour_habitants_min: float = Field(default=200, ge=0)

    def erreur_de_melange(self, rang: float) -> float:
        """Erreur relative d’un quantile lu sur un mélange d’IRIS, interpolée entre les rangs mesurés."""
        mesures = sorted(self.melange_erreur.items())
        return float(np.interp(rang, [r for r, _ in mesures], [e for _, e in mesures]))

    def effet_de_plan(self, indicateur: Indicateur) -> float:
        """Perte de précision due au tirage d’adresses entières plutôt que de ménages."""
        return (
            self.plan_sondage_deff_adresses
            if indicateur.tire_par_adresse
            else self.plan_sondage_deff
        )

    """Habitants au-dessous desquels un compte ne leur est pas rapporté."""


class Catalogue(_Modele):
    """Tout ce qui est déclaré, indexé par identifiant."""

    sources: dict[str, Source]
    variables: dict[str, Variable]
    indicateurs: dict[str, Indicateur]
    themes: dict[str, Theme]
    regles: Regles
    inegalites: ReglesInegalites
    temps: ReglesTemps = ReglesTemps()
    """Quels millésimes se comparent (``temps.toml``)."""
    ensembles: Ensembles
    comparables: Comparables
    chiffres_nationaux: dict[str, ChiffreNational]
    empreinte: str
    """SHA-256 des fichiers TOML, écrit dans chaque édition."""

    def par_theme(self) -> dict[Theme, list[Indicateur]]:
        """Indicateurs rangés par thème, dans l’ordre d’affichage."""
        groupes: dict[Theme, list[Indicateur]] = {}
        for theme in sorted(self.themes.values(), key=lambda t: t.ordre):
            membres = [i for i in self.indicateurs.values() if i.theme == theme.id]
            if membres:
                groupes[theme] = sorted(membres, key=lambda i: (i.ordre, i.libelle))
        return groupes

    def diffusion(self, indicateur: Indicateur) -> dict[Niveau, tuple[int, ...]]:
        """Niveaux auxquels un producteur diffuse l’indicateur, et millésimes déclarés.

        Returns
        -------
        dict
            Niveau (IRIS, commune, quartier) → millésimes dont le fichier a une adresse, du plus
            ancien au plus récent ; vide si le fichier se dépose. Une reprise par un tiers n’est
            pas une diffusion.
        """
        trouves: dict[Niveau, tuple[int, ...]] = {}
        for niveau in _NIVEAUX_DIFFUSES:
            for variables in ((indicateur.diffusee,), indicateur.composantes):
                portees = [self._millesimes_de(v, niveau) for v in variables if v]
                if portees and all(p is not None for p in portees):
                    communs = set.intersection(*(p for p in portees if p is not None))
                    trouves[niveau] = tuple(sorted({*trouves.get(niveau, ()), *communs}))
        return trouves

    def diffusion_en_mots(self, indicateur: Indicateur) -> str:
        """« IRIS 2017-2022 ; quartier » : niveaux, et millésimes dont une adresse est déclarée."""
        morceaux = []
        for niveau, annees in self.diffusion(indicateur).items():
            etendue = ", ".join(map(str, annees))
            if len(annees) > 1 and annees == tuple(range(annees[0], annees[-1] + 1)):
                etendue = f"{annees[0]}-{annees[-1]}"
            morceaux.append(f"{_NIVEAUX_DIFFUSES[niveau]} {etendue}".strip())
        return " ; ".join(morceaux) or "aucun producteur"

    def _millesimes_de(self, variable: str, niveau: Niveau) -> set[int] | None:
        """Millésimes déclarés d’une variable à un niveau ; ``None`` si aucun producteur ne l’y diffuse."""
        declaree = self.variables[variable]
        sources = [
            s
            for s in map(self.sources.__getitem__, declaree.sources)
            if s.diffuse_a(niveau) and s.usage == "calcul" and not s.compilation
        ]
        if not sources:
            return None
        contenants = [self.sources[s.incluse_dans] if s.incluse_dans else s for s in sources]
        annees = {t.millesime for s in contenants for t in s.telechargements}
        return {a for a in annees if declaree.vaut_en(a)}

    def dernier_millesime(self, indicateur: Indicateur) -> int | None:
        """Millésime le plus récent qu’un producteur diffuse à l’IRIS ; à défaut, au-dessus."""
        diffusion = self.diffusion(indicateur)
        for niveau in ("iris", "commune", "qpv"):
            if annees := diffusion.get(niveau):
                return max(annees)
        return None

    def compte_des_lieux(self, indicateur: Indicateur) -> bool:
        """Vrai si l’indicateur se compte sur des équipements ou des établissements."""
        return bool(indicateur.composantes) and all(
            any(self.sources[s].type == "lieux" for s in self.variables[v].sources)
            for v in indicateur.composantes
        )

    def a_l_iris(self, indicateur: Indicateur) -> bool:
        """Vrai si une table par IRIS donne l’indicateur : un chiffre de quartier seul n’en décide pas."""
        return any(
            self.sources[s].niveau == "iris"
            for v in indicateur.variables
            for s in self.variables[v].sources
        )

    def variables_de(self, source: str) -> list[Variable]:
        """Variables que cette source peut porter."""
        return [v for v in self.variables.values() if source in v.sources]
