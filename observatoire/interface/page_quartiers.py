"""Page « Quartiers » : la fiche d’un QPV face aux références, phrases puis points."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.cartes.francais import enumerer
from observatoire.cartes.messages import derniers_millesimes, messages_du_quartier
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Reference, Statut, TypeTerritoire, Verdict
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    catalogue_courant,
    cle_edition,
    edition_affichee,
    lignes_jointes,
    references_de,
)
from observatoire.interface.composants import (
    badge_statut,
    badge_verdict,
    badges_du_chiffre,
    cellule_valeur,
    habitants,
    texte_ecart,
)
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import adresse, choisir, choix_durables
from observatoire.interface.evolutions import evolutions_du_quartier
from observatoire.interface.lieux import etablissements_du_quartier
from observatoire.interface.points import cle_des_points, ligne_de_points, lignes_par_cle
from observatoire.interface.routes_carte import adresse_reperage
from observatoire.interface.rubriques import est_muet, html_sommaire, replier_les_muets
from observatoire.interface.section_suivi import afficher_suivi_du_quartier
from observatoire.redaction import ecrire_nom, ecrire_valeur, pluriel

__all__ = ["afficher", "noms_des_quartiers"]

_PRESQUE_TOUS = 0.8


def afficher() -> None:
    """Afficher la fiche du quartier choisi."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    quartiers = noms_des_quartiers(edition)
    if not quartiers:
        afficher_html(
            '<h1 class="obs-titre">Aucun quartier prioritaire</h1><p class="obs-texte">Cette ville n’a pas de quartier '
            "prioritaire de la politique de la ville (QPV) ; la carte montre ses IRIS et ses secteurs.</p>"
        )
        return
    zone_titre = st.container()
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        code = choisir(
            "Quartier", list(quartiers), cle="qpv", ecrire=quartiers.__getitem__, largeur=380
        )
        reference = choisir(
            "Comparé à", references_de(edition), cle="reference",
            ecrire=lambda r: Reference(r).libelle, largeur=220,
        )  # fmt: skip
        face = adresse("comparer", mode="face", qpv=code)
        afficher_html(
            '<div class="obs-actions"><button type="button" data-action="copier">Copier le lien</button>'
            f'<a href="{escape(face)}">Comparer à un autre quartier</a></div>',
            width="content",
        )
    cle = (*cle_edition(edition), *choix_durables(), catalogue.empreinte)
    tete, corps = _fiche(edition, catalogue, cle, code, reference)
    with zone_titre:
        afficher_html(tete)
    afficher_html(corps)
    afficher_suivi_du_quartier(edition, code)
    afficher_html(_comment_lire())


@st.cache_resource(max_entries=128, show_spinner=False)
def _fiche(
    _edition: Edition, _catalogue: Catalogue, cle: tuple[str, ...], code: str, reference: str
) -> tuple[str, str]:
    """En-tête et corps de la fiche, gardés pour tous les visiteurs ; ``cle`` dit de quelle édition."""
    del cle
    edition, catalogue = _edition, _catalogue
    nom = noms_des_quartiers(edition)[code]
    toutes = lignes_jointes(edition, reference)
    lignes = derniers_millesimes(toutes[toutes["code_territoire"] == code]).set_index("indicateur")
    par_indicateur = lignes_par_cle(lignes)
    ville = _ville(edition, lignes)
    autres = _autres_quartiers(toutes, code, lignes)
    morceaux = [cle_des_points(edition, ville, [("quartier", nom)], autres=not autres.empty)]
    evolutions = evolutions_du_quartier(edition, code, catalogue)
    voisins = dict(iter(autres.groupby("indicateur", sort=False)))
    aucun = autres.iloc[:0]
    rubriques: dict[str, str] = {}
    for theme, groupe in catalogue.par_theme().items():
        presents = [i for i in groupe if i.id in lignes.index and not i.est_stock]
        if not presents:
            continue
        absents = [i for i in presents if _est_absent(par_indicateur[i.id])]
        rangs = {
            i.id: _ligne(
                edition,
                i,
                par_indicateur[i.id],
                voisins.get(i.id, aucun),
                ville,
                evolutions.get(i.id, ""),
            )
            for i in presents
            if i not in absents
        }
        muets = [r for i, r in rangs.items() if est_muet(par_indicateur[i])]
        dits = [r for i, r in rangs.items() if not est_muet(par_indicateur[i])]
        morceaux.append(
            f'<h2 class="obs-h2" id="theme-{escape(theme.id)}">{escape(theme.libelle)}</h2>'
            f"{_table(theme.libelle, dits, reference)}"
            f"{replier_les_muets(len(muets), _table(f'{theme.libelle} : bornes', muets, reference))}"
            f"{_dire_absents(absents)}"
        )
        rubriques[f"theme-{theme.id}"] = theme.libelle
    morceaux.insert(0, html_sommaire(rubriques, "Thèmes de la fiche"))
    morceaux.append(etablissements_du_quartier(edition, code))
    return _titre(edition, catalogue, lignes, code, nom, reference), "".join(morceaux)


