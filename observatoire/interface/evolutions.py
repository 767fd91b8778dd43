"""Évolutions d’un quartier, quand l’édition en a et que les règles permettent de comparer."""

from __future__ import annotations

from html import escape

import numpy as np

from observatoire.catalogue import Catalogue
from observatoire.domaine import Verdict
from observatoire.editions import Edition
from observatoire.redaction import ecrire_ecart

__all__ = ["evolutions_du_quartier"]

_COLONNES = {
    "code_territoire", "indicateur", "millesime_debut", "millesime_fin", "evolution", "verdict",
}  # fmt: skip


def evolutions_du_quartier(edition: Edition, code: str, catalogue: Catalogue) -> dict[str, str]:
    """Phrase HTML de l’évolution la plus longue de chaque indicateur d’un quartier.

    Parameters
    ----------
    edition : Edition
        Ses évolutions sont dans la table complémentaire ``evolutions`` ; une édition plus ancienne
        n’en a pas.
    code : str
        Code du quartier.
    catalogue : Catalogue

    Returns
    -------
    dict of str to str
        Indicateur → HTML ; rien pour une évolution que les règles refusent ou qui n’est pas
        interprétable.
    """
    table = edition.complement("evolutions")
    if not _COLONNES.issubset(table.columns):
        return {}
    lignes = table[
        (table["code_territoire"] == code)
        & table["evolution"].notna()
        & (table["verdict"] != Verdict.NON_INTERPRETABLE.value)
        & table["indicateur"].isin(list(catalogue.indicateurs))
    ].sort_values(["indicateur", "millesime_fin", "millesime_debut"], ascending=[True, False, True])
    phrases = {}
    for _, ligne in lignes.drop_duplicates("indicateur").iterrows():
        unite = catalogue.indicateurs[str(ligne["indicateur"])].unite
        texte = f"{ecrire_ecart(float(ligne['evolution']), unite)} depuis {int(ligne['millesime_debut'])}"
        if ligne["verdict"] == Verdict.ECART_INDICATIF.value:
            texte += " (évolution indicative)"
        basse, haute = (float(ligne.get(c, np.nan)) for c in ("borne_basse", "borne_haute"))
        note = ""
        if np.isfinite([basse, haute]).all():
            note = f"{ecrire_ecart(basse, unite)} à {ecrire_ecart(haute, unite)}"
        phrases[str(ligne["indicateur"])] = (
            f'<br><span class="obs-note" title="{escape(note)}">{escape(texte)}</span>'
        )
    return phrases
