"""Le titre d’une carte : un message, avec son chiffre, jamais plus sûr que les données."""

from __future__ import annotations

import pandas as pd

from observatoire.cartes.fractions import fraction_de_phrase, fraction_voisine
from observatoire.cartes.francais import (
    celui,
    de_la_ville,
    en_lettres,
    nom_indicateur,
    typographier,
)
from observatoire.cartes.modeles import Aspect
from observatoire.cartes.quartier import accord_ecart, ecart_en_mots, valeur_courte
from observatoire.cartes.sujet import SujetCarte
from observatoire.catalogue import Indicateur
from observatoire.domaine import Verdict
from observatoire.redaction import INSECABLE

__all__ = ["composer_titre", "verbe_ecart"]

_SEUILS = {
    "pct": (20.0, 15.0, 10.0, 5.0, 3.0, 2.0),
    "eur": (10_000.0, 5_000.0, 3_000.0, 2_000.0, 1_000.0),
    "rapport": (2.0, 1.0, 0.5, 0.2),
    "indice": (0.1, 0.05, 0.02),
    "ips": (30.0, 20.0, 10.0, 5.0),
    "pour_10000": (10.0, 5.0, 2.0, 1.0),
    "pour_100": (20.0, 10.0, 5.0, 2.0),
    "hab_km2": (10_000.0, 5_000.0, 2_000.0, 1_000.0),
}
_PART_MESSAGE = 0.1
"""Un message vaut pour au moins un dixième des zones connues."""


def composer_titre(sujet: SujetCarte) -> str:
    """Message de la carte, avec son chiffre.

    Returns
    -------
    str
        Le message des quartiers prioritaires s’il est vrai et sûr ; sinon le nombre de
        zones qui s’écartent de la référence ; sinon l’étendue des valeurs.
    """
    titre = None
    if sujet.vue == "ecart":
        # Par secteur, la carte ne montre pas les quartiers : elle ne parle pas d’eux.
        titre = _titre_quartiers(sujet) if sujet.montre_les_quartiers else None
        titre = titre or _titre_ecarts(sujet)
    return typographier(titre or _titre_etendue(sujet))


def _titre_quartiers(sujet: SujetCarte) -> str | None:
    quartiers, indicateur = sujet.quartiers, sujet.indicateur
    ville = sujet.valeur_ville
    if (
        indicateur.unite != "pct"
        or not indicateur.lecture.startswith("{valeur} ")
        or ville is None
        or sujet.reference != sujet.ensemble
        or quartiers.empty
        or quartiers[["valeur", "ecart"]].isna().to_numpy().any()
        or not (quartiers["verdict"] == Verdict.ECART_NET).all()
        or not ((quartiers["ecart"] > 0).all() or (quartiers["ecart"] < 0).all())
    ):
        return None
    estime = bool((quartiers["statut"] == "estime").any())
    ou = _dans_les_quartiers(sujet)
    fractions = None if estime else _fractions(indicateur, quartiers, ville)
    if fractions is not None:
        return f"{ou}, {fractions} dans {sujet.nom_ensemble}"
    basse, haute = float(quartiers["valeur"].min()), float(quartiers["valeur"].max())
    unite = indicateur.unite
    valeurs = valeur_courte(haute, unite)
    if valeur_courte(basse, unite) != valeurs:
        valeurs = f"{valeur_courte(basse, unite).rstrip('%').rstrip()} à {valeurs}"
    phrase = indicateur.lecture.replace("{valeur}", valeurs)
    phrase = f"on estime que {phrase}" if estime else phrase
    return f"{ou}, {phrase}, contre {valeur_courte(ville, unite)} dans {sujet.nom_ensemble}"


def _dans_les_quartiers(sujet: SujetCarte) -> str:
    nombre = len(sujet.quartiers)
    ville = f" {_de(sujet)}" if sujet.est_fictive else ""
    if nombre == 1:
        return f"Dans le quartier prioritaire {sujet.quartiers['nom'].iloc[0]}{ville}"
    return f"Dans les {en_lettres(nombre)} quartiers prioritaires{ville}"


def _fractions(indicateur: Indicateur, quartiers: pd.DataFrame, ville: float) -> str | None:
    """« près d’un habitant sur deux vit…, contre un sur cinq », si c’est vrai."""
    valeurs, effectifs = quartiers["valeur"], quartiers["effectif"]
    de_la_ville = fraction_voisine(ville)
    if de_la_ville is None:
        return None
    if effectifs.notna().all() and float(effectifs.sum()) > 0:
        # Numérateurs et dénominateurs sont sommés : ce n’est pas une moyenne de taux.
        ensemble = float((valeurs * effectifs).sum() / effectifs.sum())
        phrase = fraction_de_phrase(indicateur, ensemble)
    else:
        extremes = [fraction_voisine(float(v)) for v in (valeurs.min(), valeurs.max())]
        if None in extremes or len({e[1] for e in extremes if e}) > 1:
            return None
        n = next(e[1] for e in extremes if e)
        phrase = fraction_de_phrase(indicateur, 100 / n)
        phrase = phrase and (f"environ {phrase[0]}", phrase[1])
    phrase_ville = fraction_de_phrase(indicateur, ville)
    if phrase is None or phrase_ville is None or phrase[0] == phrase_ville[0]:
        return None
    nom = phrase_ville[0].split(" sur ")[0].rsplit(" ", 1)[-1].rsplit("’", 1)[-1]
    return f"{phrase[0]} {phrase[1]}, contre {phrase_ville[0].replace(f' {nom} ', ' ')}"


