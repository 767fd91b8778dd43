"""Cartes des grappes et des poches : la carte des IRIS, recoloriée d’après une table de l’édition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from observatoire.cartes import palettes
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.francais import a_la_ville, nom_indicateur, typographier
from observatoire.cartes.groupes_carreaux import (
    groupes_de_carreaux,
    intituler_poches,
    superposer_groupes,
)
from observatoire.cartes.modeles import Aspect, ClasseLegende, Legende, VueCarte
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import ecrire_valeur, pluriel

__all__ = ["vue_des_grappes", "vue_des_poches"]

_LIBELLES = {
    "haut": "élevé, parmi des voisins élevés",
    "haut_isole": "élevé, parmi des voisins bas",
    "bas_isole": "bas, parmi des voisins élevés",
    "bas": "bas, parmi des voisins bas",
    "aucune": "pas de grappe",
}
_AMBRE, _AMBRE_CLAIR, _BRUN = palettes.AMBRES[2], palettes.AMBRES[0], palettes.AMBRES[3]
_INDIGO, _INDIGO_CLAIR = palettes.INDIGOS[3], palettes.INDIGOS[1]
_FOND = "#ebe8e1"
"""Plus soutenu que la terre autour de la ville : la ville se voit même sans grappe."""
_GRIS, _GRIS_CLAIR = "#8a8f9a", "#d0d3da"
_COULEURS: Mapping[str, tuple[str, str, str, str]] = {
    # élevé, élevé isolé, bas isolé, bas : l’ambre est le côté défavorable, jamais celui d’un indicateur neutre.
    "defavorable_si_hausse": (_AMBRE, _AMBRE_CLAIR, _INDIGO_CLAIR, _INDIGO),
    "favorable_si_hausse": (_INDIGO, _INDIGO_CLAIR, _AMBRE_CLAIR, _AMBRE),
    "neutre": (_INDIGO, _INDIGO_CLAIR, _GRIS_CLAIR, _GRIS),
}


def vue_des_grappes(edition: Edition, catalogue: Catalogue, indicateur: str) -> VueCarte:
    """Carte des IRIS qui ressemblent à leurs voisins plus que le hasard ne l’explique.

    Raises
    ------
    ErreurDemande
        Si l’édition n’a pas de grappes pour cet indicateur.
    """
    table = edition.complement("grappes")
    lignes = table[table["indicateur"] == indicateur] if len(table) else table
    if lignes.empty:
        raise ErreurDemande(f"L’édition n’a pas de grappes d’IRIS pour « {indicateur} ».")
    declare = catalogue.indicateurs[indicateur]
    grappes = lignes.set_index("code_iris")["grappe"]
    couleurs = dict(zip(_LIBELLES, (*_COULEURS[declare.sens], _FOND), strict=True))
    base = _base(edition, catalogue, indicateur, int(lignes["millesime"].iloc[0]))
    # Un IRIS sans voisin connu n’est pas dans une grappe.
    etats = grappes.replace({"seul": "aucune"})
    hauts, bas = int((etats == "haut").sum()), int((etats == "bas").sum())
    nom = nom_indicateur(declare)
    ville = a_la_ville(edition.nom_commune, edition.est_fictive)
    titre = f"{ville}, {nom} : "
    if hauts + bas:
        titre += (
            f"{hauts} IRIS {pluriel('élevé', hauts)} parmi des voisins élevés, {bas} {pluriel('bas', 1)} "
            "parmi des voisins bas"
        )
    else:
        titre += "aucune grappe d’IRIS que le hasard n’explique pas"
    return _recolorier(
        base, etats, couleurs, _LIBELLES,
        titre=titre, legende=f"Grappes d’IRIS, {base.millesime}",
        methode="Moran local ; au plus une grappe sur dix due au hasard",
    )  # fmt: skip


def vue_des_poches(edition: Edition, catalogue: Catalogue) -> VueCarte:
    """Carte des IRIS aussi fragiles que les quartiers prioritaires, et des IRIS dont on ne sait rien.

    Raises
    ------
    ErreurDemande
        Si l’indicateur du critère manque à l’édition.
    """
    indicateur = catalogue.inegalites.poches.indicateur
    table = edition.complement("poches")
    millesime = int(table["millesime"].iloc[0]) if len(table) else None
    base = _base(edition, catalogue, indicateur, millesime)
    etats = pd.Series("non", index=pd.Index(base.zones["code_territoire"]))
    trouvees = 0
    if len(table):
        etats.update(table.set_index("code_iris")["etat"])
        trouvees = int((table["etat"] == "poche").sum())
    seuil = ecrire_valeur(float(table["seuil"].iloc[0]), "pct") if len(table) else ""
    ville = a_la_ville(edition.nom_commune, edition.est_fictive)
    groupes = groupes_de_carreaux(edition)
    libelles = {
        "poche": f"aussi fragile que les QPV ({seuil} ou plus), hors d’eux" if seuil else "poche",
        "non": "ni poche ni masqué, ou dans un QPV",
    }
    vue = _recolorier(
        base, etats, {"poche": _AMBRE, "non": _FOND}, libelles,
        titre=intituler_poches(ville, trouvees, 0 if groupes is None else len(groupes)),
        legende=f"Hors des quartiers prioritaires, {base.millesime}",
        methode="",
    )  # fmt: skip
    return superposer_groupes(vue, edition, _BRUN)


def _base(
    edition: Edition, catalogue: Catalogue, indicateur: str, millesime: int | None
) -> VueCarte:
    return vue_depuis_edition(
        edition, indicateur=indicateur, vue="valeur", niveau="iris", millesime=millesime, catalogue=catalogue
    )  # fmt: skip


def _recolorier(
    base: VueCarte,
    etats: pd.Series,
    couleurs: Mapping[str, str],
    libelles: Mapping[str, str],
    *,
    titre: str,
    legende: str,
    methode: str,
) -> VueCarte:
    """La même carte, une couleur par état ; un IRIS masqué ou sans logement a son aspect."""
    zones = base.zones.copy()
    siens = zones["code_territoire"].map(etats)
    muets = [Aspect.SANS_LOGEMENT.value, Aspect.SECRET.value, Aspect.ABSENT.value]
    sans_logement = (siens == "sans_logement") | ~zones["type_iris"].isin(["H", "Z"])
    colories = siens.isin(list(couleurs)) & ~zones["aspect"].isin(muets) & ~sans_logement
    aspects = np.select(
        [colories, sans_logement, zones["aspect"].isin(muets)],
        [Aspect.VALEUR.value, Aspect.SANS_LOGEMENT.value, zones["aspect"]],
        Aspect.SECRET.value,
    )
    rangs = {etat: k for k, etat in enumerate(couleurs)}
    zones["aspect"] = aspects
    zones["couleur"] = np.where(
        colories,
        siens.map(dict(couleurs)),
        [palettes.FOND_ASPECT.get(Aspect(a), "") for a in aspects],
    )
    zones["classe"] = np.where(colories, siens.map(rangs), -1).astype(int)
    zones["texte_ecart"] = np.where(colories, siens.map(dict(libelles)), "")
    comptes = siens[colories].value_counts()
    classes = tuple(
        ClasseLegende(
            float(k),
            float(k),
            couleurs[etat],
            typographier(libelles[etat]),
            int(comptes.get(etat, 0)),
        )
        for etat, k in rangs.items()
    )
    titre = typographier(titre)
    return replace(
        base,
        zones=zones,
        titre=titre,
        texte_alternatif=f"Carte. {titre}. Le tableau des mêmes données suit la carte.",
        legende=Legende(legende, "IRIS", classes, _compter(aspects), "", methode),
    )


def _compter(aspects: np.ndarray) -> tuple[tuple[Aspect, int], ...]:
    """Zones de chaque aspect particulier, s’il y en a."""
    comptes = [(a, int((aspects == a.value).sum())) for a in Aspect if a is not Aspect.VALEUR]
    return tuple((a, n) for a, n in comptes if n)
