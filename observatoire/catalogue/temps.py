"""Règles du temps : quels millésimes se comparent, et depuis quand un chiffre est ancien.

Les règles sont dans ``temps.toml`` ; ce module les vérifie et les applique à deux années.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from observatoire.domaine import Comparabilite

if TYPE_CHECKING:
    from observatoire.catalogue.modeles import Catalogue, Indicateur

__all__ = ["Comparaison", "FamilleTemps", "RegleTemps", "ReglesTemps", "fautes_des_regles"]

Issue = Literal["annotee", "refusee"]
_PLACE = {Comparabilite.COMPARABLE: 0, Comparabilite.ANNOTEE: 1, Comparabilite.REFUSEE: 2}


class Comparaison(NamedTuple):
    """Issue de la comparaison de deux millésimes, et pourquoi."""

    issue: Comparabilite
    regles: tuple[str, ...] = ()
    """Identifiants des règles qui s’appliquent."""
    motif: str = ""
    """Phrases complètes ; vide si les deux millésimes sont comparables."""


class _Modele(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _Motif(_Modele):
    issue: Issue
    motif: str = Field(min_length=10, pattern=r"[.!]$")

    def ecrire(self, debut: int, fin: int) -> str:
        """Motif, années remplacées."""
        return self.motif.replace("{debut}", str(debut)).replace("{fin}", str(fin))


class RegleTemps(_Motif):
    """Une règle d’une famille ; toutes ses conditions doivent être vraies."""

    ecart_min: int | None = Field(default=None, ge=1)
    ecart_max: int | None = Field(default=None, ge=1)
    rupture: int | None = None
    millesime: int | None = None
    fin_min: int | None = None
    fin_max: int | None = None

    @model_validator(mode="after")
    def _coherence(self) -> RegleTemps:
        conditions = self.model_dump(exclude={"issue", "motif"}, exclude_none=True)
        if not conditions:
            raise ValueError("une règle a au moins une condition (ecart_max, rupture…)")
        for bas, haut in ((self.ecart_min, self.ecart_max), (self.fin_min, self.fin_max)):
            if bas is not None and haut is not None and bas > haut:
                raise ValueError(f"règle morte : aucune année n’est entre {bas} et {haut}")
        return self

    def concerne(self, debut: int, fin: int) -> bool:
        """Vrai si la règle s’applique à ces deux millésimes (``debut`` < ``fin``)."""
        ecart = fin - debut
        return (
            (self.ecart_min is None or ecart >= self.ecart_min)
            and (self.ecart_max is None or ecart <= self.ecart_max)
            and (self.rupture is None or debut < self.rupture <= fin)
            and (self.millesime is None or self.millesime in {debut, fin})
            and (self.fin_min is None or fin >= self.fin_min)
            and (self.fin_max is None or fin <= self.fin_max)
        )


class FamilleTemps(_Modele):
    """Sources dont les millésimes suivent les mêmes règles."""

    libelle: str = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    regles: dict[str, RegleTemps] = Field(default_factory=dict)


class _Sources(_Modele):
    sources: tuple[str, ...] = ()


class _RuptureIndicateur(_Modele):
    issue: Issue = "refusee"


class _Geographies(_Motif):
    issue: Issue = "refusee"
    motif: str = "Les deux chiffres sont publiés sur deux contours différents du quartier."
    sources: dict[str, int] = Field(default_factory=dict)


class _SansRegle(_Motif):
    issue: Issue = "annotee"
    motif: str = "Aucune règle de comparaison n’est déclarée pour cette source."


class _Qualite(_Modele):
    retard_annees: int = Field(default=3, ge=1)
    part_couverte_complete: float = Field(default=0.99, gt=0, le=1)


class ReglesTemps(_Modele):
    """Contenu de ``temps.toml``."""

    familles: dict[str, FamilleTemps] = Field(default_factory=dict)
    sources_mixtes: _Sources = _Sources()
    rupture_indicateur: _RuptureIndicateur = _RuptureIndicateur()
    sans_regle: _SansRegle = _SansRegle()
    geographies_qpv: _Geographies = _Geographies()
    qualite: _Qualite = _Qualite()

    def familles_de(self, catalogue: Catalogue, indicateur: Indicateur) -> tuple[str, ...]:
        """Familles dont une source porte une variable de l’indicateur."""
        sources = {s for v in indicateur.variables for s in catalogue.variables[v].sources}
        return tuple(f for f, d in self.familles.items() if not sources.isdisjoint(d.sources))

    def comparer(
        self, catalogue: Catalogue, indicateur: Indicateur, debut: int, fin: int
    ) -> Comparaison:
        """Dire si deux millésimes d’un indicateur se comparent.

        Parameters
        ----------
        catalogue : Catalogue
            Déclarations.
        indicateur : Indicateur
            Sa famille et ses ruptures propres.
        debut, fin : int
            Millésimes, ``debut`` avant ``fin``.

        Returns
        -------
        Comparaison
            L’issue la plus sévère des règles qui s’appliquent, et leurs motifs.
        """
        trouvees: list[tuple[Comparabilite, str, str]] = []
        familles = self.familles_de(catalogue, indicateur)
        for famille in familles:
            trouvees += [
                (Comparabilite(r.issue), nom, r.ecrire(debut, fin))
                for nom, r in self.familles[famille].regles.items()
                if r.concerne(debut, fin)
            ]
        for annee, texte in indicateur.ruptures.items():
            if debut < int(annee) <= fin:
                issue = Comparabilite(self.rupture_indicateur.issue)
                trouvees.append((issue, f"rupture_{annee}_de_l_indicateur", texte))
        if not familles:
            sans = self.sans_regle
            trouvees.append((Comparabilite(sans.issue), "sans_regle", sans.ecrire(debut, fin)))
        if not trouvees:
            return Comparaison(Comparabilite.COMPARABLE)
        issue = max((t[0] for t in trouvees), key=_PLACE.__getitem__)
        # Le refus n’a pas besoin des réserves qui l’accompagneraient.
        retenues = [t for t in trouvees if t[0] is issue]
        motifs = list(dict.fromkeys(t[2] for t in retenues))
        motif = motifs[0] if issue is Comparabilite.REFUSEE else " ".join(motifs)
        return Comparaison(issue, tuple(t[1] for t in retenues), motif)

    def geographies_par_citation(self, catalogue: Catalogue) -> Mapping[str, int]:
        """Producteur et jeu d’une source publiée par quartier → géographie de ses quartiers."""
        return {
            catalogue.sources[s].citation(None): annee
            for s, annee in self.geographies_qpv.sources.items()
        }


def fautes_des_regles(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Fautes de ``temps.toml`` confronté au catalogue : clé de la faute, et ce qui ne va pas.

    Une règle morte ne s’applique à aucun couple de millésimes : le fichier dit alors autre
    chose que ce que la personne croit.
    """
    temps, fautes = catalogue.temps, list[tuple[str, str]]()
    rangees: dict[str, str] = {}
    groupes = [(f"familles.{n}", f.sources) for n, f in temps.familles.items()]
    for cle, sources in (*groupes, ("sources_mixtes", temps.sources_mixtes.sources)):
        for source in sources:
            if source not in catalogue.sources:
                fautes.append((f"{cle}.sources", f"source inconnue « {source} »"))
            if source in rangees:
                fautes.append(
                    (f"{cle}.sources", f"« {source} » est déjà dans « {rangees[source]} »")
                )
            rangees[source] = cle
    for source in temps.geographies_qpv.sources:
        if source not in catalogue.sources or catalogue.sources[source].niveau != "qpv":
            fautes.append(
                (
                    "geographies_qpv.sources",
                    f"« {source} » n’est pas une source publiée par quartier",
                )
            )
    for indicateur in catalogue.indicateurs.values():
        noms = temps.familles_de(catalogue, indicateur)
        if len(noms) > 1:
            cites = " et ".join(noms)
            fautes.append(
                ("familles", f"l’indicateur « {indicateur.id} » est de {cites} à la fois")
            )
        fautes += [
            (f"{indicateur.id}.ruptures", f"« {annee} » n’est pas une année")
            for annee in indicateur.ruptures
            if not annee.isdigit()
        ]
    for nom, famille in temps.familles.items():
        fautes += _regles_mortes(catalogue, nom, famille)
    return fautes


