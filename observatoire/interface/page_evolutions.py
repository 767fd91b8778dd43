"""Page « Évolutions » : un indicateur à deux dates, ce que l’on a le droit d’en dire, et pourquoi."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from observatoire.catalogue import Catalogue, Indicateur
from observatoire.domaine import Comparabilite, TypeTerritoire
from observatoire.editions import Edition
from observatoire.interface.chargement import catalogue_courant, edition_affichee
from observatoire.interface.composants_evolutions import (
    html_decompositions,
    html_evolutions,
    html_regle,
    titre_evolutions,
)
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import choisir

__all__ = ["afficher"]

_VILLES = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value]
_PREMIER = "taux_pauvrete"


def afficher() -> None:
    """Afficher l’évolution de l’indicateur choisi entre les deux dates choisies."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    evolutions = edition.complement("evolutions")
    options = _indicateurs(catalogue, evolutions)
    if not options:
        _sans_evolution()
        return
    zone_titre = st.container()
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom"):
        identifiant = choisir(
            "Indicateur",
            list(options),
            cle="indicateur",
            ecrire=lambda i: options[i].court,
            largeur=420,
        )
        siennes = evolutions[evolutions["indicateur"] == identifiant]
        debuts = sorted({int(m) for m in siennes["millesime_debut"]})
        debut = choisir("De", debuts, cle="debut", largeur=120)
        fins = sorted(
            {int(m) for m in siennes.loc[siennes["millesime_debut"] == debut, "millesime_fin"]},
            reverse=True,
        )
        fin = choisir("À", fins, cle="fin", largeur=120)
    lignes = siennes[(siennes["millesime_debut"] == debut) & (siennes["millesime_fin"] == fin)]
    _montrer(edition, catalogue, options[identifiant], (debut, fin), lignes, siennes, zone_titre)


def _indicateurs(catalogue: Catalogue, evolutions: pd.DataFrame) -> dict[str, Indicateur]:
    """Indicateurs connus à deux dates, dans l’ordre des thèmes ; la pauvreté d’abord."""
    presents = set(evolutions["indicateur"]) if len(evolutions) else set()
    ranges = [i for groupe in catalogue.par_theme().values() for i in groupe if i.id in presents]
    return {i.id: i for i in sorted(ranges, key=lambda i: i.id != _PREMIER)}


def _sans_evolution() -> None:
    afficher_html(
        '<h1 class="obs-titre">Une seule date dans cette édition</h1>'
        '<p class="obs-texte">Pour montrer une évolution, il faut les fichiers de deux années. La personne chargée de '
        "l’observation peut en ajouter avec « observatoire actualiser --vers-millesime ».</p>"
    )


def _montrer(
    edition: Edition,
    catalogue: Catalogue,
    indicateur: Indicateur,
    dates: tuple[int, int],
    lignes: pd.DataFrame,
    siennes: pd.DataFrame,
    zone_titre: st.delta_generator.DeltaGenerator,
) -> None:
    debut, fin = dates
    regle = catalogue.temps.comparer(catalogue, indicateur, debut, fin)
    quartiers = lignes[lignes["type_territoire"] == TypeTerritoire.QPV.value].sort_values("nom")
    villes = lignes[lignes["type_territoire"].isin(_VILLES)]
    with zone_titre:
        titre = titre_evolutions(indicateur, debut, fin, quartiers, regle)
        sous_titre = (
            f"{indicateur.libelle} · {edition.nom_commune} et ses quartiers prioritaires de la "
            f"politique de la ville (QPV) · de {debut} à {fin}"
        )
        afficher_html(
            f'<h1 class="obs-titre">{escape(titre)}</h1>'
            f'<p class="obs-sous-titre">{escape(sous_titre)}</p>'
        )
    afficher_html(html_regle(regle))
    if regle.issue is Comparabilite.REFUSEE:
        afficher_html(_autres_dates(siennes))
        return
    afficher_html(html_evolutions(pd.concat([villes, quartiers]), indicateur, debut, fin))
    melees = lignes["regle"].str.contains("methodes_differentes", regex=False)
    if melees.any():
        afficher_html(
            '<p class="obs-note obs-texte">Un chiffre estimé à une date et publié à l’autre ne donne jamais '
            "qu’une évolution indicative : elle peut tenir au seul changement de méthode.</p>"
        )
    _contours(edition, indicateur, debut, fin)
    afficher_html(_comment_lire())
    for millesime in dates:
        afficher_html(
            f'<p class="obs-note">{escape(edition.citation(indicateur.id, millesime))}</p>'
        )


def _autres_dates(siennes: pd.DataFrame) -> str:
    """Couples d’années de l’indicateur que les règles ne refusent pas."""
    permises = siennes[siennes["comparaison"] != Comparabilite.REFUSEE.value]
    couples = permises[["millesime_debut", "millesime_fin"]].drop_duplicates()
    if couples.empty:
        return '<p class="obs-texte">Aucun autre couple d’années de cette édition ne se compare pour cet indicateur.</p>'
    cites = ", ".join(f"{d} et {f}" for d, f in couples.itertuples(index=False))
    return f'<p class="obs-texte">Se comparent, pour cet indicateur : {escape(cites)}.</p>'


def _contours(edition: Edition, indicateur: Indicateur, debut: int, fin: int) -> None:
    """La décomposition, si les contours de 2015 sont dans l’édition."""
    table = edition.complement("decompositions")
    if table.empty:
        return
    lignes = table[
        (table["indicateur"] == indicateur.id)
        & (table["millesime_debut"] == debut)
        & (table["millesime_fin"] == fin)
    ].sort_values("nom")
    if lignes.empty:
        return
    afficher_html(
        '<h2 class="obs-h2">Le contour des quartiers a changé : quelle part de l’évolution en vient ?</h2>'
        f'<p class="obs-texte">De l’ancien contour (2015) en {debut} au nouveau (2024) en {fin}. Effet du nouveau '
        f"contour : les deux contours, en {debut}. Situation : le nouveau contour, de {debut} à {fin}. Les deux contours "
        "sont estimés de la même façon, sans chiffre publié.</p>"
        + html_decompositions(lignes, indicateur.unite)
    )


def _comment_lire() -> str:
    return (
        '<h2 class="obs-h2">Comment lire cette page</h2><p class="obs-texte">Sous chaque évolution, son intervalle : '
        "il réunit l’incertitude des deux dates. « Évolution nette » : l’intervalle ne contient pas zéro, et le nombre de "
        "quartiers comparés ne suffit pas à l’expliquer. « Indicative » : elle peut n’être qu’une erreur de mesure. « Non "
        "interprétable » : on ne peut rien en dire. Un taux change en points. L’écart à la ville dit si le "
        "quartier s’en éloigne ou s’en rapproche. Les habitants d’un quartier changent : son évolution n’est pas celle de "
        "ses habitants de départ.</p>"
    )
