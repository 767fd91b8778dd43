"""La phrase d’un quartier, et les mots d’un écart selon son verdict."""

from __future__ import annotations

import math

from observatoire.cartes.francais import au_quartier, celui, nom_indicateur, typographier
from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Reference, Statut, Verdict
from observatoire.redaction import (
    INSECABLE,
    MUETTES,
    ecart_minimal,
    ecrire_bornes,
    ecrire_ecart,
    ecrire_nombre,
    ecrire_valeur,
)

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
    if unite in {"pct", "rapport", "ips"}:
        arrondi = round(grandeur, 1)
        texte = ecrire_nombre(arrondi, 0 if arrondi == round(arrondi) else 1)
        if unite == "rapport":
            return texte
        mot = "point" if arrondi < 2 else "points"
        return f"{texte}{INSECABLE}{mot}{' d’indice' if unite == 'ips' else ''}"
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
    bornes_seules: bool = False,
    ecart_bornes: tuple[float | None, float | None] = (None, None),
) -> str:
    """Dire en une phrase la situation d’un quartier et ce que l’on sait de son écart.

    Parameters
    ----------
    nom : str
        Nom du quartier ; vide, la phrase ne le dit pas (sous un titre qui le nomme).
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
    bornes_seules : bool
        Le point n’est qu’un milieu : seules les bornes, et l’écart qu’elles prouvent, sont dites.
    ecart_bornes : tuple of (float, float), optional
        Écarts des deux bornes à la référence, avec ``bornes_seules``.

    Returns
    -------
    str
        Une phrase sans point final.
    """
    statut_connu = Statut(statut)
    # Sous un titre qui nomme déjà le quartier, la phrase commence par le fait.
    lieu = f"{au_quartier(nom)}, " if nom else ""
    valeur, ecart = _connu(valeur), _connu(ecart)
    if statut_connu is Statut.SECRET:
        sujet = nom_indicateur(indicateur)
        return typographier(
            f"{lieu}{sujet} est {accord_ecart(indicateur, 'couvert')} par le secret statistique"
        )
    if statut_connu is Statut.ABSENT or valeur is None:
        return typographier(f"{lieu}{nom_indicateur(indicateur)} n’est pas disponible")
    bornes = (_connu(borne_basse), _connu(borne_haute))
    estime = statut_connu is Statut.ESTIME
    if bornes_seules:
        return typographier(
            _dire_bornes(lieu, indicateur, bornes, ecart_bornes, verdict, reference)
        )
    entre = ""
    if estime and bornes[0] is not None and bornes[1] is not None:
        entre = entre_bornes(bornes[0], bornes[1], indicateur.unite, methode)
    debut = _situation(nom, lieu, indicateur, valeur, entre, estime=estime, verdict=verdict)
    return typographier(debut + _suite(indicateur, ecart, verdict, reference))


def _dire_bornes(
    lieu: str,
    indicateur: Indicateur,
    bornes: tuple[float | None, float | None],
    ecart_bornes: tuple[float | None, float | None],
    verdict: str,
    reference: str,
) -> str:
    """Ce que l’on sait d’une valeur dont seules les bornes comptent."""
    basse, haute = bornes
    if basse is None or haute is None or ecrire_bornes(basse, haute, indicateur.unite) == MUETTES:
        return f"{lieu}les données ne permettent pas d’estimer {nom_indicateur(indicateur)}"
    debut = f"{lieu}{nom_indicateur(indicateur)} se situe {entre_bornes(basse, haute, indicateur.unite, '')}"
    ecarts = [e for e in map(_connu, ecart_bornes) if e is not None]
    if verdict != Verdict.ECART_NET or len(ecarts) < 2 or ecarts[0] * ecarts[1] <= 0:
        return debut + _suite(indicateur, None, Verdict.NON_INTERPRETABLE.value, reference)
    moindre = ecart_minimal(ecarts[0], ecarts[1], indicateur.unite)
    comparaison = "plus" if moindre > 0 else "moins"
    grandeur = ecart_en_mots(moindre, indicateur.unite)
    return f"{debut}, soit au moins {grandeur} de {comparaison} que dans {nom_reference(reference)}"


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
        return f"{lieu}{nom_indicateur(indicateur)} se situe {entre}"
    lecture = indicateur.lecture.replace("{valeur}", valeur_courte(valeur, unite))
    intervalle = f" ({entre})" if entre else ""
    if " y " in f" {lecture} ":
        # « À X, on y compte » ferait un pléonasme.
        devant = f"{nom} : " if nom else ""
        return f"{devant}{lecture}{intervalle}{', selon notre estimation' if estime else ''}"
    if estime:
        lecture = f"on estime {'qu’' if lecture[:1] in 'aeiouh' else 'que '}{lecture}"
    return f"{lieu}{lecture}{intervalle}"


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
