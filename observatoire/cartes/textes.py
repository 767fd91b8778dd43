"""Ce qu’une carte dit autour du titre : sous-titre, lecture, précaution, alternative.

Aucune phrase n’est plus sûre que le verdict : *écart net* s’affirme, *écart indicatif*
« semble », *non interprétable* ne se compare pas.
"""

from __future__ import annotations

import math

import pandas as pd

from observatoire.cartes.discretisation import Decoupage
from observatoire.cartes.francais import enumerer, nom_indicateur, typographier
from observatoire.cartes.lignes import decimales_du_chiffre
from observatoire.cartes.modeles import Aspect
from observatoire.cartes.palettes import couleur_en_mots
from observatoire.cartes.quartier import (
    ecart_en_mots,
    phrase_quartier,
    valeur_courte,
)
from observatoire.cartes.sujet import NOMS_NIVEAU, SujetCarte, unite_en_mots
from observatoire.cartes.titres import composer_titre, verbe_ecart
from observatoire.domaine import Methode, Verdict
from observatoire.redaction import ecrire_bornes, ecrire_ecart, ecrire_valeur

__all__ = [
    "NOMS_NIVEAU",
    "SujetCarte",
    "composer_alternative",
    "composer_lecture",
    "composer_precaution",
    "composer_sous_titre",
    "composer_titre",
    "phrase_quartier",
    "unite_en_mots",
]

_NON_DISPONIBLE = "non disponible"


def composer_sous_titre(sujet: SujetCarte) -> str:
    """Indicateur, référence, découpage, ville et date."""
    indicateur = sujet.indicateur
    ecart = sujet.vue == "ecart"
    morceaux = [indicateur.libelle]
    reference = sujet.valeur_reference if ecart else sujet.valeur_ville
    ecrite = "" if reference is None else ecrire_valeur(reference, indicateur.unite)
    if ecart:
        precision = f" ({ecrite})" if ecrite else ""
        morceaux = [f"{indicateur.libelle} : écart à {sujet.nom_reference}{precision}"]
    morceaux.append(unite_en_mots(indicateur.unite, ecart=ecart))
    morceaux.append(f"par {sujet.noms[0]}")
    lieu = sujet.nom_ville + (" (ville fictive)" if sujet.est_fictive else "")
    texte = f"{', '.join(filter(None, morceaux))} – {lieu}, {sujet.millesime}"
    if not ecart and ecrite and not indicateur.est_stock:
        nom = "ville" if sujet.ensemble == "ville" else "intercommunalité"
        texte += f" ; {nom} : {ecrite}"
    return typographier(texte)


def composer_lecture(sujet: SujetCarte, decoupage: Decoupage, couleurs: tuple[str, ...]) -> str:
    """Phrase qui apprend à lire la classe la plus défavorable, ou la plus haute.

    Parameters
    ----------
    sujet : SujetCarte
    decoupage : Decoupage
        Classes, des valeurs basses aux valeurs hautes.
    couleurs : tuple of str
        Couleurs des classes, dans le même ordre.
    """
    indicateur, unite = sujet.indicateur, sujet.indicateur.unite
    if not decoupage.nombre:
        return ""
    if indicateur.est_stock:
        nom = nom_indicateur(indicateur)
        return typographier(f"Lecture : la surface de chaque cercle est proportionnelle à {nom}.")
    dessous = indicateur.sens == "favorable_si_hausse"
    rangs = range(decoupage.nombre) if dessous else reversed(range(decoupage.nombre))
    rang = next((r for r in rangs if decoupage.effectifs[r] and r != decoupage.centre), None)
    if rang is None:
        return ""
    nombre = decoupage.effectifs[rang]
    qui = f"dans les {sujet.compter(nombre)}" if nombre > 1 else f"dans {sujet.le_seul}"
    borne = decoupage.bornes[rang + 1] if dessous else decoupage.bornes[rang]
    if sujet.vue == "ecart":
        teinte = couleur_en_mots(couleurs[rang])
        cote = decoupage.centre is None or rang > decoupage.centre
        # La borne la plus proche de la référence est celle que toute la classe franchit.
        seuil = abs(decoupage.bornes[rang] if cote else decoupage.bornes[rang + 1])
        net = _classe_nette(sujet, decoupage, rang)
        verbe = verbe_ecart(sujet, dessus=cote, prudent=not net)
        return typographier(
            f"Lecture : {qui} en {teinte}, {verbe} d’au moins {ecart_en_mots(seuil, unite)}."
        )
    mot = "au plus" if dessous else "au moins"
    ton = (
        sujet.accorder("les plus foncés", "les plus foncées", "de la teinte la plus foncée")
        if nombre > 1
        else sujet.accorder("le plus foncé", "la plus foncée", "de la teinte la plus foncée")
    )
    ecrite = valeur_courte(borne, unite)
    if unite == "pct" and indicateur.lecture.startswith("{valeur} "):
        suite = indicateur.lecture.replace("{valeur}", f"{mot} {ecrite}")
    else:
        suite = f"{nom_indicateur(indicateur)} est d’{mot} {ecrite}"
    return typographier(f"Lecture : {qui} {ton}, {suite}.")


def _classe_nette(sujet: SujetCarte, decoupage: Decoupage, rang: int) -> bool:
    zones = sujet.zones[sujet.zones["aspect"] == Aspect.VALEUR]
    dedans = decoupage.classer(zones["ecart"].to_numpy(dtype=float)) == rang
    return bool((zones.loc[dedans, "verdict"] == Verdict.ECART_NET).all())


