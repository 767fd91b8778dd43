"""Phrases qui réunissent plusieurs quartiers, jamais plus sûres que leurs verdicts.

*Écart net* : « est supérieur » ; *écart indicatif* : « semble supérieur » ; *non interprétable* :
« ne peut pas être comparé ». Un secret et une absence se disent, ils ne se chiffrent pas.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from observatoire.cartes.francais import (
    au_quartier,
    celui,
    de_la_ville,
    en_lettres,
    enumerer,
    minuscule,
    nom_indicateur,
    typographier,
)
from observatoire.cartes.quartier import accord_ecart, ecart_en_mots, nom_reference, valeur_courte
from observatoire.catalogue import Indicateur
from observatoire.domaine import Statut, Verdict
from observatoire.redaction import INSECABLE, ecart_minimal, ecrire_nom, ecrire_valeur, majuscule

__all__ = [
    "dire_ecart_en_nombre",
    "dire_peuplement",
    "dire_position",
    "dire_sans_comparaison",
]


def dire_peuplement(
    nom_ville: str, populations: pd.DataFrame, *, total: int, est_fictive: bool
) -> str:
    """Combien de quartiers, et la population du plus et du moins peuplé.

    Parameters
    ----------
    nom_ville : str
        Nom de la ville.
    populations : pandas.DataFrame
        ``nom, valeur`` des quartiers du document ; une population inconnue est NaN et n’est pas dite.
    total : int
        Quartiers de la ville, que le document peut ne pas tous montrer.
    est_fictive : bool
        Le nom de la ville est suivi de « (ville fictive) ».
    """
    fictive = " (ville fictive)" if est_fictive else ""
    montres = len(populations)
    pluriels = "quartier prioritaire" if total == 1 else "quartiers prioritaires"
    objet = f"{pluriels} de la politique de la ville (QPV)"
    debut = f"{nom_ville}{fictive} compte {en_lettres(total)} {objet}"
    if montres < total:
        part = f"{en_lettres(montres)} des {en_lettres(total)}"
        debut = f"Ce document porte sur {part} {objet} {de_la_ville(nom_ville)}{fictive}"
    connues = populations.dropna(subset="valeur").sort_values(["valeur", "nom"])
    if connues.empty:
        return typographier(debut)
    plus, moins = connues.iloc[-1], connues.iloc[0]
    grand = f"{ecrire_nom(plus['nom'])}, {ecrire_valeur(plus['valeur'], 'personnes')}"
    if len(connues) == 1:
        return typographier(f"{debut} : {grand}")
    petit = f"{ecrire_nom(moins['nom'])}, {ecrire_valeur(moins['valeur'], 'personnes')}"
    return typographier(f"{debut} ; le plus peuplé est {grand}, et le moins peuplé {petit}")


def dire_position(
    indicateur: Indicateur,
    lignes: pd.DataFrame,
    *,
    reference: str,
    valeur_reference: float | None,
) -> str:
    """Situer tous les quartiers face à la référence, en une phrase sans point final.

    Parameters
    ----------
    indicateur : Indicateur
        Donne le nom, l’unité, le genre.
    lignes : pandas.DataFrame
        Une ligne par quartier : ``nom, valeur, ecart, ecart_borne_basse, ecart_borne_haute,
        bornes_seules, statut, verdict``.
    reference : str
        Territoire de comparaison.
    valeur_reference : float or None
        Sa valeur, dite une fois si elle est connue.

    Returns
    -------
    str
        Les quartiers de même verdict et de même côté sont réunis ; ceux que l’on ne peut pas
        comparer sont comptés à part.
    """
    total = len(lignes)
    situations = [_situation(ligne, indicateur) for _, ligne in lignes.iterrows()]
    la_reference = nom_reference(reference)
    ecrite = (
        ""
        if valeur_reference is None
        else f" ({valeur_courte(valeur_reference, indicateur.unite)})"
    )
    pronom = "elle" if celui(indicateur) == "celle" else "il"
    morceaux: list[str] = []
    for situation in _ORDRE:
        groupe = lignes[[s == situation for s in situations]]
        if groupe.empty:
            continue
        sujet = pronom if morceaux else nom_indicateur(indicateur)
        compare = situation[0] in {"net", "indicatif", "borne"}
        premiere = compare and not any(" à cel" in m for m in morceaux)
        reprise = f"{celui(indicateur)} de {la_reference}{ecrite}" if premiere else ""
        verbe = _verbe(indicateur, groupe, situation, reprise)
        morceaux.append(f"{sujet} {verbe} {_ou(groupe, total)}")
    return typographier(majuscule(" ; ".join(morceaux)))


_ORDRE = (
    ("net", 1), ("net", -1), ("borne", 1), ("borne", -1), ("indicatif", 1), ("indicatif", -1),
    ("indicatif", 0), ("net", 0), ("muet", 0), ("secret", 0), ("absent", 0),
)  # fmt: skip
"""Ce que l’on peut affirmer d’abord, ce que l’on ne sait pas ensuite."""


def _situation(ligne: pd.Series, indicateur: Indicateur) -> tuple[str, int]:
    """Ce que l’on peut dire de l’écart d’un quartier, et de quel côté."""
    if ligne["statut"] in {Statut.SECRET.value, Statut.ABSENT.value}:
        return str(ligne["statut"]), 0
    if ligne["verdict"] == Verdict.NON_INTERPRETABLE.value or pd.isna(ligne["ecart"]):
        return "muet", 0
    if ligne["bornes_seules"]:
        bas, haut = ligne["ecart_borne_basse"], ligne["ecart_borne_haute"]
        sur = ligne["verdict"] == Verdict.ECART_NET.value and bas * haut > 0
        return ("borne", 1 if bas > 0 else -1) if sur else ("muet", 0)
    assurance = "net" if ligne["verdict"] == Verdict.ECART_NET.value else "indicatif"
    grandeur = ecart_en_mots(ligne["ecart"], indicateur.unite)
    if not any(c in "123456789" for c in grandeur):
        return assurance, 0
    return assurance, 1 if ligne["ecart"] > 0 else -1


def _verbe(
    indicateur: Indicateur, groupe: pd.DataFrame, situation: tuple[str, int], reprise: str
) -> str:
    genre, cote = situation
    accord = accord_ecart(indicateur, "")
    fixe = {
        "muet": f"ne peut pas être comparé{accord}",
        "secret": f"est couvert{accord} par le secret statistique",
        "absent": "n’est pas disponible",
    }
    if genre in fixe:
        return fixe[genre]
    a_la_reference = f" à {reprise}" if reprise else ""
    if cote == 0:
        return f"est égal{'e' if accord else ''}, à l’arrondi près,{a_la_reference or ' à la référence'}"
    cote_en_mots = f"{'supérieur' if cote > 0 else 'inférieur'}{accord}"
    verbe = f"{'semble' if genre == 'indicatif' else 'est'} {cote_en_mots}"
    estimes = groupe["statut"] == Statut.ESTIME.value
    if estimes.any():
        verbe += f", {'' if estimes.all() else 'en partie '}selon nos estimations,"
    if genre == "borne":
        moindres = [
            ecart_minimal(bas, haut, indicateur.unite)
            for bas, haut in zip(
                groupe["ecart_borne_basse"], groupe["ecart_borne_haute"], strict=True
            )
        ]
        grandeur = ecart_en_mots(min(moindres, key=abs), indicateur.unite)
        return f"{verbe} d’au moins {grandeur}{a_la_reference}"
    return f"{verbe} de {_etendue(groupe['ecart'], indicateur.unite)}{a_la_reference}"


def _etendue(ecarts: pd.Series, unite: str) -> str:
    """« 24 à 30 points », ou « 24 points » si tous les écarts s’écrivent pareil."""
    petit, grand = (ecart_en_mots(e, unite) for e in (ecarts.abs().min(), ecarts.abs().max()))
    return grand if petit == grand else f"{petit.split(INSECABLE)[0]} à {grand}"


def _ou(groupe: pd.DataFrame, total: int) -> str:
    """« dans les quatre quartiers », « à Teisseire », « dans trois quartiers sur cinq »."""
    nombre = len(groupe)
    noms = [minuscule(au_quartier(ecrire_nom(n))) for n in groupe["nom"]]
    if nombre <= 2 and (nombre < total or total == 1):
        return enumerer(noms)
    if nombre == total:
        return f"dans les {en_lettres(total)} quartiers"
    return f"dans {en_lettres(nombre)} quartiers sur {en_lettres(total)}"


def dire_ecart_en_nombre(
    nom: str, indicateur: Indicateur, *, effectif_ecart: float, reference: str
) -> str:
    """Combien de personnes de plus que si le quartier était à la référence.

    Parameters
    ----------
    nom : str
        Nom du quartier ; vide, la phrase ne le dit pas.
    indicateur : Indicateur
        ``concernes`` nomme les personnes.
    effectif_ecart : float
        Table des écarts ; positif quand le quartier en compte plus.
    reference : str
        Territoire de comparaison.
    """
    nombre = ecrire_valeur(abs(effectif_ecart), "personnes").split(INSECABLE)[0]
    verbe = (
        f"si {nom_indicateur(indicateur)} était {celui(indicateur)} de {nom_reference(reference)}"
    )
    debut = f"{au_quartier(ecrire_nom(nom))}, {verbe}" if nom else majuscule(verbe)
    mot, _, reste = indicateur.concernes.partition(" ")
    if not reste or reste.split()[0] in _COMPLEMENTS:
        sens = "de moins" if effectif_ecart > 0 else "de plus"
        suite = f"on compterait environ {nombre}{INSECABLE}{mot} {sens} {reste}".rstrip()
    else:
        # « habitants de moins de 15 à 29 ans » ne se comprendrait pas.
        sens = "faible" if effectif_ecart > 0 else "élevé"
        qui = f"{_de(mot)}{indicateur.concernes}"
        suite = f"le nombre {qui} serait plus {sens} d’environ {nombre}"
    return typographier(f"{debut}, {suite}")


_COMPLEMENTS = frozenset({"en", "qui", "sans", "sous", "à"})
"""Débuts de complément que l’on peut séparer du nom : « 350 habitants de moins sous le seuil »."""


def _de(noms: str) -> str:
    """« de » devant un nom commun au pluriel : « d’habitants », « de ménages »."""
    return "d’" if noms[:1].lower() in "aàâeéèêiîoôuh" else "de "


def dire_sans_comparaison(
    indicateurs: Sequence[Indicateur], noms: Sequence[str], *, total: int, reference: str
) -> str:
    """Nommer les indicateurs pour lesquels aucun quartier du document ne peut être comparé.

    Parameters
    ----------
    indicateurs : sequence of Indicateur
        Au moins un.
    noms : sequence of str
        Quartiers du document.
    total : int
        Quartiers de la ville.
    reference : str
        Territoire de comparaison.
    """
    feminin = all(celui(i) == "celle" for i in indicateurs)
    plusieurs = len(indicateurs) > 1
    verbe = "ne peuvent être comparés" if plusieurs else "ne peut être comparé"
    pronom = "ceux" if plusieurs else "celui"
    if feminin:
        verbe = f"{verbe[:-1]}es" if plusieurs else f"{verbe}e"
        pronom = "celles" if plusieurs else "celle"
    sujet = enumerer([nom_indicateur(i) for i in indicateurs])
    fait = f"{sujet} {verbe} à {pronom} de {nom_reference(reference)}"
    if len(noms) == 1:
        fait = f"{au_quartier(ecrire_nom(noms[0]))}, {fait}"
    else:
        fait += " dans aucun quartier" if len(noms) == total else " dans aucun de ces quartiers"
    return typographier(
        f"{majuscule(fait)} : les données y décrivent surtout des habitants d’à côté, ou manquent"
    )
