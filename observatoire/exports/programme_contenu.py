"""Ce que dit le programme d’actions, quartier par quartier, avant d’être un PDF.

Les montants viennent du suivi, les chiffres de l’édition ; rien n’est calculé ici.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from observatoire.cartes.francais import typographier
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.exports.choix import Choix, lire_choix
from observatoire.exports.lignes import Chiffre, lire_chiffre, references_de
from observatoire.exports.profils import echelle_commune
from observatoire.redaction import INSECABLE, ecrire_nom, ecrire_nombre, ecrire_valeur
from observatoire.suivi.bilan import Bilan
from observatoire.suivi.modeles import VILLE_ENTIERE, Action, Note
from observatoire.suivi.phrases import (
    citer_ecarts,
    dire_actions,
    dire_periode,
    ecrire_euros,
    euros_courts,
    euros_par_habitant,
    montants_inconnus,
)
from observatoire.suivi.situation import Constat, constater

__all__ = [
    "ActionEcrite",
    "Effort",
    "Moyens",
    "PageQuartier",
    "composer_quartiers",
    "lignes_de_moyens",
]

_BESOINS_MAX, _ATOUTS_MAX = 5, 2
_MONTANTS = ("demande_c", "accorde_c", "verse_c")


@dataclass(frozen=True, slots=True)
class Moyens:
    """Une ligne du tableau des moyens ; ``est_total`` pour la dernière."""

    titre: str
    sous_titre: str
    montants: tuple[str, str, str]
    """Demandé, accordé, versé."""
    est_total: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """Un indicateur visé : l’écart d’un côté, l’effort de l’autre."""

    libelle: str
    chiffre: Chiffre
    echelle: tuple[float, float]
    actions: int
    accorde: str
    par_habitant: str


@dataclass(frozen=True, slots=True)
class ActionEcrite:
    """Une action, vue d’un quartier."""

    intitule: str
    porteur: str
    axe: str
    etat: str
    en_retard: bool
    fin: str
    part: str
    accorde: str


@dataclass(frozen=True, slots=True)
class PageQuartier:
    """Tout ce que le programme dit d’un quartier."""

    code: str
    nom: str
    habitants: str
    message: str
    besoins: tuple[Constat, ...]
    atouts: tuple[Constat, ...]
    efforts: tuple[Effort, ...]
    actions: tuple[ActionEcrite, ...]
    actions_ville: tuple[ActionEcrite, ...]
    """Actions de la ville entière : elles concernent aussi le quartier, sans montant pour lui."""
    moyens: tuple[Moyens, ...]
    a_des_ecarts: bool
    """Vrai si au moins un grand écart est établi."""
    couverture: str
    """Phrase dite quand aucun grand écart n’est sans action."""
    sans_action: tuple[tuple[str, str], ...]
    """Thème, et ses grands écarts, qu’aucune action en cours ou prévue ne vise."""
    sans_ecart: tuple[str, ...]
    """Thèmes d’une action sans grand écart établi."""
    paroles: tuple[Note, ...]


def composer_quartiers(
    bilan: Bilan,
    edition: Edition,
    catalogue: Catalogue,
    quartiers: Sequence[str],
    *,
    annee: int | None = None,
) -> tuple[PageQuartier, ...]:
    """Composer la page de chaque quartier.

    Parameters
    ----------
    bilan : Bilan
        Programme joint à la même édition.
    edition : Edition
        Édition protégée d’une ville.
    catalogue : Catalogue
    quartiers : sequence of str
        Codes, dans l’ordre voulu.
    annee : int, optional
        Une seule année de financement ; toutes sinon.
    """
    efforts = {str(r["quartier"]): dict(r) for r in bilan.par_quartier(annee).to_dict("records")}
    effort_par_cible = bilan.besoin_et_effort(annee)
    couverture = bilan.couverture()
    chiffres = _Chiffres(edition, catalogue)
    return tuple(
        _quartier(bilan, code, annee, efforts[code], effort_par_cible, couverture, chiffres)
        for code in quartiers
    )


class _Chiffres:
    """Chiffres des quartiers de l’édition, au millésime le plus récent."""

    def __init__(self, edition: Edition, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.lignes = lire_choix(edition, catalogue, Choix()).lignes.set_index(
            ["code_territoire", "indicateur"]
        )
        self.references = references_de(edition, edition.code_commune)

    def lire(self, code: str, indicateur: str) -> Chiffre | None:
        """Chiffre d’un quartier ; ``None`` si l’édition n’a cet indicateur pour aucun quartier."""
        if indicateur not in self.lignes.index.get_level_values("indicateur"):
            return None
        declare = self.catalogue.indicateurs[indicateur]
        return lire_chiffre(self.lignes, code, declare, self.references, reference="ville")


def _quartier(
    bilan: Bilan,
    code: str,
    annee: int | None,
    effort: dict[Any, Any],
    effort_par_cible: pd.DataFrame,
    couverture: pd.DataFrame,
    chiffres: _Chiffres,
) -> PageQuartier:
    siennes = [a for a in bilan.programme.actions if code in a.parts]
    communes = [a for a in bilan.programme.actions if set(a.parts) == {VILLE_ENTIERE}]
    constats = constater(bilan, code)
    sienne = couverture[couverture["quartier"] == code]
    habitants = bilan.population(code)
    a_des_ecarts = bool(sienne["grands_ecarts"].map(bool).any())
    return PageQuartier(
        code=code,
        nom=ecrire_nom(bilan.noms[code]),
        habitants="" if habitants is None else ecrire_valeur(habitants, "personnes"),
        message=_message(bilan, siennes, effort, annee),
        besoins=tuple(c for c in constats if c.defavorable)[:_BESOINS_MAX],
        atouts=tuple(c for c in constats if not c.defavorable)[:_ATOUTS_MAX],
        efforts=_efforts(code, effort_par_cible, chiffres),
        actions=_actions(bilan, siennes, code, annee),
        actions_ville=_actions(bilan, communes, VILLE_ENTIERE, annee),
        moyens=lignes_de_moyens(bilan, annee, quartier=code),
        a_des_ecarts=a_des_ecarts,
        couverture=_dire_couverture(bilan, a_des_ecarts=a_des_ecarts),
        sans_action=tuple(
            (r["libelle"], citer_ecarts(r["grands_ecarts"]))
            for r in sienne[sienne["constat"] == "sans action"].to_dict("records")
        ),
        sans_ecart=tuple(
            sienne.loc[sienne["constat"] == "action sans grand écart établi", "libelle"]
        ),
        # Un programme imprimé circule : seules les paroles dont la publication est consentie.
        paroles=tuple(n for n in bilan.programme.public().notes if n.quartier == code),
    )


def _dire_couverture(bilan: Bilan, *, a_des_ecarts: bool) -> str:
    if not a_des_ecarts:
        phrase = (
            "Aucun grand écart n’est établi pour ce quartier : cela ne dit pas qu’il n’y en a pas."
        )
    elif not bilan.programme.actions:
        phrase = "Sans action saisie, on ne sait pas quels grands écarts sont visés."
    elif bilan.programme.partiel:
        phrase = "Les grands écarts qu’aucune action ne vise ne se déduisent pas des seules actions publiques."
    else:
        phrase = "Chaque grand écart établi est visé par au moins une action en cours ou prévue."
    return typographier(phrase)


def _message(
    bilan: Bilan, siennes: Sequence[Action], effort: dict[Any, Any], annee: int | None
) -> str:
    """« 6 actions, dont 2 en retard : 340 000 € accordés de 2024 à 2026, soit 45 € par habitant et par an »."""
    if not bilan.programme.actions:
        return f"Aucune {dire_actions(bilan, 1)} n’est encore suivie"
    if not siennes:
        return f"Aucune {dire_actions(bilan, 1)} du contrat de ville ne vise ce quartier en particulier"
    retards = sum(a.en_retard(bilan.jour) for a in siennes)
    texte = f"{len(siennes)}{INSECABLE}{dire_actions(bilan, len(siennes))}"
    if retards:
        texte += f", dont {retards} en retard"
    if pd.isna(effort["accorde_c"]):
        return typographier(f"{texte} ; montants accordés non connus")
    inconnus = montants_inconnus(bilan, annee, str(effort["quartier"]))
    montant = euros_courts(effort["accorde_c"], inconnus=inconnus)
    texte += f" : {montant} accordés {dire_periode(bilan, annee)}"
    if not pd.isna(effort["euros_par_habitant"]):
        par_habitant = euros_par_habitant(effort["euros_par_habitant"])
        texte += f", soit {par_habitant} par habitant et par an"
    return typographier(texte)


def _efforts(code: str, effort_par_cible: pd.DataFrame, chiffres: _Chiffres) -> tuple[Effort, ...]:
    if effort_par_cible.empty:
        return ()
    efforts = []
    for r in effort_par_cible[effort_par_cible["quartier"] == code].to_dict("records"):
        chiffre = chiffres.lire(code, str(r["indicateur"]))
        if chiffre is None:
            continue
        efforts.append(
            Effort(
                libelle=chiffres.catalogue.indicateurs[str(r["indicateur"])].court,
                chiffre=chiffre,
                echelle=echelle_commune([chiffre]),
                actions=int(r["actions"]),
                accorde=ecrire_euros(r["accorde_c"], inconnus=int(r["accords_inconnus"])),
                par_habitant=euros_par_habitant(r["euros_par_habitant"]),
            )
        )
    return tuple(efforts)


def _actions(
    bilan: Bilan, actions: Sequence[Action], quartier: str, annee: int | None
) -> tuple[ActionEcrite, ...]:
    """Actions d’un quartier, celles en retard d’abord, puis par axe."""
    sommes = bilan.sommes("identifiant", "quartier", annee=annee)
    inconnus = bilan.inconnus("identifiant", "quartier", annee=annee)
    cles = ["identifiant", "quartier"]
    accordes = sommes.merge(inconnus, on=cles, validate="one_to_one", suffixes=("", "_inconnus"))
    par_action = accordes[accordes["quartier"] == quartier].set_index("identifiant")
    ordre = sorted(
        actions, key=lambda a: (not a.en_retard(bilan.jour), a.axe, a.intitule, a.identifiant)
    )
    return tuple(
        ActionEcrite(
            intitule=a.intitule,
            porteur=a.porteur,
            axe=a.axe,
            etat=a.etat.libelle,
            en_retard=a.en_retard(bilan.jour),
            fin="" if a.fin is None else f"{a.fin:%m/%Y}",
            part=_part(a.parts.get(quartier, 0)),
            accorde=_accorde(par_action, a.identifiant),
        )
        for a in ordre
    )


def _part(centiemes: int) -> str:
    decimales = 0 if centiemes % 100 == 0 else 1
    return typographier(f"{ecrire_nombre(centiemes / 100, decimales)} %")


def _accorde(par_action: pd.DataFrame, identifiant: str) -> str:
    if identifiant not in par_action.index:
        return "non financée"
    inconnus = int(par_action["accorde_c_inconnus"][identifiant])
    return ecrire_euros(par_action["accorde_c"][identifiant], inconnus=inconnus)


def lignes_de_moyens(
    bilan: Bilan, annee: int | None, *, quartier: str | None = None
) -> tuple[Moyens, ...]:
    """Montants par année et financeur, puis leur total ; vide sans financement.

    Parameters
    ----------
    bilan : Bilan
    annee : int, optional
        Une seule année ; toutes sinon.
    quartier : str, optional
        Part d’un quartier ; toute la ville sinon.
    """
    fines = _montants_de(bilan, ("annee", "financeur"), annee, quartier)
    if fines.empty:
        return ()
    lignes = [
        Moyens(str(int(r["annee"])), str(r["financeur"]), _ecrire(r))
        for r in fines.to_dict("records")
    ]
    total: dict[Any, Any] = {m: fines[m].sum(min_count=1) for m in _MONTANTS}
    total |= {f"{m}_inconnus": int(fines[f"{m}_inconnus"].sum()) for m in _MONTANTS}
    return (*lignes, Moyens("Total", "", _ecrire(total), est_total=True))


def _montants_de(
    bilan: Bilan, cles: tuple[str, ...], annee: int | None, quartier: str | None
) -> pd.DataFrame:
    toutes = [*cles, "quartier"] if quartier else list(cles)
    table = bilan.sommes(*toutes, annee=annee).merge(
        bilan.inconnus(*toutes, annee=annee),
        on=toutes,
        validate="one_to_one",
        suffixes=("", "_inconnus"),
    )
    return table[table["quartier"] == quartier] if quartier else table


def _ecrire(ligne: dict[Any, Any]) -> tuple[str, str, str]:
    demande, accorde, verse = (
        ecrire_euros(ligne[m], inconnus=int(ligne[f"{m}_inconnus"])) for m in _MONTANTS
    )
    return demande, accorde, verse
