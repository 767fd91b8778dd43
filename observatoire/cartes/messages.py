"""Les phrases les plus parlantes d’une ville ou d’un quartier, choisies dans les écarts nets.

Rien n’est calculé : l’ordre vient des écarts de l’édition, les mots de
:func:`observatoire.cartes.quartier.phrase_quartier`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from observatoire.cartes.francais import en_lettres
from observatoire.cartes.quartier import phrase_quartier
from observatoire.catalogue import Catalogue
from observatoire.domaine import Methode, Statut, TypeTerritoire, Verdict
from observatoire.redaction import ecrire_nom, ecrire_valeur

__all__ = [
    "Message",
    "derniers_millesimes",
    "message_habitants",
    "messages_de_la_ville",
    "messages_du_quartier",
]


_SANS_PHRASE = frozenset({"pour_10000", "ips"})
"""Un équipement, une école de plus ou de moins font tout l’écart d’un petit quartier, et les élèves d’une
école ne sont pas ses habitants : jamais un message."""


@dataclass(frozen=True, slots=True)
class Message:
    """Une phrase et ce qu’elle dit : territoire, indicateur, millésime, verdict."""

    phrase: str
    code_territoire: str
    indicateur: str
    millesime: int
    verdict: str
    statut: str
    methode: str


def derniers_millesimes(lignes: pd.DataFrame) -> pd.DataFrame:
    """Garder, par territoire et indicateur, la ligne du millésime le plus récent.

    Parameters
    ----------
    lignes : pandas.DataFrame
        ``code_territoire, indicateur, millesime`` et d’autres colonnes.

    Returns
    -------
    pandas.DataFrame
        Une ligne par territoire et indicateur ; le millésime y reste écrit.
    """
    triees = lignes.sort_values("millesime", kind="stable")
    return triees.drop_duplicates(["code_territoire", "indicateur"], keep="last")


def messages_de_la_ville(
    lignes: pd.DataFrame, catalogue: Catalogue, *, reference: str, nombre: int = 3
) -> list[Message]:
    """Phrases des plus grands écarts nets des quartiers, chacune d’un autre thème.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Valeurs et écarts joints d’une édition, à une référence.
    catalogue : Catalogue
        Mots, thème et sens des indicateurs.
    reference : str
        Référence des écarts.
    nombre : int
        Phrases voulues ; il y en a moins si les écarts nets manquent.

    Returns
    -------
    list of Message
        Les chiffres publiés avant les estimés, puis de l’écart le plus grand au plus petit : en points
        pour un taux, en pour cent de la référence pour une grandeur en euros. Un thème ou un quartier
        n’est cité deux fois que faute d’un autre ; un indicateur, jamais.
    """
    quartiers = lignes[lignes["type_territoire"] == TypeTerritoire.QPV.value]
    candidats = _candidats(derniers_millesimes(quartiers), catalogue)
    choisis: list[pd.Series] = []
    # Un thème et un quartier neufs d’abord ; faute de quoi, un indicateur neuf suffit.
    for exiges in (("theme", "code_territoire"), ("theme",), ("code_territoire",), ()):
        for _, ligne in candidats.iterrows():
            deja = {c: {str(x[c]) for x in choisis} for c in ("indicateur", *exiges)}
            neuf = all(str(ligne[c]) not in deja[c] for c in deja)
            if len(choisis) < nombre and neuf:
                choisis.append(ligne)
    return _ecrire(choisis, catalogue, reference)


def message_habitants(lignes: pd.DataFrame) -> Message | None:
    """Combien de personnes habitent les quartiers prioritaires, si c’est publié pour chacun.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Valeurs d’une édition : ``indicateur, type_territoire, code_territoire, millesime, valeur, statut``.

    Returns
    -------
    Message or None
        Sans quartier ni verdict : c’est un compte, non un écart. ``None`` si un seul quartier n’a pas de
        chiffre publié, ou si la ville n’en a pas la même année. Aucune part n’est dite : un quartier peut
        déborder sur une autre commune.
    """
    population = lignes[lignes["indicateur"] == "population"]
    quartiers = population[population["type_territoire"] == TypeTerritoire.QPV.value]
    if quartiers.empty:
        return None
    annee = int(quartiers["millesime"].max())
    quartiers = quartiers[quartiers["millesime"] == annee]
    ville = population[
        (population["type_territoire"] == TypeTerritoire.COMMUNE.value)
        & (population["millesime"] == annee)
    ]
    publies = (quartiers["statut"] == Statut.PUBLIE.value).all()
    if not publies or ville.empty or ville["valeur"].isna().any():
        return None
    nombre = len(quartiers)
    sujet = (
        "le quartier prioritaire"
        if nombre == 1
        else f"les {en_lettres(nombre)} quartiers prioritaires"
    )
    eux, tous = (
        ecrire_valeur(float(table["valeur"].sum()), "personnes") for table in (quartiers, ville)
    )
    phrase = f"{eux} vivent dans {sujet}, pour une ville de {tous}"
    return Message(phrase, "", "population", annee, "", Statut.PUBLIE.value, Methode.PUBLIE.value)


def messages_du_quartier(
    lignes: pd.DataFrame, catalogue: Catalogue, *, reference: str, nombre: int = 5
) -> list[Message]:
    """Phrases des plus grands écarts d’un quartier : un par thème d’abord, puis les suivants.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Lignes d’un seul quartier, jointes à leurs écarts.
    catalogue : Catalogue
    reference : str
    nombre : int

    Returns
    -------
    list of Message
        Les écarts nets d’abord, les indicatifs s’il en manque ; jamais un écart non interprétable.
    """
    dernieres = derniers_millesimes(lignes)
    choisis: list[pd.Series] = []
    for verdict in (Verdict.ECART_NET, Verdict.ECART_INDICATIF):
        candidats = _candidats(dernieres, catalogue, (verdict.value,))
        for exiges in (("theme",), ()):
            for _, ligne in candidats.iterrows():
                deja = {c: {str(x[c]) for x in choisis} for c in ("indicateur", *exiges)}
                if len(choisis) < nombre and all(str(ligne[c]) not in deja[c] for c in deja):
                    choisis.append(ligne)
    return _ecrire(choisis, catalogue, reference)


def _candidats(
    lignes: pd.DataFrame,
    catalogue: Catalogue,
    verdicts: Iterable[str] = (Verdict.ECART_NET.value,),
) -> pd.DataFrame:
    """Écarts défavorables que l’on peut dire, du plus grand au plus petit."""
    dicibles = [i.id for i in catalogue.indicateurs.values() if i.unite not in _SANS_PHRASE]
    connus = lignes[
        lignes["indicateur"].isin(dicibles)
        & lignes["verdict"].isin(list(verdicts))
        & lignes["ecart"].notna()
        & ~lignes["bornes_seules"].astype(bool)
    ]
    indicateurs = connus["indicateur"].map(catalogue.indicateurs)
    signe = indicateurs.map(
        lambda i: {"defavorable_si_hausse": 1.0, "favorable_si_hausse": -1.0}.get(i.sens, 0.0)
    ).astype(float)
    en_points = indicateurs.map(lambda i: i.unite == "pct").astype(bool)
    # L’écart relatif est déjà dans l’édition ; il met les euros et les taux sur une même échelle.
    taille = (connus["ecart"].where(en_points, 100 * (connus["ecart_relatif"] - 1))) * signe
    connus = connus.assign(
        taille=taille,
        theme=indicateurs.map(lambda i: i.theme),
        estime=connus["statut"] != Statut.PUBLIE.value,
    )
    return connus[connus["taille"] > 0].sort_values(
        ["estime", "taille", "indicateur", "code_territoire"], ascending=[True, False, True, True]
    )


def _ecrire(lignes: list[pd.Series], catalogue: Catalogue, reference: str) -> list[Message]:
    messages = []
    for ligne in lignes:
        phrase = phrase_quartier(
            ecrire_nom(str(ligne["nom"])),
            catalogue.indicateurs[str(ligne["indicateur"])],
            valeur=float(ligne["valeur"]),
            ecart=float(ligne["ecart"]),
            verdict=str(ligne["verdict"]),
            statut=str(ligne["statut"]),
            reference=reference,
            borne_basse=float(ligne["borne_basse"]),
            borne_haute=float(ligne["borne_haute"]),
            methode=str(ligne["methode"]),
        )
        messages.append(
            Message(
                phrase,
                str(ligne["code_territoire"]),
                str(ligne["indicateur"]),
                int(ligne["millesime"]),
                str(ligne["verdict"]),
                str(ligne["statut"]),
                str(ligne["methode"]),
            )
        )
    return messages
