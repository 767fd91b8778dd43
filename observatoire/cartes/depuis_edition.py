"""D’une édition à une carte prête à dessiner."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

from observatoire.cartes.francais import du_quartier, minuscule, typographier
from observatoire.cartes.modeles import TypeVue, VueCarte
from observatoire.cartes.quartier import phrase_quartier
from observatoire.cartes.vue import VueEnPreparation, assembler, preparer_vue
from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.domaine import Reference, Statut
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande
from observatoire.redaction import ecrire_nom, ecrire_nombre, pluriel

__all__ = ["sujet_depuis_edition", "vue_depuis_edition"]

_DANS_LES = re.compile(r"^(Lecture\s*:\s*)d")


def vue_depuis_edition(
    edition: Edition,
    *,
    indicateur: str,
    vue: str = "ecart",
    niveau: str = "iris",
    millesime: int | None = None,
    reference: str = "ville",
    quartier: str = "",
    catalogue: Catalogue | None = None,
    classes: str = "jenks",
    compare_a: int | None = None,
) -> VueCarte:
    """Préparer la carte d’un indicateur d’une édition.

    Parameters
    ----------
    edition : Edition
        Édition publiée.
    indicateur, vue, niveau, reference, classes : str
        Voir :func:`observatoire.cartes.vue.composer_vue`.
    millesime : int, optional
        Par défaut le plus récent de l’indicateur ; la carte porte toujours son millésime.
    quartier : str
        Code d’un quartier prioritaire sur lequel cadrer la carte imprimée, et dont elle parle.
    catalogue : Catalogue, optional
        Par défaut, celui du paquet.
    compare_a : int, optional
        Autre millésime de l’édition, dessiné à côté avec les mêmes classes.

    Raises
    ------
    ErreurDemande
        Si l’indicateur, le millésime ou le quartier n’est pas dans l’édition.
    """
    preparee = sujet_depuis_edition(
        edition,
        indicateur=indicateur,
        vue=vue,
        niveau=niveau,
        millesime=millesime,
        reference=reference,
        catalogue=catalogue,
        classes=classes,
        compare_a=compare_a,
    )
    composee = assembler(preparee)
    if vue == "ecart":
        dite = _dire_la_reference(edition, indicateur, composee.millesime, reference)
        composee = replace(composee, precaution=f"{composee.precaution} {dite}".strip())
    return _cadrer_sur(composee, preparee, quartier) if quartier else composee


def _cadrer_sur(vue: VueCarte, preparee: VueEnPreparation, quartier: str) -> VueCarte:
    """La même carte, cadrée sur un quartier : son titre est la phrase de ce quartier."""
    lignes = vue.qpv[vue.qpv["code_territoire"] == quartier]
    if lignes.empty:
        connus = ", ".join(sorted(vue.qpv["code_territoire"])) or "aucun"
        raise ErreurDemande(
            f"« {quartier} » n’est pas un quartier prioritaire de {vue.nom_ville} "
            f"dans cette édition ; quartiers connus : {connus}."
        )
    ligne = lignes.iloc[0]
    nom = ecrire_nom(str(ligne["nom"]))
    titre = phrase_quartier(
        nom,
        preparee.sujet.indicateur,
        valeur=ligne["valeur"],
        ecart=ligne["ecart"],
        verdict=ligne["verdict"],
        statut=ligne["statut"],
        reference=vue.reference,
        borne_basse=ligne["borne_basse"],
        borne_haute=ligne["borne_haute"],
        methode=ligne["methode"],
        bornes_seules=bool(ligne["bornes_seules"]),
        ecart_bornes=(float(ligne["ecart_borne_basse"]), float(ligne["ecart_borne_haute"])),
    )
    fictive = " (ville fictive)" if vue.est_fictive else ""
    return replace(
        vue,
        centre=quartier,
        titre=titre,
        sous_titre=f"{vue.sous_titre}, autour {du_quartier(nom)}",
        # La phrase et la légende comptent toute la ville, que ce cadre ne montre pas en entier.
        phrase_lecture=_DANS_LES.sub(
            rf"\1{minuscule(preparee.sujet.lieu)}, d", vue.phrase_lecture, count=1
        ),
        texte_alternatif=f"Carte cadrée sur {nom}{fictive}. {titre}. {vue.texte_alternatif}",
    )


def sujet_depuis_edition(
    edition: Edition,
    *,
    indicateur: str,
    vue: str = "ecart",
    niveau: str = "iris",
    millesime: int | None = None,
    reference: str = "ville",
    catalogue: Catalogue | None = None,
    classes: str = "jenks",
    compare_a: int | None = None,
) -> VueEnPreparation:
    """Joindre les valeurs d’une édition à ses zones, avant tout découpage en classes.

    Parameters
    ----------
    edition, indicateur, vue, niveau, millesime, reference, catalogue, classes, compare_a
        Voir :func:`vue_depuis_edition`.

    Raises
    ------
    ErreurDemande
        Si l’indicateur ou le millésime n’est pas dans l’édition.
    """
    disponibles = [int(m) for m in edition.manifeste["millesimes"].get(indicateur, [])]
    if not disponibles:
        raise ErreurDemande(
            f"L’indicateur « {indicateur} » n’a pas de données dans l’édition {edition.identifiant}."
        )
    if millesime is not None and millesime not in disponibles:
        annees = ", ".join(str(m) for m in disponibles)
        raise ErreurDemande(
            f"« {indicateur} » n’existe pas pour {millesime} ; millésimes de l’édition : {annees}."
        )
    if edition.perimetre == "france":
        raise ErreurDemande(
            "La France entière ne se dessine pas : demandez la carte d’une de ses villes (--commune)."
        )
    annee = max(disponibles) if millesime is None else millesime
    _exiger_reference(edition, indicateur, annee, reference)
    return preparer_vue(
        resultats=edition.resultats,
        ecarts=edition.ecarts,
        couches=edition.couches,
        catalogue=catalogue or charger_catalogue(),
        indicateur=indicateur,
        millesime=annee,
        vue=cast("TypeVue", vue),
        niveau=niveau,
        reference=reference,
        nom_ville=edition.nom_commune,
        code_commune=edition.code_commune,
        est_fictive=edition.est_fictive,
        edition=edition.identifiant,
        sources=edition.citation(indicateur, annee),
        classes=classes,
        compare_a=compare_a if compare_a in disponibles else None,
        villes=edition.villes if edition.perimetre == "epci" else (),
        noms_niveaux=edition.familles,
    )


def _dire_la_reference(edition: Edition, indicateur: str, annee: int, reference: str) -> str:
    """D’où vient une référence plus grande que la ville, et ce qui en est incertain."""
    if reference in {Reference.VILLE.value, Reference.VILLE_HORS_QPV.value}:
        return ""
    lignes = edition.references
    siennes = lignes[
        (lignes["indicateur"] == indicateur)
        & (lignes["millesime"] == annee)
        & (lignes["reference"] == reference)
        & lignes["valeur"].notna()
    ]
    if siennes.empty or "note" not in siennes:
        return ""
    ligne = siennes.iloc[0]
    statut, marge = Statut(ligne["statut"]), float(ligne["imprecision"])
    # La note d’un chiffre publié garde aussi notre calcul, qui n’a pas sa place sous une carte.
    note = str(ligne["note"]).split(" ; notre calcul")[0]
    debut = f"Référence {statut.libelle}e"
    if marge > 0:
        debut += f" à {ecrire_nombre(marge, 1)} {pluriel('point', marge)} près"
    return typographier(" : ".join(m for m in (debut, note) if m) + ".")


def _exiger_reference(edition: Edition, indicateur: str, annee: int, reference: str) -> None:
    """Refuser une référence dont l’édition n’a pas la valeur ; ``composer_vue`` refuse les inconnues."""
    if reference not in set(Reference) or reference == Reference.VILLE.value:
        return
    lignes = edition.references
    lignes = lignes[(lignes["indicateur"] == indicateur) & (lignes["millesime"] == annee)]
    siennes = lignes[lignes["reference"] == reference]
    stock = lignes.empty
    if stock or siennes["valeur"].notna().any() or reference == Reference.VILLE_HORS_QPV.value:
        return
    notes = [n for n in siennes.get("note", ()) if n]
    raison = f" ({notes[0]})" if notes else ""
    connues = lignes.loc[lignes["valeur"].notna(), "reference"].unique()
    raise ErreurDemande(
        f"L’édition {edition.identifiant} n’a pas la référence « {reference} » pour « {indicateur} » "
        f"en {annee}{raison} ; disponibles : {', '.join(connues)}."
    )
