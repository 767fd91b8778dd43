"""D’une édition à une carte prête à dessiner."""

from __future__ import annotations

from typing import cast

from observatoire.cartes.modeles import TypeVue, VueCarte
from observatoire.cartes.vue import composer_vue
from observatoire.catalogue import Catalogue, charger_catalogue
from observatoire.domaine import Reference
from observatoire.editions import Edition
from observatoire.erreurs import ErreurDemande

__all__ = ["vue_depuis_edition"]


def vue_depuis_edition(
    edition: Edition,
    *,
    indicateur: str,
    vue: str = "ecart",
    niveau: str = "iris",
    millesime: int | None = None,
    reference: str = "ville",
    catalogue: Catalogue | None = None,
) -> VueCarte:
    """Préparer la carte d’un indicateur d’une édition.

    Parameters
    ----------
    edition : Edition
        Édition publiée.
    indicateur, vue, niveau, reference : str
        Voir :func:`observatoire.cartes.vue.composer_vue`.
    millesime : int, optional
        Par défaut le plus récent de l’indicateur ; la carte porte toujours son millésime.
    catalogue : Catalogue, optional
        Par défaut, celui du paquet.

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
    if reference == Reference.EPCI.value and edition.perimetre != "epci":
        raise ErreurDemande(
            "La référence « epci » n’existe que dans l’édition d’une intercommunalité (--epci)."
        )
    annee = max(disponibles) if millesime is None else millesime
    return composer_vue(
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
        villes=edition.villes if edition.perimetre == "epci" else (),
        noms_niveaux=edition.familles,
    )
