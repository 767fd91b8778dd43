"""Profil d’un quartier : quelques phrases, puis une ligne de points par indicateur."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from observatoire.cartes.francais import enumerer, typographier
from observatoire.cartes.quartier import phrase_quartier
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Statut
from observatoire.exports.lignes import Chiffre, lire_chiffre
from observatoire.exports.phrases import dire_ecart_en_nombre
from observatoire.exports.texte import lier
from observatoire.redaction import FINE, ecrire_valeur, majuscule

__all__ = ["Phrase", "Profil", "Repere", "composer_profil", "echelle_commune"]

_PHRASES_MAX = 3
_REPERES_MAX = 8


@dataclass(frozen=True, slots=True)
class Phrase:
    """Une phrase et le verdict qui la permet (vide s’il n’y en a pas)."""

    texte: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Repere:
    """Une ligne de points : libellé, chiffre, référence, échelle (bas, haut) dans l’unité de l’indicateur."""

    libelle: str
    chiffre: Chiffre
    texte_reference: str
    echelle: tuple[float, float]

    @property
    def cle(self) -> tuple[str, int]:
        """Indicateur et millésime."""
        return self.chiffre.indicateur, self.chiffre.millesime


@dataclass(frozen=True, slots=True)
class Profil:
    """Un quartier."""

    code: str
    nom: str
    habitants: str
    phrases: tuple[Phrase, ...]
    reperes: tuple[Repere, ...]
    source: str = ""
    """Sources de ses seuls chiffres."""


def composer_profil(
    code: str,
    nom: str,
    lignes: pd.DataFrame,
    catalogue: Catalogue,
    references: pd.DataFrame,
    *,
    phares: Sequence[Indicateur],
    themes: frozenset[str],
    reference: str,
) -> Profil:
    """Composer le profil d’un quartier.

    Parameters
    ----------
    code, nom : str
        Quartier.
    lignes : pandas.DataFrame
        Lignes des quartiers, une par indicateur.
    catalogue : Catalogue
    references : pandas.DataFrame
        Valeurs de référence de la ville.
    phares : sequence of Indicateur
        Indicateurs du tableau, dans l’ordre.
    themes : frozenset of str
        Thèmes admis.
    reference : str
        Territoire de comparaison.
    """
    siennes = lignes[lignes["code_territoire"] == code].set_index("indicateur")
    par_cle = lignes.set_index(["code_territoire", "indicateur"])
    retenus = _retenir(siennes, catalogue, phares, themes)
    reperes = tuple(
        _repere(lire_chiffre(par_cle, code, i, references, reference=reference), i) for i in retenus
    )
    population = siennes["valeur"].get("population")
    habitants = (
        "" if population is None or pd.isna(population) else ecrire_valeur(population, "personnes")
    )
    return Profil(code, nom, habitants, _phrases(siennes, phares, reference), reperes)


def _retenir(
    siennes: pd.DataFrame,
    catalogue: Catalogue,
    phares: Sequence[Indicateur],
    themes: frozenset[str],
) -> list[Indicateur]:
    """Les indicateurs du tableau, puis ceux dont l’écart est net et a un sens, dans l’ordre des thèmes."""
    noms = {i.id for i in phares}
    ordre = [
        i
        for groupe in catalogue.par_theme().values()
        for i in groupe
        if i.id in siennes.index and not i.est_stock
    ]
    comparables = [
        i for i in ordre
        if i.id not in noms and i.theme in themes and i.sens != "neutre"
        and siennes["verdict"][i.id] == "ecart_net" and not siennes["bornes_seules"][i.id]
    ]  # fmt: skip
    garde = noms | {i.id for i in comparables[: max(_REPERES_MAX - len(noms), 0)]}
    return [i for i in ordre if i.id in garde]


def _repere(chiffre: Chiffre, indicateur: Indicateur) -> Repere:
    inconnue = chiffre.valeur_reference is None
    texte = "–" if inconnue else ecrire_valeur(chiffre.valeur_reference or 0.0, indicateur.unite)
    return Repere(lier(indicateur.court), chiffre, texte, echelle_commune([chiffre]))


def echelle_commune(chiffres: Sequence[Chiffre]) -> tuple[float, float]:
    """Plage où placer des chiffres d’un même indicateur.

    Returns
    -------
    tuple of (float, float)
        0 à 100 pour un taux ; sinon une plage qui contient tout, sans jeter deux valeurs voisines
        aux deux bouts.
    """
    if chiffres[0].unite == "pct":
        return 0.0, 100.0
    positions = [
        v
        for c in chiffres
        for v in (c.valeur, c.ville, c.hors_qpv, c.autre_reference, c.borne_basse, c.borne_haute)
    ]
    connues = [v for v in positions if v is not None] or [0.0, 1.0]
    bas, haut = min(connues), max(connues)
    marge = max(haut - bas, 0.4 * abs(haut)) or 1.0
    # Des bouts ronds, puisqu’ils sont écrits : « de 9 000 à 25 000 € ».
    pas = 10.0 ** math.floor(math.log10(marge) - 0.5)
    return (
        max(0.0, math.floor((haut - 1.3 * marge) / pas) * pas),
        math.ceil((haut + 0.15 * marge) / pas) * pas,
    )


def _phrases(
    siennes: pd.DataFrame, phares: Sequence[Indicateur], reference: str
) -> tuple[Phrase, ...]:
    dites: list[Phrase] = []
    muets: list[Indicateur] = []
    masques: list[Indicateur] = []
    en_nombre: Phrase | None = None
    for indicateur in phares:
        if indicateur.id not in siennes.index:
            continue
        ligne = siennes.loc[[indicateur.id]].iloc[0]
        if ligne["statut"] == Statut.SECRET.value:
            masques.append(indicateur)
            continue
        if ligne["verdict"] == "non_interpretable" or pd.isna(ligne["ecart"]):
            muets.append(indicateur)
            continue
        dites.append(Phrase(_phrase(indicateur, ligne, reference), str(ligne["verdict"])))
        nombre = ligne["effectif_ecart"]
        if en_nombre is None and indicateur.concernes and _parle_de_personnes(indicateur, ligne):
            texte = dire_ecart_en_nombre(
                "", indicateur, effectif_ecart=float(nombre), reference=reference
            )
            en_nombre = Phrase(texte)
    phrases = dites[:_PHRASES_MAX] + ([en_nombre] if en_nombre else [])
    if masques:
        phrases.append(
            Phrase(
                _nommer(
                    masques,
                    "couvert par le secret statistique",
                    "couverts par le secret statistique",
                )
            )
        )
    if muets:
        phrases.append(
            Phrase(_nommer(muets, "impossible à comparer", "impossibles à comparer") + _POURQUOI)
        )
    return tuple(phrases)


_POURQUOI = f"{FINE}: les données y décrivent surtout des habitants d’à côté, ou manquent"


def _parle_de_personnes(indicateur: Indicateur, ligne: pd.Series) -> bool:
    nombre = ligne["effectif_ecart"]
    net = ligne["verdict"] == "ecart_net" and not ligne["bornes_seules"]
    return bool(net and indicateur.unite == "pct" and pd.notna(nombre) and abs(nombre) >= 10)


def _nommer(indicateurs: Sequence[Indicateur], un: str, plusieurs: str) -> str:
    """« Restent impossibles à comparer : le chômage… » sans accord à chercher."""
    noms = enumerer([f"« {i.court} »" for i in indicateurs])
    return typographier(f"{majuscule(un if len(indicateurs) == 1 else plusieurs)} : {noms}")


def _phrase(indicateur: Indicateur, ligne: pd.Series, reference: str) -> str:
    phrase = phrase_quartier(
        "",
        indicateur,
        valeur=float(ligne["valeur"]),
        ecart=float(ligne["ecart"]),
        verdict=str(ligne["verdict"]),
        statut=str(ligne["statut"]),
        reference=reference,
        borne_basse=float(ligne["borne_basse"]),
        borne_haute=float(ligne["borne_haute"]),
        methode=str(ligne["methode"]),
        bornes_seules=bool(ligne["bornes_seules"]),
        ecart_bornes=(float(ligne["ecart_borne_basse"]), float(ligne["ecart_borne_haute"])),
    )
    return majuscule(phrase)