def noms_des_quartiers(edition: Edition) -> dict[str, str]:
    """Code et nom des quartiers prioritaires d’une édition, par ordre alphabétique."""
    noms = edition.couches["qpv"].set_index("code_territoire")["nom"].sort_values()
    return {str(code): ecrire_nom(str(nom)) for code, nom in noms.items()}


def _autres_quartiers(toutes: pd.DataFrame, code: str, lignes: pd.DataFrame) -> pd.DataFrame:
    """Autres quartiers comparés à la même ville, aux mêmes millésimes."""
    communes = list(lignes["code_commune"].unique())
    autres = toutes[
        (toutes["type_territoire"] == TypeTerritoire.QPV.value)
        & (toutes["code_territoire"] != code)
        & toutes["code_commune"].isin(communes)
    ]
    annees = autres["indicateur"].map(lignes["millesime"])
    return autres[autres["millesime"] == annees]


def _titre(
    edition: Edition,
    catalogue: Catalogue,
    lignes: pd.DataFrame,
    code: str,
    nom: str,
    reference: str,
) -> str:
    population = ""
    if "population" in lignes.index:
        population = habitants(float(lignes["valeur"]["population"]))
    morceaux = [
        "Quartier prioritaire de la politique de la ville (QPV)",
        code,
        _communes(edition, lignes, code) + (" (ville fictive)" if edition.est_fictive else ""),
        population,
    ]
    messages = messages_du_quartier(lignes.reset_index(), catalogue, reference=reference)
    phrases = "".join(
        f'<li>{escape(m.phrase)}. <span class="obs-note">{m.millesime}</span> {badge_statut(m.statut, m.methode)} {badge_verdict(m.verdict)}</li>'
        for m in messages
    )
    liste = (
        f'<ul class="obs-phrases">{phrases}</ul>'
        if phrases
        else (
            '<p class="obs-texte">Aucun écart de ce quartier ne peut être affirmé avec les fichiers de cette édition.</p>'
        )
    )
    liste += _part_dite(lignes, catalogue)
    image = escape(adresse_reperage(edition, code))
    return (
        f'<div class="obs-fiche-tete"><div><p class="obs-sous-titre">{escape(" · ".join(m for m in morceaux if m))}</p>'
        f'<h1 class="obs-titre">{escape(nom)}</h1>{liste}</div>'
        f'<a class="obs-reperage" href="{escape(adresse(lieu=code))}"><img src="{image}" '
        f'alt="Situation de {escape(nom)} dans la ville : ouvrir la carte" width="320" height="240"></a></div>'
    )


def _part_dite(lignes: pd.DataFrame, catalogue: Catalogue) -> str:
    """Sur combien d’indicateurs un écart peut être dit : la fiche ne cache pas ce qu’elle ignore."""
    connus = lignes[~lignes["statut"].eq(Statut.ABSENT.value)]
    compares = [
        i
        for i in connus.index
        if i in catalogue.indicateurs and not catalogue.indicateurs[i].est_stock
    ]
    dits = int(
        connus.loc[compares, "verdict"]
        .isin([Verdict.ECART_NET.value, Verdict.ECART_INDICATIF.value])
        .sum()
    )
    if not compares or dits > _PRESQUE_TOUS * len(compares):
        return ""
    return (
        f'<p class="obs-note">Un écart peut être dit pour {dits} {pluriel("indicateur", dits)} sur {len(compares)}. Pour les '
        "autres, les fichiers ne donnent que des bornes trop larges, ou rien ; ils sont repliés sous chaque thème.</p>"
    )


