"""Le programme face aux indicateurs : montants, effort par habitant, couverture, freins communs.

Le besoin et l’effort sont mis côte à côte ; rien n’y dit que l’un cause l’autre.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Statut, TypeTerritoire, Verdict
from observatoire.editions import Edition
from observatoire.indicateurs import joindre_ecarts
from observatoire.suivi.configuration import Reglages
from observatoire.suivi.lecture import Vocabulaire
from observatoire.suivi.modeles import VILLE_ENTIERE, Action, Etat, Programme, partager

__all__ = ["PHRASE_PRUDENCE", "Bilan", "etablir_bilan", "vocabulaire_de"]

PART_GRAND_ECART = 0.25
"""Un écart est dit grand s’il est net, défavorable, et d’au moins un quart de la valeur de la ville."""
PHRASE_PRUDENCE = (
    "Le besoin et l’effort sont mis côte à côte : ces chiffres ne disent pas qu’une action a causé un changement. "
    "Un quartier reçoit aussi des moyens de droit commun, qui ne sont pas comptés ici."
)
PHRASE_PARTIELLE = "Seules les actions marquées publiques sont comptées : le programme en a d’autres, qui ne sont pas montrées ici."
_MONTANTS = ["demande_c", "accorde_c", "verse_c"]
_CLES_MONTANTS = ["identifiant", "axe", "theme", "indicateur", "annee", "financeur", "quartier"]


def vocabulaire_de(
    edition: Edition, catalogue: Catalogue, reglages: Reglages | None = None
) -> Vocabulaire:
    """Quartiers de l’édition, indicateurs et thèmes du catalogue."""
    qpv = edition.couches["qpv"].set_index("code_territoire")["nom"].sort_index()
    return Vocabulaire(
        quartiers={str(c): str(n) for c, n in qpv.items()},
        indicateurs={i.id: i.theme for i in catalogue.indicateurs.values()},
        libelles={i.id: i.libelle for i in catalogue.indicateurs.values()},
        themes={t.id: t.libelle for t in sorted(catalogue.themes.values(), key=lambda t: t.ordre)},
        reglages=reglages or Reglages(),
    )


@dataclass
class Bilan:
    """Tableaux du suivi d’une ville à un jour donné."""

    programme: Programme
    jour: dt.date
    noms: dict[str, str]
    """Quartier → nom ; ``VILLE`` → « Ville entière »."""
    lignes: pd.DataFrame
    """Dernière valeur de chaque indicateur par quartier, et son écart à la ville."""
    defavorables: dict[str, bool | None]
    """Indicateur → vrai si une hausse est défavorable ; ``None`` s’il est neutre."""
    themes: dict[str, str]
    libelles: dict[str, str]
    indicateurs: Mapping[str, Indicateur] = field(default_factory=dict)
    """Déclarations du catalogue."""

    @property
    def se_voit_en_entier(self) -> bool:
        """Vrai si l’absence d’une action se déduit : le programme est saisi, et rien n’en est caché."""
        return bool(self.programme.actions) and not self.programme.partiel

    @property
    def prudence(self) -> str:
        """Ce que ces tableaux ne disent pas."""
        return (
            f"{PHRASE_PARTIELLE} {PHRASE_PRUDENCE}" if self.programme.partiel else PHRASE_PRUDENCE
        )

    @cached_property
    def montants(self) -> pd.DataFrame:
        """Une ligne par action, année, financeur et quartier ; centimes, inconnus vides.

        La somme d’un montant sur ses quartiers est ce montant, au centime près.
        """
        lignes = [
            {
                "identifiant": action.identifiant,
                "axe": action.axe,
                "theme": action.theme,
                "indicateur": action.indicateur,
                "annee": f.annee,
                "financeur": f.financeur,
                "quartier": quartier,
                **{
                    nom: None if total is None else partager(total, action.parts)[quartier]
                    for nom, total in zip(
                        _MONTANTS, (f.demande_c, f.accorde_c, f.verse_c), strict=True
                    )
                },
            }
            for action in self.programme.actions
            for f in action.financements
            for quartier in action.parts
        ]
        table = pd.DataFrame(lignes, columns=[*_CLES_MONTANTS, *_MONTANTS])
        return table.astype(dict.fromkeys(_MONTANTS, "Int64"))

    def sommes(self, *cles: str, annee: int | None = None) -> pd.DataFrame:
        """Montants additionnés par clés ; une somme d’inconnus reste inconnue.

        Parameters
        ----------
        *cles : str
            Parmi ``quartier, axe, financeur, annee, theme, indicateur``.
        annee : int, optional
            Une seule année.
        """
        table = self.montants if annee is None else self.montants[self.montants["annee"] == annee]
        return table.groupby(list(cles), sort=True)[_MONTANTS].sum(min_count=1).reset_index()

    def inconnus(self, *cles: str, annee: int | None = None) -> pd.DataFrame:
        """Nombre de montants non connus, par clés : la somme de :meth:`sommes` est alors un minimum.

        Un financement partagé entre deux quartiers compte une fois, sauf par quartier.

        Parameters
        ----------
        *cles, annee
            Ceux de :meth:`sommes`.
        """
        table = self.montants if annee is None else self.montants[self.montants["annee"] == annee]
        financements = table.drop_duplicates(list({"identifiant", "annee", "financeur", *cles}))
        vides = financements.assign(**{m: financements[m].isna() for m in _MONTANTS})
        return vides.groupby(list(cles), sort=True)[_MONTANTS].sum().reset_index()

    @property
    def annees(self) -> list[int]:
        """Années financées, la plus récente d’abord."""
        return sorted({int(a) for a in self.montants["annee"]}, reverse=True)

    def population(self, quartier: str) -> float | None:
        """Habitants d’un quartier : chiffre publié ou estimé ; ``None`` s’il n’est pas connu."""
        ligne = self._valeur(quartier, "population")
        return None if ligne is None or ligne["bornes_seules"] else float(ligne["valeur"])

    def par_quartier(self, annee: int | None = None) -> pd.DataFrame:
        """Effort par quartier : actions, montants, habitants, euros accordés par habitant et par an.

        Returns
        -------
        pandas.DataFrame
            ``quartier, nom, actions, demande_c, accorde_c, verse_c, habitants, euros_par_habitant`` ;
            plusieurs années sont ramenées à une moyenne annuelle pour les euros par habitant.
        """
        sommes = self.sommes("quartier", annee=annee).set_index("quartier")
        nombre_annees = 1 if annee is not None else max(len(self.annees), 1)
        lignes = []
        for quartier, nom in self.noms.items():
            siennes = [a for a in self.programme.actions if quartier in a.parts]
            if not siennes and quartier == VILLE_ENTIERE:
                continue
            # Sans aucune action, le programme ne lui accorde rien : c’est un vrai zéro, si l’on voit tout.
            defaut = pd.NA if siennes or not self.se_voit_en_entier else 0
            montants = {m: sommes[m].get(quartier, defaut) for m in _MONTANTS}
            habitants = None if quartier == VILLE_ENTIERE else self.population(quartier)
            accorde = montants["accorde_c"]
            effort = None
            if habitants and not pd.isna(accorde):
                effort = int(accorde) / 100 / habitants / nombre_annees
            lignes.append(
                {
                    "quartier": quartier, "nom": nom, "actions": len(siennes), **montants,
                    "habitants": habitants, "euros_par_habitant": effort,
                }
            )  # fmt: skip
        colonnes = ["quartier", "nom", "actions", *_MONTANTS, "habitants", "euros_par_habitant"]
        return pd.DataFrame(lignes, columns=colonnes)

    def besoin_et_effort(self, annee: int | None = None) -> pd.DataFrame:
        """Par quartier et indicateur visé : l’écart à la ville, et l’effort qui le vise.

        Returns
        -------
        pandas.DataFrame
            ``quartier, nom, indicateur, libelle, valeur, ecart, bornes_ecart, verdict, statut, millesime, actions,
            accorde_c, accords_inconnus, euros_par_habitant`` ; une ligne sans écart connu le dit par des vides.
        """
        table = self.montants if annee is None else self.montants[self.montants["annee"] == annee]
        sommes = table.groupby(["quartier", "indicateur"])["accorde_c"].sum(min_count=1)
        inconnus = self.inconnus("quartier", "indicateur", annee=annee).set_index(
            ["quartier", "indicateur"]
        )["accorde_c"]
        nombre_annees = 1 if annee is not None else max(len(self.annees), 1)
        vises = sorted(
            {(q, a.indicateur) for a in self.programme.actions if a.indicateur for q in a.parts}
        )
        lignes = []
        for quartier, indicateur in vises:
            if quartier == VILLE_ENTIERE or quartier not in self.noms:
                continue
            ligne = self._valeur(quartier, indicateur)
            muette = (
                ligne is None
                or ligne["bornes_seules"]
                or ligne["verdict"] == Verdict.NON_INTERPRETABLE.value
            )
            accorde = sommes.get((quartier, indicateur), pd.NA)
            habitants = self.population(quartier)
            siennes = [
                a
                for a in self.programme.actions
                if a.indicateur == indicateur and quartier in a.parts
            ]
            lignes.append(
                {
                    "quartier": quartier,
                    "nom": self.noms[quartier],
                    "indicateur": indicateur,
                    "libelle": self.libelles.get(indicateur, indicateur),
                    "valeur": None if muette else float(ligne["valeur"]),  # type: ignore[index]
                    "ecart": None if muette else float(ligne["ecart"]),  # type: ignore[index]
                    "bornes_ecart": _bornes(ligne),
                    "verdict": "" if ligne is None else str(ligne["verdict"]),
                    "statut": Statut.ABSENT.value if ligne is None else str(ligne["statut"]),
                    "millesime": None if ligne is None else int(ligne["millesime"]),
                    "actions": len(siennes),
                    "accorde_c": accorde,
                    "accords_inconnus": int(inconnus.get((quartier, indicateur), 0)),
                    "euros_par_habitant": int(accorde) / 100 / habitants / nombre_annees
                    if habitants and not pd.isna(accorde)
                    else None,
                }
            )
        return pd.DataFrame(lignes)

    def avancement(self) -> dict[str, list[Action]]:
        """Actions par état ; celles en retard sont à part."""
        groupes: dict[str, list[Action]] = {
            "en_retard": [], **{e.value: [] for e in (Etat.EN_COURS, Etat.PREVUE, Etat.TERMINEE, Etat.ABANDONNEE)}
        }  # fmt: skip
        for action in self.programme.actions:
            cle = "en_retard" if action.en_retard(self.jour) else action.etat.value
            groupes[cle].append(action)
        return groupes

    def couverture(self) -> pd.DataFrame:
        """Par quartier et thème : grands écarts, et actions en cours ou prévues.

        Returns
        -------
        pandas.DataFrame
            ``quartier, nom, theme, libelle, grands_ecarts`` (libellés), ``actions`` (nombre),
            ``constat`` : « sans action » (jamais d’un programme partiel), « couvert », « action sans grand
            écart établi » ou vide. Une part
            « ville entière » compte pour chaque quartier.
        """
        vives = [a for a in self.programme.actions if a.etat in {Etat.EN_COURS, Etat.PREVUE}]
        lignes = []
        for quartier in (q for q in self.noms if q != VILLE_ENTIERE):
            grands = self._grands_ecarts(quartier)
            for theme, libelle in self.themes.items():
                siens = [self.libelles[i] for i in grands if self.indicateurs[i].theme == theme]
                nombre = sum(
                    a.theme == theme and (quartier in a.parts or VILLE_ENTIERE in a.parts)
                    for a in vives
                )
                lignes.append(
                    {
                        "quartier": quartier, "nom": self.noms[quartier], "theme": theme,
                        "libelle": libelle, "grands_ecarts": siens, "actions": nombre,
                        "constat": self._constat(bool(siens), nombre > 0),
                    }
                )  # fmt: skip
        return pd.DataFrame(lignes)

    def communs(self, champ: str, *, parmi: Set[str] | None = None) -> pd.DataFrame:
        """Freins ou leviers cités dans plusieurs quartiers.

        Parameters
        ----------
        champ : {"freins", "leviers"}
        parmi : set of str, optional
            Seulement les actions qui visent l’un de ces quartiers ; toutes sinon.

        Returns
        -------
        pandas.DataFrame
            ``etiquette, quartiers`` (noms), ``actions`` (nombre), des plus partagés aux moins partagés.
        """
        cites: dict[str, tuple[str, set[str], int]] = {}
        retenues = [a for a in self.programme.actions if parmi is None or parmi & set(a.parts)]
        for action in retenues:
            for etiquette in getattr(action, champ):
                nom, quartiers, nombre = cites.get(etiquette.casefold(), (etiquette, set(), 0))
                siens = {q for q in action.parts if q != VILLE_ENTIERE}
                cites[etiquette.casefold()] = (nom, quartiers | siens, nombre + 1)
        lignes = [
            {
                "etiquette": nom,
                "quartiers": sorted(self.noms.get(q, q) for q in quartiers),
                "actions": nombre,
            }
            for nom, quartiers, nombre in cites.values()
            if len(quartiers) > 1
        ]
        lignes.sort(key=lambda r: (-len(r["quartiers"]), -int(r["actions"]), str(r["etiquette"])))  # type: ignore[arg-type, call-overload]
        return pd.DataFrame(lignes, columns=["etiquette", "quartiers", "actions"])

    def actions_de(self, quartier: str) -> list[Action]:
        """Actions qui visent un quartier, celles de la ville entière comprises."""
        return [
            a for a in self.programme.actions if quartier in a.parts or VILLE_ENTIERE in a.parts
        ]

    def _constat(self, grand: bool, action: bool) -> str:
        if grand and not action:
            # Une action que l’on ne montre pas vise peut-être cet écart.
            return "sans action" if self.se_voit_en_entier else ""
        if grand:
            return "couvert"
        return "action sans grand écart établi" if action else ""

    def _valeur(self, quartier: str, indicateur: str) -> pd.Series | None:
        siennes = self.lignes[
            (self.lignes["code_territoire"] == quartier) & (self.lignes["indicateur"] == indicateur)
        ]
        connues = siennes[siennes["valeur"].notna()]
        return connues.iloc[0] if len(connues) else None

    def _grands_ecarts(self, quartier: str) -> list[str]:
        siennes = self.lignes[
            (self.lignes["code_territoire"] == quartier)
            & (self.lignes["verdict"] == Verdict.ECART_NET.value)
        ]
        grands = []
        for indicateur, ecart, relatif in siennes[
            ["indicateur", "ecart", "ecart_relatif"]
        ].itertuples(index=False):
            hausse_defavorable = self.defavorables.get(str(indicateur))
            if hausse_defavorable is None or pd.isna(relatif):
                continue
            defavorable = (ecart > 0) == hausse_defavorable
            # ``ecart_relatif`` est le rapport à la valeur de la ville.
            if defavorable and abs(float(relatif) - 1) >= PART_GRAND_ECART:
                grands.append(str(indicateur))
        return grands


def _bornes(ligne: pd.Series | None) -> tuple[float, float] | None:
    """Bornes de l’écart quand elles seules sont connues, et qu’elles disent quelque chose."""
    if ligne is None or not ligne["bornes_seules"]:
        return None
    if ligne["verdict"] == Verdict.NON_INTERPRETABLE.value:
        return None
    return float(ligne["ecart_borne_basse"]), float(ligne["ecart_borne_haute"])


def etablir_bilan(
    programme: Programme, edition: Edition, catalogue: Catalogue, *, jour: dt.date | None = None
) -> Bilan:
    """Joindre un programme aux derniers chiffres d’une édition.

    Parameters
    ----------
    programme : Programme
        Actions et paroles de la ville.
    edition : Edition
        Édition de la même ville.
    catalogue : Catalogue
    jour : datetime.date, optional
        Jour auquel une action est en retard ; aujourd’hui par défaut.
    """
    table = joindre_ecarts(edition.resultats, edition.ecarts)
    table = table[table["type_territoire"] == TypeTerritoire.QPV.value]
    derniers = table.sort_values("millesime").drop_duplicates(
        ["code_territoire", "indicateur"], keep="last"
    )
    vocabulaire = vocabulaire_de(edition, catalogue)
    utilises = {q for a in programme.actions for q in a.parts}
    noms = dict(vocabulaire.quartiers)
    # Un quartier d’une ancienne géographie reste nommé par son code, et ses montants ne disparaissent pas.
    noms |= {q: q for q in sorted(utilises - set(noms) - {VILLE_ENTIERE})}
    noms[VILLE_ENTIERE] = "Ville entière"
    return Bilan(
        programme=programme,
        jour=jour or dt.datetime.now(dt.UTC).date(),
        noms=noms,
        lignes=derniers,
        defavorables={i.id: _hausse_defavorable(i.sens) for i in catalogue.indicateurs.values()},
        themes=_themes_suivis(catalogue, edition, programme.actions),
        libelles={i.id: i.libelle for i in catalogue.indicateurs.values()},
        indicateurs=catalogue.indicateurs,
    )


def _themes_suivis(
    catalogue: Catalogue, edition: Edition, actions: Sequence[Action]
) -> dict[str, str]:
    presents = {
        catalogue.indicateurs[i].theme
        for i in edition.manifeste["millesimes"]
        if i in catalogue.indicateurs
    }
    presents |= {a.theme for a in actions}
    ordre = sorted(catalogue.themes.values(), key=lambda t: t.ordre)
    return {t.id: t.libelle for t in ordre if t.id in presents}


def _hausse_defavorable(sens: str) -> bool | None:
    return {"defavorable_si_hausse": True, "favorable_si_hausse": False}.get(sens)
