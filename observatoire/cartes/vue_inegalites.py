"""Cartes des grappes et des poches : la carte des IRIS, recoloriée d’après une table de l’édition.

Une carte où rien ne serait coloré ne se montre pas : faute de grappe ou de poche, la carte est celle
des écarts à la ville, et son titre dit que rien ne se détache.
"""

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
from observatoire.cartes.modeles import Aspect, ClasseLegende, Legende, TypeVue, VueCarte
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import ecrire_valeur, pluriel

__all__ = ["indicateurs_a_grappes", "vue_des_grappes", "vue_des_poches"]

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
"""Plus soutenu que la terre autour de la ville : la ville se voit entre ses grappes."""
_GRAPPES = ("haut", "haut_isole", "bas_isole", "bas")
_GRIS, _GRIS_CLAIR = "#8a8f9a", "#d0d3da"
_COULEURS: Mapping[str, tuple[str, str, str, str]] = {
    # élevé, élevé isolé, bas isolé, bas : l’ambre est le côté défavorable, jamais celui d’un indicateur neutre.
    "defavorable_si_hausse": (_AMBRE, _AMBRE_CLAIR, _INDIGO_CLAIR, _INDIGO),
    "favorable_si_hausse": (_INDIGO, _INDIGO_CLAIR, _AMBRE_CLAIR, _AMBRE),
    "neutre": (_INDIGO, _INDIGO_CLAIR, _GRIS_CLAIR, _GRIS),
}


def indicateurs_a_grappes(edition: Edition) -> set[str]:
    """Indicateurs pour lesquels au moins un IRIS forme une grappe avec ses voisins."""
    table = edition.complement("grappes")
    if table.empty:
        return set()
    return set(table.loc[table["grappe"].isin(_GRAPPES), "indicateur"])


def vue_des_grappes(edition: Edition, catalogue: Catalogue, indicateur: str) -> VueCarte:
    """Carte des IRIS qui ressemblent à leurs voisins plus que le hasard ne l’explique.

    Sans aucune grappe, c’est la carte des écarts à la ville, et le titre dit qu’aucun groupe ne se détache.

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
    nom = nom_indicateur(declare)
    ville = a_la_ville(edition.nom_commune, edition.est_fictive)
    millesime = int(lignes["millesime"].iloc[0])
    grappes = lignes.set_index("code_iris")["grappe"]
    if not grappes.isin(_GRAPPES).any():
        titre = f"{ville}, {nom} : aucun groupe d’IRIS voisins ne se détache du hasard"
        return _sans_groupe(edition, catalogue, indicateur, millesime, titre)
    couleurs = dict(zip(_LIBELLES, (*_COULEURS[declare.sens], _FOND), strict=True))
    base = _base(edition, catalogue, indicateur, millesime)
    # Un IRIS sans voisin connu n’est pas dans une grappe.
    etats = grappes.replace({"seul": "aucune"})
    hauts, bas = int((etats == "haut").sum()), int((etats == "bas").sum())
    groupes = [f"{hauts} IRIS {pluriel('élevé', hauts)} parmi des voisins élevés"] if hauts else []
    if bas:
        groupes.append(f"{bas} IRIS bas parmi des voisins bas")
    dits = ", ".join(groupes) or "seulement des IRIS différents de leurs voisins"
    titre = f"{ville}, {nom} : {dits}"
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
    ville = a_la_ville(edition.nom_commune, edition.est_fictive)
    trouvees = int((table["etat"] == "poche").sum()) if len(table) else 0
    groupes = groupes_de_carreaux(edition)
    titre = intituler_poches(ville, trouvees, 0 if groupes is None else len(groupes))
    if not trouvees and groupes is None:
        return _sans_groupe(edition, catalogue, indicateur, millesime, titre)
    base = _base(edition, catalogue, indicateur, millesime)
    etats = pd.Series("non", index=pd.Index(base.zones["code_territoire"]))
    seuil = ""
    if len(table):
        etats.update(table.set_index("code_iris")["etat"])
        seuil = ecrire_valeur(float(table["seuil"].iloc[0]), "pct")
    libelles = {
        "poche": f"aussi fragile que les QPV ({seuil} ou plus), hors d’eux" if seuil else "poche",
        "non": "ni poche ni masqué, ou dans un QPV",
    }
    vue = _recolorier(
        base, etats, {"poche": _AMBRE, "non": _FOND}, libelles,
        titre=titre,
        legende=f"Hors des quartiers prioritaires, {base.millesime}",
        methode="",
    )  # fmt: skip
    return superposer_groupes(vue, edition, _BRUN)


def _base(
    edition: Edition,
    catalogue: Catalogue,
    indicateur: str,
    millesime: int | None,
    vue: TypeVue = "valeur",
) -> VueCarte:
    return vue_depuis_edition(
        edition, indicateur=indicateur, vue=vue, niveau="iris", millesime=millesime, catalogue=catalogue
    )  # fmt: skip


def _sans_groupe(
    edition: Edition, catalogue: Catalogue, indicateur: str, millesime: int | None, titre: str
) -> VueCarte:
    """La carte des écarts à la ville, sous un titre qui dit qu’aucun IRIS ne se distingue autrement."""
    base = _base(edition, catalogue, indicateur, millesime, "ecart")
    titre = typographier(titre)
    return replace(base, titre=titre, texte_alternatif=f"{titre}. {base.texte_alternatif}")


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
    """La même carte, une couleur par état ; un IRIS masqué ou sans logement a l’aspect qu’il a ailleurs."""
    zones = base.zones.copy()
    siens = zones["code_territoire"].map(etats)
    muets = [Aspect.SANS_LOGEMENT.value, Aspect.SECRET.value, Aspect.ABSENT.value]
    sans_logement = (siens == "sans_logement") | ~zones["type_iris"].isin(["H", "Z"])
    colories = siens.isin(list(couleurs)) & ~zones["aspect"].isin(muets) & ~sans_logement
    aspects = np.select(
        [colories, zones["aspect"].isin(muets), sans_logement],
        [Aspect.VALEUR.value, zones["aspect"], Aspect.SANS_LOGEMENT.value],
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
