"""Morceaux de la page « Suivi » : barres, tableaux, grille de couverture ; tout texte est échappé."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import pandas as pd

from observatoire.cartes.lignes import decimales_du_chiffre
from observatoire.interface.composants import badge_verdict
from observatoire.redaction import ecrire_ecart, ecrire_ecart_minimal, ecrire_nom
from observatoire.suivi import VILLE_ENTIERE, Action, Bilan, Etat
from observatoire.suivi.phrases import ecrire_euros, euros_par_habitant

__all__ = [
    "html_actions",
    "html_barres",
    "html_besoin",
    "html_changements",
    "html_communs",
    "html_couverture",
    "html_quartiers",
]

_CLASSES = {
    "couvert": "couvert",
    "sans action": "sans_action",
    "action sans grand écart établi": "action",
}


def _table(
    titre: str, entetes: Sequence[tuple[str, bool]], corps: Iterable[str], *, classe: str = ""
) -> str:
    """Tableau ; une colonne dont le titre commence par « ~ » est cachée sur un téléphone."""
    tete = "".join(
        f'<th scope="col" class="{"n" if n else ""}{" obs-large" if t.startswith("~") else ""}">{escape(t.lstrip("~"))}</th>'
        for t, n in entetes
    )
    return (
        f'<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="{escape(titre)}">'
        f'<table class="obs-table obs-suivi {classe}"><thead><tr>{tete}</tr></thead>'
        f"<tbody>{''.join(corps)}</tbody></table></div>"
    )


def _barre(valeur: float, maximum: float) -> str:
    largeur = 0 if maximum <= 0 else 100 * valeur / maximum
    return f'<div class="obs-suivi-barre" aria-hidden="true"><i style="width:{largeur:.1f}%"></i></div>'


def _inconnus(table: pd.DataFrame, cle: str) -> Mapping[str, int]:
    """Nombre de montants accordés non connus, par quartier, axe ou financeur."""
    return {str(c): int(n) for c, n in zip(table[cle], table["accorde_c"], strict=True)}


def html_quartiers(table: pd.DataFrame, inconnus: pd.DataFrame) -> str:
    """Effort par quartier : montant accordé, euros par habitant et par an, nombre d’actions.

    ``inconnus`` : :meth:`~observatoire.suivi.Bilan.inconnus` par quartier ; une somme partielle est un minimum.
    """
    manquent = _inconnus(inconnus, "quartier")
    efforts = table["euros_par_habitant"].dropna()
    maximum = float(efforts.max()) if len(efforts) else 0.0
    corps = []
    for r in table.to_dict("records"):
        effort = r["euros_par_habitant"]
        connu = effort is not None and not pd.isna(effort)
        texte = euros_par_habitant(effort)
        corps.append(
            f'<tr><th scope="row">{escape(ecrire_nom(str(r["nom"])))}</th><td class="n obs-large">{int(r["actions"])}</td>'
            f'<td class="n">{escape(ecrire_euros(r["accorde_c"], inconnus=manquent.get(str(r["quartier"]), 0)))}</td>'
            f'<td class="n"><b>{texte}</b></td>'
            f"<td>{_barre(float(effort), maximum) if connu else ''}</td></tr>"
        )
    entetes = [
        ("Quartier", False),
        ("~Actions", True),
        ("Accordé", True),
        ("Par habitant et par an", True),
        ("", False),
    ]
    return _table("Effort par quartier", entetes, corps)


def html_barres(table: pd.DataFrame, inconnus: pd.DataFrame, cle: str, titre: str) -> str:
    """Montants accordés par axe, financeur ou année, en barres ; ``inconnus`` par la même clé."""
    manquent = _inconnus(inconnus, cle)
    connus = table["accorde_c"].dropna()
    maximum = float(connus.max()) if len(connus) else 0.0
    corps = [
        f'<tr><th scope="row">{escape(str(r[cle]))}</th><td class="n">'
        f"{escape(ecrire_euros(r['accorde_c'], inconnus=manquent.get(str(r[cle]), 0)))}</td>"
        f"<td>{'' if pd.isna(r['accorde_c']) else _barre(float(r['accorde_c']), maximum)}</td></tr>"
        for r in table.to_dict("records")
    ]
    return _table(titre, [(titre, False), ("Accordé", True), ("", False)], corps)


def html_besoin(table: pd.DataFrame, unites: Mapping[str, str]) -> str:
    """Besoin et effort côte à côte."""
    corps = []
    for r in table.to_dict("records"):
        ecart = "–"
        if r["ecart"] is not None and not pd.isna(r["ecart"]):
            ecart = ecrire_ecart(
                float(r["ecart"]),
                unites[r["indicateur"]],
                decimales=decimales_du_chiffre(r["ecart"], r["statut"]),
            )
        elif isinstance(r["bornes_ecart"], tuple):
            bas, haut = r["bornes_ecart"]
            ecart = ecrire_ecart_minimal(bas, haut, unites[r["indicateur"]])
        texte = euros_par_habitant(r["euros_par_habitant"])
        corps.append(
            f'<tr><th scope="row">{escape(ecrire_nom(str(r["nom"])))}</th><td>{escape(str(r["libelle"]))}</td>'
            f'<td class="n obs-ecart"><b>{escape(ecart)}</b> {badge_verdict(r["verdict"])}</td>'
            f'<td class="n obs-large">{int(r["actions"])}</td><td class="n" data-nom="Accordé par habitant et par an">{texte}</td></tr>'
        )
    entetes = [
        ("Quartier", False), ("Indicateur visé", False), ("Écart à la ville", True),
        ("~Actions", True), ("Accordé par habitant et par an", True),
    ]  # fmt: skip
    return _table("Besoin et effort", entetes, corps, classe="obs-besoin")


def html_couverture(bilan: Bilan, table: pd.DataFrame) -> str:
    """Grille quartiers × thèmes ; chaque rond a son texte pour un lecteur d’écran."""
    themes = [t for t in bilan.themes if (table.loc[table["theme"] == t, "constat"] != "").any()]
    corps = []
    for quartier, siens in table.groupby("quartier", sort=False):
        par_theme = {str(r["theme"]): r for r in siens.to_dict("records")}
        cases = []
        for theme in themes:
            r = par_theme[theme]
            if not r["constat"]:
                cases.append("<td></td>")
                continue
            detail = f"{r['constat']} ; {int(r['actions'])} action(s)"
            if r["grands_ecarts"]:
                detail += " ; " + ", ".join(r["grands_ecarts"])
            cases.append(
                f'<td><span class="obs-couv {_CLASSES[r["constat"]]}" role="img" '
                f'title="{escape(detail)}" aria-label="{escape(detail)}"></span></td>'
            )
        nom = escape(ecrire_nom(bilan.noms[str(quartier)]))
        corps.append(f'<tr><th scope="row">{nom}</th>{"".join(cases)}</tr>')
    entetes = [("Quartier", False), *((bilan.themes[t], False) for t in themes)]
    cle = (
        '<div class="obs-cle">'
        '<span class="entree"><span class="obs-couv sans_action"></span>grand écart, aucune action en cours ou prévue</span>'
        '<span class="entree"><span class="obs-couv couvert"></span>grand écart, au moins une action</span>'
        '<span class="entree"><span class="obs-couv action"></span>action, sans grand écart établi</span></div>'
    )
    return (
        _table("Couverture des thèmes par quartier", entetes, corps, classe="obs-suivi-grille")
        + cle
    )


def html_actions(bilan: Bilan, actions: Sequence[Action], titre: str) -> str:
    """Liste d’actions : intitulé, axe, quartiers, état, fin."""
    corps = []
    for a in actions:
        lieux = ", ".join(
            ecrire_nom(bilan.noms.get(q, q)) if q != VILLE_ENTIERE else "ville entière"
            for q in a.parts
        )
        retard = _retard(a) if a.en_retard(bilan.jour) else ""
        fin = "–" if a.fin is None else f"{a.fin:%d/%m/%Y}"
        corps.append(
            f'<tr><th scope="row">{escape(a.intitule)}<br><span class="obs-note">{escape(a.porteur)}</span></th>'
            f'<td data-nom="Axe">{escape(a.axe)}</td><td data-nom="Quartiers">{escape(lieux)}</td>'
            f'<td data-nom="État">{escape(a.etat.libelle)}{retard}</td>'
            f'<td class="n" data-nom="Fin">{fin}</td></tr>'
        )
    entetes = [
        ("Action", False),
        ("Axe", False),
        ("Quartiers", False),
        ("État", False),
        ("Fin", True),
    ]
    return _table(titre, entetes, corps, classe="obs-liste-actions")


def _retard(action: Action) -> str:
    """Pastille d’une action en retard : la date qui est passée."""
    prevue = action.etat is Etat.PREVUE
    date = action.debut if prevue else action.fin
    cause = f"{'début prévu' if prevue else 'fin prévue'} le {date:%d/%m/%Y}"
    return f' <span class="obs-badge ecart_net">en retard : {cause}</span>'


def html_communs(table: pd.DataFrame, titre: str) -> str:
    """Freins ou leviers cités dans plusieurs quartiers."""
    corps = [
        f'<tr><th scope="row">{escape(str(r["etiquette"]))}</th><td class="n">{len(r["quartiers"])}</td>'
        f'<td class="n">{int(r["actions"])}</td></tr>'
        for r in table.to_dict("records")
    ]
    return _table(titre, [(titre, False), ("Quartiers", True), ("Actions", True)], corps)


def html_changements(entetes: Sequence[str], lignes: Iterable[Sequence[str]], titre: str) -> str:
    """Ce qui a changé, une ligne par champ."""
    corps = [
        f'<tr><th scope="row">{escape(ligne[0])}</th>'
        + "".join(
            f'<td data-nom="{escape(e)}">{escape(v) or "–"}</td>'
            for e, v in zip(entetes[1:], ligne[1:], strict=True)
        )
        + "</tr>"
        for ligne in lignes
    ]
    return _table(titre, [(e, False) for e in entetes], corps, classe="obs-liste-actions")
