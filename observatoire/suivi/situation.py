"""Les écarts d’un quartier à dire en premier, en phrases, avec ce que l’on sait de chacun."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from observatoire.cartes.quartier import phrase_quartier
from observatoire.catalogue.phares import INDICATEURS_PHARES
from observatoire.domaine import Verdict
from observatoire.indicateurs import dire_qualite
from observatoire.suivi.bilan import Bilan

__all__ = ["Constat", "constater"]


@dataclass(frozen=True, slots=True)
class Constat:
    """Un écart net, en une phrase sans point final."""

    texte: str
    indicateur: str
    millesime: int
    verdict: str
    qualite: str
    """Mot de la pastille ; vide pour une édition qui ne la connaît pas."""
    defavorable: bool


def constater(
    bilan: Bilan, quartier: str, *, nom: str = "", favorables: bool = True
) -> list[Constat]:
    """Écarts nets d’un quartier, un par thème : ceux des indicateurs phares, puis les plus grands.

    Un indicateur sans sens (ni favorable ni défavorable) et un quartier dont seules les bornes sont
    connues n’y sont pas : ils ne disent pas un besoin.

    Parameters
    ----------
    bilan : Bilan
        Tableaux du suivi.
    quartier : str
        Code du quartier.
    nom : str
        Nom que dit la phrase ; vide sous un titre qui le nomme déjà.
    favorables : bool
        Garder aussi les écarts favorables.
    """
    nets = bilan.lignes[
        (bilan.lignes["code_territoire"] == quartier)
        & (bilan.lignes["verdict"] == Verdict.ECART_NET.value)
        & ~bilan.lignes["bornes_seules"].astype(bool)
        & bilan.lignes["indicateur"].isin(bilan.indicateurs)
    ]
    # ``ecart_relatif`` est le rapport à la valeur de la ville : à 1, il n’y a pas d’écart.
    nets = nets.assign(
        phare=nets["indicateur"].isin(INDICATEURS_PHARES),
        taille=(nets["ecart_relatif"] - 1).abs(),
    ).sort_values(["phare", "taille", "indicateur"], ascending=[False, False, True], kind="stable")
    dits, vus = list[Constat](), set[str]()
    for constat in _dire(bilan, nets, nom):
        theme = bilan.indicateurs[constat.indicateur].theme
        if theme not in vus and (favorables or constat.defavorable):
            vus.add(theme)
            dits.append(constat)
    return dits


def _dire(bilan: Bilan, nets: pd.DataFrame, nom: str) -> Iterator[Constat]:
    for ligne in nets.to_dict("records"):
        hausse_defavorable = bilan.defavorables[str(ligne["indicateur"])]
        if hausse_defavorable is None or _ne_se_dit_pas(bilan, ligne):
            continue
        phrase = _phrase(bilan, ligne, nom)
        if phrase:
            yield Constat(
                texte=phrase,
                indicateur=str(ligne["indicateur"]),
                millesime=int(ligne["millesime"]),
                verdict=str(ligne["verdict"]),
                qualite=dire_qualite(ligne.get("qualite", ""))[0],
                defavorable=(float(ligne["ecart"]) > 0) == hausse_defavorable,
            )


def _ne_se_dit_pas(bilan: Bilan, ligne: dict[Any, Any]) -> bool:
    """Vrai de ce qui ne dit pas un besoin des habitants.

    Une densité d’équipements nulle (« 0,0 bibliothèque ») se dit mieux dans la couverture ; la dispersion
    entre les établissements d’un quartier, qui n’en a souvent qu’un ou deux, ne décrit que ceux-là.
    """
    indicateur = bilan.indicateurs[str(ligne["indicateur"])]
    if indicateur.calcul == "mesure_lieux":
        return True
    return indicateur.unite.startswith("pour_") and round(float(ligne["valeur"]), 1) == 0


def _phrase(bilan: Bilan, ligne: dict[Any, Any], nom: str) -> str:
    return phrase_quartier(
        nom,
        bilan.indicateurs[str(ligne["indicateur"])],
        valeur=float(ligne["valeur"]),
        ecart=float(ligne["ecart"]),
        verdict=str(ligne["verdict"]),
        statut=str(ligne["statut"]),
        reference="ville",
        borne_basse=float(ligne["borne_basse"]),
        borne_haute=float(ligne["borne_haute"]),
        methode=str(ligne["methode"]),
    )