def _regles_mortes(catalogue: Catalogue, nom: str, famille: FamilleTemps) -> list[tuple[str, str]]:
    declares = [catalogue.sources[s] for s in famille.sources if s in catalogue.sources]
    annees = {t.millesime for s in declares for t in s.telechargements}
    annees |= {s.millesime for s in declares if s.millesime is not None}
    annees |= {s.prochain_millesime for s in declares if s.prochain_millesime is not None}
    fautes = []
    for identifiant, regle in famille.regles.items():
        cle = f"familles.{nom}.regles.{identifiant}"
        if regle.millesime is not None and regle.millesime in annees:
            fautes.append((cle, f"{regle.millesime} est pourtant déclaré par une source"))
        if not annees:
            continue
        # L’année écartée, et la fenêtre que les dépôts peuvent ajouter, comptent comme possibles.
        premiere, derniere = min(annees) - _MARGE_ANNEES, max(annees) + 1
        possibles = range(premiere, derniere + 1)
        if not any(regle.concerne(d, f) for d in possibles for f in possibles if d < f):
            fautes.append((cle, "règle morte : aucun couple d’années ne la rencontre"))
    return fautes


_MARGE_ANNEES = 5
"""Un fichier ancien peut être déposé sans que son téléchargement soit déclaré."""