def _titre_ecarts(sujet: SujetCarte) -> str | None:
    zones, indicateur = sujet.zones, sujet.indicateur
    connues = zones[(zones["aspect"] == Aspect.VALEUR) & zones["ecart"].notna()]
    if connues.empty:
        return None
    signe = -1 if indicateur.sens == "favorable_si_hausse" else 1
    for verdicts, prudent in (
        ({Verdict.ECART_NET.value}, False),
        ({Verdict.ECART_NET.value, Verdict.ECART_INDICATIF.value}, True),
    ):
        ecarts = connues.loc[connues["verdict"].isin(verdicts), "ecart"] * signe
        for seuil in _SEUILS.get(indicateur.unite, ()):
            nombre = int((ecarts >= seuil - 1e-9).sum())
            if nombre >= max(1, _PART_MESSAGE * len(connues)):
                return _message_ecart(sujet, seuil, nombre, len(connues), signe, prudent=prudent)
    return None


def _message_ecart(
    sujet: SujetCarte, seuil: float, nombre: int, total: int, signe: int, *, prudent: bool
) -> str:
    verbe = verbe_ecart(sujet, dessus=signe > 0, prudent=prudent)
    seuil_ecrit = ecart_en_mots(seuil, sujet.indicateur.unite)
    combien = f"{sujet.compter(nombre)} sur {total}"
    if nombre == 1 and not sujet.noms_declares:
        combien = f"{sujet.un_seul} sur {en_lettres(total)}"
    if 1 < total < len(sujet.zones) / 2:
        # « Sur deux », quand cinq sont dessinés : deux seulement se comparent.
        combien += " comparables"
    if total == 1:
        combien = f"{sujet.le_seul} comparable"
    return f"{sujet.lieu}, {verbe} d’au moins {seuil_ecrit} dans {combien}"


def verbe_ecart(sujet: SujetCarte, *, dessus: bool, prudent: bool) -> str:
    """Sujet, verbe et référence : « le taux de pauvreté dépasse celui de la ville »."""
    indicateur = sujet.indicateur
    reference = f"{celui(indicateur)} de {sujet.nom_reference}"
    if dessus:
        verbe = "semble dépasser" if prudent else "dépasse"
        return f"{nom_indicateur(indicateur)} {verbe} {reference}"
    accord = accord_ecart(indicateur, "inférieur")
    verbe = f"semble {accord}" if prudent else f"est {accord}"
    return f"{nom_indicateur(indicateur)} {verbe} à {reference}"


def _titre_etendue(sujet: SujetCarte) -> str:
    indicateur, zones = sujet.indicateur, sujet.zones
    lieu = sujet.lieu
    nom, pluriel = nom_indicateur(indicateur), sujet.noms[1]
    # Une valeur dont seules les bornes comptent ne se dit pas, même entre deux autres.
    bornees = zones["valeur"].notna() & zones["bornes_seules"]
    connues = zones.loc[zones["valeur"].notna() & ~bornees, "valeur"]
    if connues.empty and bornees.any():
        connu, chiffre = (accord_ecart(indicateur, mot) for mot in ("connu", "chiffré"))
        return f"{lieu}, {nom} n’est pas assez {connu} par {sujet.noms[0]} pour être {chiffre}"
    if connues.empty:
        if len(zones) and (zones["aspect"] == Aspect.SECRET).all():
            return f"{lieu}, {nom} est sous secret statistique dans {sujet.toutes}"
        return f"{lieu}, {nom} n’est pas disponible par {sujet.noms[0]} en {sujet.millesime}"
    basse = valeur_courte(float(connues.min()), indicateur.unite)
    haute = valeur_courte(float(connues.max()), indicateur.unite)
    if basse != haute and indicateur.unite not in {"pct", "eur", "rapport"}:
        # L’unité en toutes lettres ne se dit qu’une fois.
        basse = basse.split(INSECABLE)[0]
    if basse == haute:
        return f"{lieu}, {nom} est de {haute} dans {sujet.compter(len(connues))}"
    if (zones.loc[connues.index, "statut"] == "estime").any():
        estime = accord_ecart(indicateur, "estimé")
        return f"{lieu}, {nom} est {estime} entre {basse} et {haute} selon les {pluriel}"
    return f"{lieu}, {nom} varie de {basse} à {haute} selon les {pluriel}"


def _de(sujet: SujetCarte) -> str:
    return de_la_ville(sujet.nom_ville) + (" (ville fictive)" if sujet.est_fictive else "")
