"""Page « Comparer » : tous les quartiers d’un coup d’œil, ou deux quartiers face à face."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.cartes.francais import au_quartier, en_lettres, minuscule
from observatoire.cartes.messages import derniers_millesimes
from observatoire.cartes.quartier import ecart_en_mots, nom_reference
from observatoire.catalogue import Catalogue
from observatoire.domaine import Reference, Statut, TypeTerritoire, Verdict
from observatoire.editions import Edition
from observatoire.interface.chargement import (
    catalogue_courant,
    cle_edition,
    edition_affichee,
    lignes_jointes,
    references_de,
)
from observatoire.interface.composants import badges_du_chiffre, cellule_valeur
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import basculer, choisir, choix_durables
from observatoire.interface.matrice import html_matrice, legende_matrice
from observatoire.interface.page_quartiers import noms_des_quartiers
from observatoire.interface.points import cle_des_points, ligne_de_points, lignes_par_cle
from observatoire.interface.rubriques import est_muet, replier_les_muets

__all__ = ["afficher"]

_MODES = {"tous": "Tous les quartiers", "face": "Deux quartiers face à face"}


def afficher() -> None:
    """Afficher la matrice des quartiers, ou deux quartiers face à face."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    quartiers = noms_des_quartiers(edition)
    if not quartiers:
        afficher_html(
            '<h1 class="obs-titre">Aucun quartier prioritaire à comparer</h1><p class="obs-texte">Cette ville n’a '
            "pas de quartier prioritaire de la politique de la ville (QPV).</p>"
        )
        return
    zone_titre = st.container()
    permis = _MODES if len(quartiers) > 1 else {"tous": _MODES["tous"]}
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        mode = basculer("Comparer", list(permis), cle="mode", ecrire=permis.__getitem__)
        reference = choisir(
            "Comparé à", references_de(edition), cle="reference",
            ecrire=lambda r: Reference(r).libelle, largeur=220,
        )  # fmt: skip
        choisis = _choisir_deux(quartiers) if mode == "face" else ()
        afficher_html(
            '<div class="obs-actions"><button type="button" data-action="copier">Copier le lien</button></div>',
            width="content",
        )
    toutes = lignes_jointes(edition, reference)
    lignes = derniers_millesimes(toutes[toutes["type_territoire"] == TypeTerritoire.QPV.value])
    if choisis:
        _face_a_face(edition, catalogue, lignes, quartiers, choisis, zone_titre)
    else:
        _tous(edition, catalogue, lignes, quartiers, reference, zone_titre)


def _choisir_deux(quartiers: dict[str, str]) -> tuple[str, str]:
    premier = choisir(
        "Premier quartier", list(quartiers), cle="qpv", ecrire=quartiers.__getitem__, largeur=270
    )
    restants = [c for c in quartiers if c != premier]
    second = choisir(
        "Second quartier", restants, cle="face", ecrire=quartiers.__getitem__, largeur=270
    )
    return premier, second


def _tous(
    edition: Edition,
    catalogue: Catalogue,
    lignes: pd.DataFrame,
    quartiers: dict[str, str],
    reference: str,
    zone_titre: st.delta_generator.DeltaGenerator,
) -> None:
    nets = lignes[lignes["verdict"] == Verdict.ECART_NET.value]
    dits = nets["indicateur"].nunique()
    fictive = " (ville fictive)" if edition.est_fictive else ""
    ou = f"{edition.nom_commune}{fictive}"
    if dits:
        sujet = "un indicateur" if dits == 1 else f"{en_lettres(dits)} indicateurs"
        titre = (
            f"{ou} : des écarts nets entre les quartiers et {nom_reference(reference)} pour {sujet}"
        )
    else:
        titre = f"{ou} : aucun écart net entre les quartiers et {nom_reference(reference)} dans cette édition"
    with zone_titre:
        afficher_html(
            f'<h1 class="obs-titre">{escape(titre)}</h1><p class="obs-sous-titre">Écart de chaque quartier prioritaire '
            f"de la politique de la ville (QPV) à {escape(nom_reference(reference))}, au millésime le plus récent de "
            "chaque indicateur.</p>"
        )
    cle = (*cle_edition(edition), *choix_durables(), catalogue.empreinte, reference)
    afficher_html(legende_matrice() + _matrice(lignes, catalogue, quartiers, cle))


@st.cache_resource(max_entries=32, show_spinner=False)
def _matrice(
    _lignes: pd.DataFrame, _catalogue: Catalogue, _quartiers: dict[str, str], cle: tuple[str, ...]
) -> str:
    """Matrice gardée pour tous les visiteurs ; ``cle`` dit de quelle édition et à quelle référence."""
    del cle
    return html_matrice(_lignes, _catalogue, _quartiers, titre="Écarts des quartiers")


