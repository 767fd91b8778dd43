"""Deux cartes côte à côte aux mêmes classes : deux indicateurs de même unité, ou deux dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from observatoire.cartes.depuis_edition import sujet_depuis_edition
from observatoire.cartes.francais import enumerer, nom_indicateur, typographier
from observatoire.cartes.legende import decouper_valeurs
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.quartier import accord_ecart
from observatoire.cartes.sujet import unite_en_mots
from observatoire.cartes.vue import VueEnPreparation, assembler
from observatoire.catalogue import Catalogue, Indicateur, charger_catalogue
from observatoire.domaine import Comparabilite, Statut
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import majuscule

__all__ = ["VuesJumelles", "vues_jumelles_depuis_edition"]

_CITATION = re.compile(r"(.*? : )(.*?)((?: – traitement|\. Ville fictive).*)")
"""Début, jeux de données et fin de :meth:`observatoire.editions.Edition.citation`."""


@dataclass(frozen=True, slots=True)
class VuesJumelles:
    """Deux vues aux mêmes classes et aux mêmes couleurs, et ce que la page dit d’elles."""

    gauche: VueCarte
    droite: VueCarte
    titre: str
    sous_titre: str
    precaution: str
    source: str

    @property
    def vues(self) -> tuple[VueCarte, VueCarte]:
        """La carte de gauche, puis celle de droite."""
        return self.gauche, self.droite

    @property
    def entetes(self) -> tuple[str, str]:
        """Tête de chaque colonne d’effectifs de la légende."""
        if self.gauche.millesime != self.droite.millesime:
            return str(self.gauche.millesime), str(self.droite.millesime)
        return "gauche", "droite"


def vues_jumelles_depuis_edition(
    edition: Edition,
    *,
    indicateurs: tuple[str, str],
    millesimes: tuple[int | None, int | None] = (None, None),
    vue: str = "valeur",
    niveau: str = "iris",
    reference: str = "ville",
    catalogue: Catalogue | None = None,
) -> VuesJumelles:
    """Préparer deux cartes que l’on peut comparer à l’œil.

    Parameters
    ----------
    edition : Edition
        Édition publiée.
    indicateurs : tuple of (str, str)
        Identifiants, à gauche puis à droite ; le même deux fois pour deux dates.
    millesimes : tuple of (int or None, int or None)
        Années ; la plus récente si ``None``.
    vue, niveau, reference : str
        Communs aux deux cartes (:func:`observatoire.cartes.vue.composer_vue`).
    catalogue : Catalogue, optional
        Par défaut, celui du paquet.

    Returns
    -------
    VuesJumelles
        Les classes viennent de toutes les zones des deux cartes ensemble ; les effectifs de
        chaque légende sont ceux de sa carte.

    Raises
    ------
    ErreurDemande
        Si les deux cartes sont la même, ou si elles ne peuvent avoir les mêmes classes :
        unités, sens ou vues différents.
    """
    catalogue = catalogue or charger_catalogue()
    gauche, droite = (
        sujet_depuis_edition(
            edition,
            indicateur=indicateur,
            vue=vue,
            niveau=niveau,
            millesime=millesime,
            reference=reference,
            catalogue=catalogue,
        )
        for indicateur, millesime in zip(indicateurs, millesimes, strict=True)
    )
    _verifier(gauche, droite)
    decoupage = decouper_valeurs([gauche.sujet, droite.sujet])
    vue_gauche, vue_droite = (assembler(p, decoupage=decoupage) for p in (gauche, droite))
    return VuesJumelles(
        gauche=vue_gauche,
        droite=vue_droite,
        titre=_titre(edition, (gauche, droite), (vue_gauche, vue_droite)),
        sous_titre=_sous_titre(gauche, droite),
        precaution=_precaution(catalogue, gauche, droite),
        source=_source(vue_gauche.source, vue_droite.source),
    )


def _verifier(gauche: VueEnPreparation, droite: VueEnPreparation) -> None:
    a, b = gauche.sujet, droite.sujet
    fautes = []
    if (a.indicateur.id, a.millesime) == (b.indicateur.id, b.millesime):
        fautes.append("les deux cartes sont la même : donner deux indicateurs, ou deux millésimes")
    if a.indicateur.unite != b.indicateur.unite:
        fautes.append(
            f"les unités diffèrent ({a.indicateur.libelle} : {a.indicateur.unite} ; "
            f"{b.indicateur.libelle} : {b.indicateur.unite})"
        )
    if a.indicateur.sens != b.indicateur.sens:
        fautes.append(
            "l’un est défavorable quand il monte et l’autre non : les mêmes couleurs diraient le contraire"
        )
    if a.vue != b.vue:
        fautes.append("l’une des cartes n’a pas d’écart calculé : demander --vue valeur")
    if fautes:
        raise ErreurDemande(f"Ces deux cartes ne se comparent pas : {' ; '.join(fautes)}.")


def _titre(
    edition: Edition,
    preparees: tuple[VueEnPreparation, VueEnPreparation],
    vues: tuple[VueCarte, VueCarte],
) -> str:
    """Les deux chiffres de la ville, chacun avec ce qui le distingue ; jamais une évolution."""
    a, b = (p.sujet for p in preparees)
    noms = [nom_indicateur(s.indicateur) for s in (a, b)]
    dates = len({s.millesime for s in (a, b)}) > 1
    if a.valeur_ville is None or b.valeur_ville is None or a.indicateur.est_stock:
        quoi = noms[0] if noms[0] == noms[1] else enumerer(noms)
        quand = f" en {a.millesime} et en {b.millesime}" if dates else ""
        return typographier(f"{a.lieu}, {quoi}{quand}, selon les {a.noms[1]}")
    dits = [
        f"{_verbe(edition, s.indicateur, s.millesime)} {v.texte_ville}"
        + (f" en {s.millesime}" if dates else "")
        for s, v in zip((a, b), vues, strict=True)
    ]
    if noms[0] == noms[1]:
        # « est de 20 % en 2018 et de 21 % en 2021 » : le verbe commun ne se répète pas.
        communs = [d.split(" ")[:2] for d in dits]
        second = dits[1].removeprefix("est ") if communs[0] == communs[1] else dits[1]
        return typographier(f"{a.lieu}, {noms[0]} {dits[0]} et {second}")
    return typographier(f"{a.lieu}, {noms[0]} {dits[0]} et {noms[1]} {dits[1]}")


def _verbe(edition: Edition, indicateur: Indicateur, millesime: int) -> str:
    table = edition.resultats
    ligne = table[
        (table["code_territoire"] == edition.code_commune)
        & (table["indicateur"] == indicateur.id)
        & (table["millesime"] == millesime)
    ]
    if (ligne["statut"] == Statut.ESTIME.value).any():
        return f"est {accord_ecart(indicateur, 'estimé')} à"
    return "est de"


def _sous_titre(gauche: VueEnPreparation, droite: VueEnPreparation) -> str:
    """Ce que les deux cartes ont en commun ; leurs têtes disent ce qui les distingue."""
    sujet = gauche.sujet
    memes = sujet.indicateur.id == droite.sujet.indicateur.id
    if sujet.vue == "ecart":
        unite = unite_en_mots(sujet.indicateur.unite, ecart=True)
        mesure = f"écart à {sujet.nom_reference}" + (f", {unite}" if unite else "")
        debut = f"{sujet.indicateur.court} : {mesure}" if memes else mesure
    else:
        debut = sujet.indicateur.court if memes else "valeurs"
    annees = " et ".join(str(a) for a in sorted({sujet.millesime, droite.sujet.millesime}))
    texte = f"{debut}, par {sujet.noms[0]} – {sujet.nom_ville}, {annees} ; mêmes classes sur les deux cartes"
    return typographier(majuscule(texte))


def _precaution(catalogue: Catalogue, gauche: VueEnPreparation, droite: VueEnPreparation) -> str:
    """Ce que l’écart entre les deux cartes ne permet pas de dire."""
    phrases = _dates_a_distance(catalogue, gauche, droite)
    for preparee in (gauche, droite):
        manques = preparee.sujet.zones["statut"].eq(Statut.SECRET.value).sum()
        if manques:
            phrases.append(
                f"{preparee.sujet.indicateur.court}, {preparee.sujet.millesime} : "
                f"{preparee.sujet.compter(int(manques))} sous secret statistique."
            )
    precautions = dict.fromkeys(
        p.sujet.indicateur.precaution for p in (gauche, droite) if p.sujet.indicateur.precaution
    )
    return typographier(" ".join([*phrases, *precautions]))


def _dates_a_distance(
    catalogue: Catalogue, gauche: VueEnPreparation, droite: VueEnPreparation
) -> list[str]:
    """Ce que deux dates ne permettent pas de dire ; les règles sont celles du catalogue."""
    a, b = gauche.sujet, droite.sujet
    if a.millesime == b.millesime:
        return []
    if a.indicateur.id != b.indicateur.id:
        return ["Les deux cartes n’ont pas la même date."]
    debut, fin = sorted((a.millesime, b.millesime))
    comparaison = catalogue.temps.comparer(catalogue, a.indicateur, debut, fin)
    phrases = ["Deux cartes de dates différentes montrent deux états, non une trajectoire."]
    if comparaison.issue is Comparabilite.REFUSEE:
        phrases.append("Ces deux années ne se comparent pas.")
    return [*phrases, comparaison.motif] if comparaison.motif else phrases


def _source(gauche: str, droite: str) -> str:
    """Les jeux des deux citations, dits une fois ; le début et la fin leur sont communs."""
    lues = [_CITATION.fullmatch(c) for c in (gauche, droite)]
    if gauche == droite or None in lues:
        return gauche if gauche == droite else f"{gauche} {droite}"
    debut, _, fin = lues[0].groups() if lues[0] else ("", "", "")
    jeux = [jeu for lue in lues if lue for jeu in lue[2].split(" ; ")]
    return f"{debut}{' ; '.join(dict.fromkeys(jeux))}{fin}"
