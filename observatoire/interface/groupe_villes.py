"""Page « Comparer les villes » : les villes comparables à celle affichée, et pourquoi elles le sont."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from observatoire.editions import Edition
from observatoire.interface.composants import deplier
from observatoire.interface.ecriture import afficher_html
from observatoire.redaction import ecrire_nombre, ecrire_valeur

__all__ = ["expliquer_le_groupe", "groupe_comparable"]


def groupe_comparable(edition: Edition) -> pd.DataFrame:
    """Lignes du groupe de la ville, une par ville comparable et critère ; vide sans édition nationale."""
    table = edition.complement("villes_comparables")
    return table[table["code_commune"] == edition.code_commune] if len(table) else table


def expliquer_le_groupe(edition: Edition) -> None:
    """Le groupe de villes comparables, et ce qui en rapproche ou en éloigne chacune."""
    groupe = groupe_comparable(edition)
    if groupe.empty:
        return
    choix = str(groupe["choix"].iloc[0])
    debut = (
        "Ce groupe a été fixé par la ville."
        if choix == "groupe"
        else "Même classe de taille (de la moitié au double des habitants), même rang (villes-centres ou "
        "banlieues), puis les ressources les plus proches."
    )
    afficher_html(
        deplier(
            "Pourquoi ces villes sont comparables",
            f'<p class="obs-texte">{debut} Chaque écart est en écarts-types entre les villes de France qui '
            f"ont un QPV ; au-delà de 1, la différence est forte. Revenus {int(groupe['millesime'].iloc[0])}.</p>"
            + _table_du_groupe(groupe),
        )
    )


def _table_du_groupe(groupe: pd.DataFrame) -> str:
    libelles: Sequence[str] = list(dict.fromkeys(groupe["libelle"]))
    tete = "".join(f'<th scope="col" class="n">{escape(t)}</th>' for t in libelles)
    corps = []
    for _, lignes in groupe.groupby("rang", sort=True):
        premiere = lignes.iloc[0]
        ecarts = lignes.set_index("libelle")["ecart_reduit"]
        cellules = "".join(
            f'<td class="n{" fort" if abs(ecarts[t]) > 1 else ""}">{ecrire_nombre(float(ecarts[t]), 1, signe=True)}</td>'
            for t in libelles
        )
        corps.append(
            f'<tr><th scope="row">{escape(str(premiere["nom"]))}</th>'
            f'<td class="n">{escape(ecrire_valeur(float(premiere["population"]), "personnes"))}</td>'
            f'<td class="n"><b>{ecrire_nombre(float(premiere["distance"]), 2)}</b></td>{cellules}</tr>'
        )
    return (
        '<div class="obs-defile" tabindex="0" role="region" aria-label="Villes comparables">'
        '<table class="obs-table obs-groupe"><thead><tr><th scope="col">Ville</th><th scope="col" class="n">Population fiscale</th>'
        f'<th scope="col" class="n">Distance</th>{tete}</tr></thead><tbody>{"".join(corps)}</tbody></table></div>'
    )