def composer_precaution(sujet: SujetCarte, *, indicatifs: int = 0) -> str:
    """Ce que la carte ne montre pas et ce qu’elle ne permet pas de dire."""
    zones = sujet.zones
    aspects = zones["aspect"].value_counts()
    phrases = []
    manques = [
        (Aspect.SECRET, "sous secret statistique"),
        (Aspect.SANS_LOGEMENT, "sans logement ou presque"),
        (Aspect.ABSENT, _NON_DISPONIBLE),
    ]
    presents = [(int(aspects.get(a, 0)), mot) for a, mot in manques if aspects.get(a, 0)]
    total = sum(n for n, _ in presents)
    if total:
        phrases.append(f"{sujet.compter(total)} sur {len(zones)} {_dire_manques(presents)}.")
    incertains = int(aspects.get(Aspect.INCERTAIN, 0))
    if incertains:
        phrases.append(
            f"Dans {sujet.compter(incertains)}, l’estimation est trop incertaine pour "
            "être comparée."
        )
    if indicatifs:
        phrases.append(
            f"Dans {sujet.compter(indicatifs)} (points), l’écart est seulement indicatif."
        )
    phrases += _dire_calees(sujet)
    if sujet.niveau == "iris" and not sujet.quartiers.empty:
        phrases.append(
            "Un IRIS n’est pas un quartier prioritaire de la politique de la ville "
            "(QPV) : voir la fiche de chaque quartier."
        )
    if sujet.indicateur.precaution:
        phrases.append(sujet.indicateur.precaution)
    return typographier(" ".join(phrases))


def _dire_manques(presents: list[tuple[int, str]]) -> str:
    """« sont sous secret statistique », ou le détail s’il y a plusieurs raisons."""
    total = sum(n for n, _ in presents)
    accordes = [(n, f"{m}s" if m == _NON_DISPONIBLE and n > 1 else m) for n, m in presents]
    if len(accordes) == 1:
        return f"{'est' if total == 1 else 'sont'} {accordes[0][1]}"
    detail = enumerer([f"{n} {m}" for n, m in accordes])
    return f"{'n’a' if total == 1 else 'n’ont'} pas de valeur : {detail}"


def _dire_calees(sujet: SujetCarte) -> list[str]:
    """Combien de quartiers sont estimés par calage, et leur plus grande erreur neuf fois sur dix."""
    quartiers = sujet.quartiers
    if not sujet.montre_les_quartiers or quartiers.empty or sujet.indicateur.est_stock:
        return []
    calees = quartiers[
        quartiers["methode"].map(lambda m: Methode(m).est_calee)
        & quartiers["valeur"].notna()
        & ~quartiers["bornes_seules"].astype(bool)
    ]
    demies = pd.concat(
        [calees["valeur"] - calees["borne_basse"], calees["borne_haute"] - calees["valeur"]]
    )
    if demies.dropna().empty:
        return []
    tous = len(calees) == len(quartiers)
    un = "du quartier" if tous else "d’un quartier"
    plusieurs = "des quartiers" if tous else f"de {len(calees)} quartiers"
    sont = "sont estimés, calés" if len(calees) > 1 else "est estimé, calé"
    chiffre = f"Les chiffres {plusieurs}" if len(calees) > 1 else f"Le chiffre {un}"
    marge = float(demies.max())
    if sujet.indicateur.unite == "pct":
        marge = math.ceil(marge - 1e-9)
    phrase = (
        f"{chiffre} {sont} sur ceux de France qui sont publiés : "
        f"neuf fois sur dix, l’erreur ne dépasse pas {ecart_en_mots(marge, sujet.indicateur.unite)}."
    )
    return [phrase]


def composer_alternative(
    sujet: SujetCarte, titre: str, sous_titre: str, classes: list[tuple[str, int]]
) -> str:
    """Texte alternatif : ce qu’une personne qui ne voit pas la carte doit savoir.

    Parameters
    ----------
    sujet : SujetCarte
    titre, sous_titre : str
        Textes déjà composés.
    classes : list of (str, int)
        Libellés de la légende et nombres de zones, dans l’ordre d’affichage.
    """
    unite = sujet.indicateur.unite
    phrases = [f"Carte par {sujet.noms[0]}. {titre}. {sous_titre}."]
    detail = [f"{libelle} : {sujet.compter(n)}" for libelle, n in classes if n]
    if detail:
        phrases.append(f"Répartition : {' ; '.join(detail)}.")
    quartiers = []
    for ligne in sujet.quartiers.to_dict("records"):
        if pd.isna(ligne["valeur"]):
            continue
        if ligne["bornes_seules"]:
            bornes = ecrire_bornes(float(ligne["borne_basse"]), float(ligne["borne_haute"]), unite)
            quartiers.append(f"{ligne['nom']}, {bornes}")
            continue
        valeur, ecart, statut = float(ligne["valeur"]), float(ligne["ecart"]), ligne["statut"]
        ecrite = ecrire_valeur(valeur, unite, decimales=decimales_du_chiffre(valeur, statut))
        texte = f"{ligne['nom']}, {ecrite}"
        sur = ligne["verdict"] != Verdict.NON_INTERPRETABLE and not pd.isna(ligne["ecart"])
        if sujet.vue == "ecart" and sur:
            texte += (
                f" ({ecrire_ecart(ecart, unite, decimales=decimales_du_chiffre(ecart, statut))})"
            )
        quartiers.append(texte)
    if quartiers:
        phrases.append(
            f"Quartiers prioritaires de la politique de la ville (QPV) : {' ; '.join(quartiers)}."
        )
    return typographier(" ".join(phrases))