def _ville(edition: Edition, lignes: pd.DataFrame) -> str:
    """Nom de la ville à laquelle le quartier est comparé."""
    codes = lignes["code_commune"].unique()
    return str(edition.villes.get(codes[0], edition.nom_commune)) if len(codes) else ""


def _communes(edition: Edition, lignes: pd.DataFrame, code: str) -> str:
    """Sa ville ; d’un quartier à cheval, aussi les autres communes que le producteur lui attribue."""
    quartiers, couche = edition.couches["qpv"], edition.couches.get("communes")
    connus = {} if couche is None else dict(zip(couche["code_commune"], couche["nom"], strict=True))
    cites = quartiers.loc[quartiers["code_territoire"] == code, "communes"].astype(str)
    autres = {c for texte in cites for c in texte.split(",")} - set(lignes["code_commune"])
    connues = [str(edition.villes.get(c) or connus[c]) for c in sorted(autres) if c in connus]
    ville = _ville(edition, lignes)
    return f"à cheval sur {enumerer([ville, *connues])}" if connues else ville


def _est_absent(ligne: pd.Series) -> bool:
    return str(ligne["statut"]) == Statut.ABSENT.value


def _dire_absents(absents: list[Indicateur]) -> str:
    """Indicateurs que personne ne diffuse pour ce quartier : une phrase, plutôt que des lignes vides."""
    if not absents:
        return ""
    noms = ", ".join(i.court for i in absents)
    return f'<p class="obs-note">Non disponibles pour ce quartier : {escape(noms)}.</p>'


def _table(theme: str, rangs: list[str], reference: str) -> str:
    """Tableau de ces lignes ; rien s’il n’y en a pas."""
    if not rangs:
        return ""
    return (
        f'<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="{escape(theme)}">'
        '<table class="obs-table obs-fiche"><thead><tr><th scope="col">Indicateur</th>'
        '<th scope="col" class="obs-points">Position</th><th scope="col" class="n">Quartier</th>'
        f'<th scope="col" class="n" title="{escape(Reference(reference).libelle)}">Référence</th><th scope="col" class="n">Écart</th>'
        f'<th scope="col">Ce que l’on sait</th></tr></thead><tbody>{"".join(rangs)}</tbody></table></div>'
    )


def _ligne(
    edition: Edition,
    indicateur: Indicateur,
    ligne: pd.Series,
    voisins: pd.DataFrame,
    ville: str,
    evolution: str,
) -> str:
    points = ligne_de_points(edition, indicateur, [("quartier", ligne)], voisins, ville)
    reference = float(ligne["valeur_reference"])
    ecrite = ecrire_valeur(reference, indicateur.unite) if np.isfinite(reference) else "–"
    certitude = badges_du_chiffre(ligne)
    ecart = texte_ecart(ligne, indicateur.unite)
    return (
        f'<tr><th scope="row" title="{escape(indicateur.definition)}">{escape(indicateur.court)} '
        f'<span class="obs-note">{int(ligne["millesime"])}</span></th>'
        f'<td class="obs-points">{points}</td>{cellule_valeur(ligne, indicateur.unite, gras=True)}'
        f'<td class="n">{escape(ecrite)}</td><td class="n{" vide" if ecart == "–" else ""}">{escape(ecart)}</td>'
        f"<td>{certitude}{evolution}</td></tr>"
    )


def _comment_lire() -> str:
    return (
        '<h2 class="obs-h2">Comment lire cette fiche</h2><p class="obs-texte">« Publié » : chiffre de l’Insee pour ce '
        "quartier. « Estimé » : reconstitué à partir des IRIS que le quartier coupe. « Calé » : cette estimation est "
        "corrigée d’après les quartiers de France dont le chiffre est publié ; neuf fois sur dix, le chiffre publié est dans "
        "son intervalle (le trait à deux butées). Pour les autres estimations, la bande montre tout ce que les données "
        "permettent ; sans carreaux de 200 m, elle suppose les habitants répartis également dans chaque IRIS, et ne suffit donc pas à "
        "affirmer un écart, même quand la ville est hors d’elle. « Non interprétable » : les IRIS décrivent surtout des habitants d’à côté, seules les "
        "bornes sont données. Un écart entre deux taux se compte en points. Les quartiers prioritaires sont délimités "
        "d’après les revenus : une part de l’écart de revenus tient à leur définition.</p>"
    )