def _face_a_face(
    edition: Edition,
    catalogue: Catalogue,
    lignes: pd.DataFrame,
    quartiers: dict[str, str],
    choisis: tuple[str, str],
    zone_titre: st.delta_generator.DeltaGenerator,
) -> None:
    a, b = choisis
    premier, second = (
        lignes_par_cle(lignes[lignes["code_territoire"] == c].set_index("indicateur"))
        for c in choisis
    )
    with zone_titre:
        afficher_html(
            f'<h1 class="obs-titre">{escape(quartiers[a])} et {escape(quartiers[b])}, face à face</h1>'
            f'<p class="obs-sous-titre">{escape(_phrase(catalogue, premier, second, quartiers[a], quartiers[b]))}</p>'
        )
    codes = [str(ligne["code_commune"]) for ligne in premier.values()]
    ville = str(edition.villes.get(codes[0], edition.nom_commune)) if codes else ""
    afficher_html(
        cle_des_points(
            edition, ville, [("quartier", quartiers[a]), ("second", quartiers[b])], autres=False
        )
    )
    for theme, groupe in catalogue.par_theme().items():
        dits: list[str] = []
        muets: list[str] = []
        for i in groupe:
            if i.est_stock or i.id not in premier or i.id not in second:
                continue
            x, y = premier[i.id], second[i.id]
            if x["millesime"] != y["millesime"] or (_muet(x) and _muet(y)):
                continue
            points = ligne_de_points(
                edition, i, [("quartier", x), ("second", y)], lignes.iloc[:0], ville
            )
            sans_rien_dire = all(_muet(z) or est_muet(z) for z in (x, y))
            (muets if sans_rien_dire else dits).append(
                f'<tr><th scope="row" title="{escape(i.definition)}">{escape(i.court)} '
                f'<span class="obs-note">{int(x["millesime"])}</span></th><td class="obs-points">{points}</td>'
                f"{_cellule(x, i.unite, quartiers[a])}<td>{badges_du_chiffre(x)}</td>"
                f"{_cellule(y, i.unite, quartiers[b])}<td>{badges_du_chiffre(y)}</td></tr>"
            )
        if dits or muets:
            noms = quartiers[a], quartiers[b]
            afficher_html(
                f'<h2 class="obs-h2">{escape(theme.libelle)}</h2>{_table(theme.libelle, dits, noms)}'
                + replier_les_muets(len(muets), _table(f"{theme.libelle} : bornes", muets, noms))
            )
    afficher_html(
        '<p class="obs-note">Deux intervalles qui se recouvrent ne permettent pas de dire lequel des deux quartiers est '
        "au-dessus de l’autre. Les verdicts comparent chaque quartier à la référence choisie, non à l’autre quartier.</p>"
    )


def _table(titre: str, rangs: list[str], noms: tuple[str, str]) -> str:
    """Tableau de ces lignes ; rien s’il n’y en a pas."""
    if not rangs:
        return ""
    tete = "".join(
        f'<th scope="col" class="n">{escape(n)}</th><th scope="col">Ce que l’on sait</th>'
        for n in noms
    )
    return (
        f'<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="{escape(titre)}">'
        '<table class="obs-table obs-face"><thead><tr><th scope="col">Indicateur</th>'
        f'<th scope="col" class="obs-points">Position</th>{tete}</tr></thead>'
        f"<tbody>{''.join(rangs)}</tbody></table></div>"
    )


def _cellule(ligne: pd.Series, unite: str, quartier: str) -> str:
    """Cellule de la valeur ; le nom du quartier y est lu par le style du téléphone."""
    cellule = cellule_valeur(ligne, unite, gras=True)
    return cellule.replace("<td", f'<td data-nom="{escape(quartier)}"', 1)


def _muet(ligne: pd.Series) -> bool:
    return str(ligne["statut"]) in {Statut.ABSENT.value, Statut.SECRET.value}


def _phrase(
    catalogue: Catalogue,
    premier: Mapping[str, pd.Series],
    second: Mapping[str, pd.Series],
    a: str,
    b: str,
) -> str:
    """Le taux de pauvreté des deux quartiers, s’ils sont publiés pour la même année."""
    cle = "taux_pauvrete"
    if cle not in premier or cle not in second or cle not in catalogue.indicateurs:
        return "Chaque indicateur au même millésime, avec ce que l’on en sait."
    x, y = premier[cle], second[cle]
    publies = {str(x["statut"]), str(y["statut"])} == {Statut.PUBLIE.value}
    valeurs = np.array([float(x["valeur"]), float(y["valeur"])])
    if not publies or x["millesime"] != y["millesime"] or not np.isfinite(valeurs).all():
        return "Chaque indicateur au même millésime, avec ce que l’on en sait."
    if abs(valeurs[0] - valeurs[1]) < 1.5:
        # Le taux est publié au point près : moins d’un point et demi ne départage pas.
        return f"La pauvreté y est voisine : le taux publié de {int(x['millesime'])} ne les départage pas."
    haut, bas = (a, b) if valeurs[0] > valeurs[1] else (b, a)
    ecart = ecart_en_mots(float(valeurs[0] - valeurs[1]), "pct")
    return f"Le taux de pauvreté publié pour {int(x['millesime'])} est plus élevé de {ecart} {_au(haut)} qu’{_au(bas)}."


def _au(quartier: str) -> str:
    """« à Teisseire », « à la Villeneuve », « aux Hauts de… » : le lieu au milieu d’une phrase."""
    return minuscule(au_quartier(quartier))
