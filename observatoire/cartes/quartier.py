"""La phrase d’un quartier, et les mots d’un écart selon son verdict."""

from __future__ import annotations

import math

from observatoire.cartes.francais import a_la_ville, celui, nom_indicateur, typographier
from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Reference, Statut, Verdict
from observatoire.redaction import INSECABLE, ecrire_ecart, ecrire_nombre, ecrire_valeur

__all__ = [
    "accord_ecart",
    "ecart_en_mots",
    "entre_bornes",
    "nom_reference",
    "phrase_quartier",
    "valeur_courte",
]


def nom_reference(reference: str, *, plusieurs_villes: bool = False) -> str:
    """Territoire auquel l’écart est mesuré, avec son article.

    Parameters
    ----------
    reference : str
        Identifiant d’une :class:`observatoire.domaine.Reference`.
    plusieurs_villes : bool
        Chaque territoire est comparé à sa propre commune.

    Raises
    ------
    ValueError
        Pour une référence inconnue.
    """
    ville = "la commune" if plusieurs_villes else "la ville"
    return {
        Reference.VILLE: ville,
        Reference.VILLE_HORS_QPV: f"{ville} hors quartiers prioritaires",
        Reference.QPV_FRANCE: "l’ensemble des quartiers prioritaires de France",
    }.get(Reference(reference), Reference(reference).libelle)


def valeur_courte(valeur: float, unite: str) -> str:
    """Valeur écrite sans décimale nulle : « 51 % », « 14,3 % », « 22 140 € »."""
    entiere = abs(valeur - round(valeur)) < 0.05
    if unite in {"pct", "rapport"}:
        return ecrire_valeur(valeur, unite, decimales=0 if entiere else 1)
    return ecrire_valeur(valeur, unite)


def entre_bornes(basse: float, haute: float, unite: str, methode: str) -> str:
    """Bornes en mots : un intervalle à 90 % ne se dit pas comme des bornes sans hypothèse.

    Parameters
    ----------
    basse, haute : float
        Bornes finies, dans l’unité de l’indicateur.
    unite : str
        Unité de l’indicateur.
    methode : str
        Méthode de l’estimation ; vide si elle n’est pas connue.

    Returns
    -------
    str
        « neuf fois sur dix entre 41 % et 50 % » pour une estimation calée, « entre 37 % et 78 % »
        pour des bornes.
    """
    texte = f"entre {valeur_courte(basse, unite)} et {valeur_courte(haute, unite)}"
    calee = bool(methode) and Methode(methode).est_calee
    return f"neuf fois sur dix {texte}" if calee else texte


def ecart_en_mots(ecart: float, unite: str) -> str:
    """Grandeur d’un écart, sans signe ni décimale nulle : « 30 points », « 3 250 € »."""
    grandeur = abs(ecart)
    if unite in {"pct", "rapport"}:
        arrondi = round(grandeur, 1)
        texte = ecrire_nombre(arrondi, 0 if arrondi == round(arrondi) else 1)
        if unite == "rapport":
            return texte
        return f"{texte}{INSECABLE}{'point' if arrondi < 2 else 'points'}"
    return ecrire_ecart(grandeur, unite).lstrip("+")


def accord_ecart(indicateur: Indicateur, adjectif: str) -> str:
    """Adjectif accordé avec l’indicateur : « inférieur » ou « inférieure »."""
    return adjectif + ("e" if celui(indicateur) == "celle" else "")


