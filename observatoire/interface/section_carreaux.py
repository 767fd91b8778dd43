"""Page « Inégalités » : ce que les carreaux de 200 m ajoutent aux poches, en phrase et en tableau."""

from __future__ import annotations

from html import escape

from observatoire.cartes.phrases_poches import (
    dire_distance,
    dire_part,
    dire_reperage,
    nommer_groupe,
)
from observatoire.catalogue import Catalogue
from observatoire.editions import Edition
from observatoire.redaction import ecrire_valeur

__all__ = ["html_reperage", "html_table_carreaux"]

_PRECAUTION = (
    "Un logement est placé là où l’est sa parcelle : un groupe qui touche un quartier prioritaire peut n’être que son bord. Les "
    "étudiants rattachés à leurs parents comptent chez eux."
)


def html_reperage(edition: Edition, catalogue: Catalogue) -> str:
    """Phrase du repérage ; vide pour une édition antérieure."""
    phrase = dire_reperage(edition, catalogue)
    if not phrase:
        return ""
    precaution = f" {_PRECAUTION}" if len(edition.complement("poches_carreaux")) else ""
    return f'<p class="obs-note">{escape(phrase + precaution)}</p>'


def html_table_carreaux(edition: Edition) -> str:
    """Tableau des groupes de carreaux ; vide s’il n’y en a pas."""
    groupes = edition.complement("poches_carreaux")
    if groupes.empty:
        return ""
    corps = "".join(
        f'<tr><th scope="row">{escape(nommer_groupe(g))}</th><td class="n">{escape(dire_part(g))}</td>'
        f'<td class="n">{escape(ecrire_valeur(float(g["seuil"]), "pct"))}</td>'
        f'<td class="n">{escape(ecrire_valeur(float(g["menages"]), "menages"))}</td>'
        f'<td class="n">{int(g["carreaux"])}</td><td>{escape(dire_distance(g))}</td><td>{escape(str(g["note"]))}</td></tr>'
        for g in groupes.to_dict("records")
    )
    tete = (
        '<th scope="col">Groupe de carreaux</th><th scope="col" class="n">Ménages pauvres</th><th scope="col" class="n">Seuil</th>'
        '<th scope="col" class="n">Ménages</th><th scope="col" class="n">Carreaux</th>'
        '<th scope="col">Quartier prioritaire le plus proche</th><th scope="col">Remarque</th>'
    )
    return f'<div class="obs-defile"><table class="obs-table"><thead><tr>{tete}</tr></thead><tbody>{corps}</tbody></table></div>'