def phrase_quartier(
    nom: str,
    indicateur: Indicateur,
    *,
    valeur: float | None,
    ecart: float | None,
    verdict: str,
    statut: str,
    reference: str = "ville",
    borne_basse: float | None = None,
    borne_haute: float | None = None,
    methode: str = "",
) -> str:
    """Dire en une phrase la situation d’un quartier et ce que l’on sait de son écart.

    Parameters
    ----------
    nom : str
        Nom du quartier.
    indicateur : Indicateur
        Sa ``lecture`` donne les mots.
    valeur, ecart : float or None
        Dans l’unité de l’indicateur ; ``None`` ou NaN si inconnus.
    verdict : {"ecart_net", "ecart_indicatif", "non_interpretable"}
        Assurance permise par les données.
    statut : {"publie", "estime", "secret", "absent"}
        Une estimation est dite telle, avec son intervalle s’il est connu.
    reference : str
        Territoire de comparaison (:class:`observatoire.domaine.Reference`).
    borne_basse, borne_haute : float, optional
        Intervalle de l’estimation.
    methode : str, optional
        Méthode de l’estimation ; celle d’une estimation calée change les mots de l’intervalle.

    Returns
    -------
    str
        Une phrase sans point final.
    """
    statut_connu = Statut(statut)
    lieu = a_la_ville(nom)
    valeur, ecart = _connu(valeur), _connu(ecart)
    if statut_connu is Statut.SECRET:
        sujet = nom_indicateur(indicateur)
        return typographier(
            f"{lieu}, {sujet} est {accord_ecart(indicateur, 'couvert')} par le secret statistique"
        )
    if statut_connu is Statut.ABSENT or valeur is None:
        return typographier(f"{lieu}, {nom_indicateur(indicateur)} n’est pas disponible")
    bornes = (_connu(borne_basse), _connu(borne_haute))
    estime = statut_connu is Statut.ESTIME
    entre = ""
    if estime and bornes[0] is not None and bornes[1] is not None:
        entre = entre_bornes(bornes[0], bornes[1], indicateur.unite, methode)
    debut = _situation(nom, lieu, indicateur, valeur, entre, estime=estime, verdict=verdict)
    return typographier(debut + _suite(indicateur, ecart, verdict, reference))


def _connu(valeur: float | None) -> float | None:
    return None if valeur is None or math.isnan(valeur) else float(valeur)


def _situation(
    nom: str,
    lieu: str,
    indicateur: Indicateur,
    valeur: float,
    entre: str,
    *,
    estime: bool,
    verdict: str,
) -> str:
    unite = indicateur.unite
    if entre and verdict == Verdict.NON_INTERPRETABLE:
        # Le point n’est qu’un milieu : l’intervalle seul est honnête.
        return f"{lieu}, {nom_indicateur(indicateur)} se situe {entre}"
    lecture = indicateur.lecture.replace("{valeur}", valeur_courte(valeur, unite))
    intervalle = f" ({entre})" if entre else ""
    if " y " in f" {lecture} ":
        # « À X, on y compte » ferait un pléonasme.
        return f"{nom} : {lecture}{intervalle}{', selon notre estimation' if estime else ''}"
    if estime:
        lecture = f"on estime {'qu’' if lecture[:1] in 'aeiouh' else 'que '}{lecture}"
    return f"{lieu}, {lecture}{intervalle}"


def _suite(indicateur: Indicateur, ecart: float | None, verdict: str, reference: str) -> str:
    la_reference = nom_reference(reference)
    if indicateur.est_stock:
        return ""
    if verdict == Verdict.NON_INTERPRETABLE or ecart is None:
        return f" ; ce chiffre ne peut pas être comparé à celui de {la_reference}"
    grandeur = ecart_en_mots(ecart, indicateur.unite)
    if not any(c in "123456789" for c in grandeur):
        return f", comme dans {la_reference}"
    comparaison = "plus" if ecart > 0 else "moins"
    if verdict == Verdict.ECART_INDICATIF:
        superieur = "supérieur" if ecart > 0 else "inférieur"
        return f" ; ce chiffre semble {superieur} de {grandeur} à celui de {la_reference}"
    if " : " in f"{indicateur.lecture} " or " y " in f" {indicateur.lecture} ":
        return f", soit {grandeur} de {comparaison} que dans {la_reference}"
    return f" : {grandeur} de {comparaison} que dans {la_reference}"
