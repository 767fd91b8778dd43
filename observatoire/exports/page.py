"""Page (HTML) : un seul fichier, qui s’ouvre sans réseau et ne demande rien à personne.

Leaflet, la carte, les polices réduites aux lettres employées et le tableau sont dans le fichier.
La politique de sécurité du document (CSP) interdit au navigateur toute requête.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd
import xstatic.pkg.leaflet as paquet_leaflet

from observatoire.cartes.carte_web import construire_carte_web
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.cartes.francais import typographier
from observatoire.cartes.lieux_web import TOUTES, lieux_web
from observatoire.cartes.lignes import texte_ecart, texte_valeur
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.typographie import FAMILLE_TEXTE, FAMILLE_TITRE, police_embarquee
from observatoire.catalogue import Indicateur
from observatoire.domaine import Reference, Statut, TypeTerritoire, Verdict
from observatoire.erreurs import ErreurDemande
from observatoire.exports.demande import Contexte, Demande, Document, indicateurs_demandes
from observatoire.exports.lecture import lignes_a_lire
from observatoire.exports.tables import (
    Tableaux,
    composer_tableaux,
    mot_du_statut,
    valeurs_citees,
)
from observatoire.redaction import ecrire_nom, ecrire_valeur

__all__ = ["ecrire_page"]

_GABARIT = Path(__file__).resolve().parent / "gabarits" / "page.html"
_VEDETTE = "taux_pauvrete"
_RACINE = "leaflet-dans-la-page"


def ecrire_page(contexte: Contexte, demande: Demande, sortie: Path, document: str = "") -> Document:
    """Écrire la page d’une ville : une carte interactive et le tableau des quartiers.

    Parameters
    ----------
    contexte : Contexte
    demande : Demande
        La carte est celle du premier indicateur demandé, sinon du taux de pauvreté.
    sortie : Path
        Fichier ``.html``.
    document : str
        Identifiant au registre des exports.

    Raises
    ------
    ErreurDemande
        Si la demande ne convient pas à l’édition.
    """
    indicateurs = indicateurs_demandes(contexte, demande)
    if not indicateurs:
        raise ErreurDemande("Aucun indicateur de l’édition ne correspond à cette demande.")
    vue = vue_depuis_edition(
        contexte.edition,
        indicateur=_de_la_carte(indicateurs, demande).id,
        vue=demande.vue,
        niveau=demande.niveau,
        millesime=demande.millesimes[0] if demande.millesimes else None,
        reference=demande.reference,
        catalogue=contexte.catalogue,
    )
    tableaux = composer_tableaux(contexte, demande)
    contenu = _composer(contexte, demande, tableaux, vue, document)
    ecrire_entier(sortie, contenu.encode("utf-8"))
    return Document((sortie,), valeurs_citees(tableaux.longue))


def _de_la_carte(indicateurs: list[Indicateur], demande: Demande) -> Indicateur:
    par_id = {i.id: i for i in indicateurs}
    if demande.indicateurs:
        return par_id[demande.indicateurs[0]]
    return par_id.get(_VEDETTE, indicateurs[0])


def _composer(
    contexte: Contexte, demande: Demande, tableaux: Tableaux, vue: VueCarte, document: str
) -> str:
    edition = contexte.edition
    fictive = " (ville fictive)" if edition.est_fictive else ""
    morceaux = {
        "titre_document": html.escape(f"{vue.titre} – Observatoire des quartiers"),
        "surtitre": html.escape(f"Observatoire des quartiers · {edition.nom_commune}"),
        "bandeau": '<p class="bandeau">Ville fictive : données inventées pour la démonstration</p>'
        if edition.est_fictive
        else "",
        "titre": html.escape(vue.titre),
        "sous_titre": html.escape(vue.sous_titre),
        "alternative": html.escape(vue.texte_alternatif),
        "ville": html.escape(f"{edition.nom_commune}{fictive}"),
        "chiffre": html.escape(vue.texte_ville),
        "complement": html.escape(vue.complement_ville),
        "legende": _legende(vue),
        "lecture": html.escape(vue.phrase_lecture),
        "precaution": html.escape(vue.precaution),
        "tableau": _tableau(tableaux),
        "sous_tableau": html.escape(
            f"Sous chaque chiffre, son écart à {Reference(demande.reference).libelle}. En italique, ce qui "
            "n’est pas un chiffre sûr : les bornes d’une estimation, un secret statistique, une absence."
        ),
        "a_lire": "".join(
            f"<dt>{html.escape(t)}</dt><dd>{html.escape(x)}</dd>"
            for t, x in lignes_a_lire(contexte, tableaux, demande)
        ),
        "source": html.escape(vue.source),
        "pied": html.escape(
            f"Édition {edition.identifiant}" + (f" · document {document}" if document else "")
        ),
    }
    lieux = lieux_web(edition.complement("lieux"), TOUTES)
    lettres = "".join([*morceaux.values(), *(f"{lieu['n']}{lieu['c']}" for lieu in lieux)])
    polices = _polices(lettres)
    carte = _carte_autonome(vue, polices, lieux)
    gabarit = Template(_lire_gabarit())
    return gabarit.substitute(morceaux, polices=polices, carte=html.escape(carte))


@lru_cache(maxsize=1)
def _lire_gabarit() -> str:
    return _GABARIT.read_text(encoding="utf-8")


def _polices(lettres: str) -> str:
    """Polices de la page et de sa carte, réduites aux lettres qui y sont."""
    utiles = "".join(sorted({*html.unescape(lettres), *_TOUJOURS}))
    regles = [
        police_embarquee(FAMILLE_TEXTE, 400, False, utiles),
        police_embarquee(FAMILLE_TEXTE, 600, False, utiles),
        police_embarquee(FAMILLE_TEXTE, 700, False, utiles),
        police_embarquee(FAMILLE_TITRE, 600, False, utiles),
    ]
    return "".join(regles)


_TOUJOURS = "".join(map(chr, range(32, 127))) + "éèêëàâîïôùûçœÉÈÀÂÎÔŒ«»’…–−\u202f\u00a0€²"


def _carte_autonome(vue: VueCarte, polices: str, lieux: Sequence[Mapping[str, object]]) -> str:
    """Document de la carte, Leaflet compris : aucune adresse n’y reste."""
    document = construire_carte_web(vue, racine_leaflet=_RACINE, css_polices=polices, lieux=lieux)
    script, style = _leaflet()
    document = re.sub(
        rf'<script src="{_RACINE}/leaflet\.js"></script>',
        lambda _: f"<script>{script}</script>",
        document,
    )
    return re.sub(
        rf'<link rel="stylesheet" href="{_RACINE}/leaflet\.css"/?>',
        lambda _: f"<style>{style}</style>",
        document,
    )


@lru_cache(maxsize=1)
def _leaflet() -> tuple[str, str]:
    base = Path(paquet_leaflet.BASE_DIR)
    script = (base / "leaflet.js").read_text(encoding="utf-8")
    style = (base / "leaflet.css").read_text(encoding="utf-8")
    # Les images de Leaflet (repères, calques) ne servent pas ; la source d’origine non plus.
    script = re.sub(r"//# sourceMappingURL=\S+", "", script).replace("</script", "<\\/script")
    return script, re.sub(r"url\([^)]*\)", "none", style)


def _legende(vue: VueCarte) -> str:
    lignes = [
        f'<li><span class="pastille" style="background:{html.escape(c.couleur)}"></span>'
        f"{html.escape(c.libelle)}<b>{c.effectif}</b></li>"
        for c in vue.legende.classes
    ]
    lignes += [
        f'<li><span class="pastille {html.escape(a.value)}"></span>{html.escape(a.libelle)}<b>{n}</b></li>'
        for a, n in vue.legende.aspects
    ]
    tete = (
        f"{html.escape(vue.legende.titre)} <small>{html.escape(vue.legende.titre_effectif)}</small>"
    )
    repere = (
        f'<p class="repere">{html.escape(vue.legende.repere)}</p>' if vue.legende.repere else ""
    )
    return f"<h2>{tete}</h2><ul>{''.join(lignes)}</ul>{repere}"


def _tableau(tableaux: Tableaux) -> str:
    """Quartiers et ville, un indicateur par ligne ; chaque cellule dit sa valeur et son écart."""
    longue = tableaux.longue
    recent = longue.groupby("indicateur")["millesime"].transform("max") == longue["millesime"]
    types = [TypeTerritoire.COMMUNE.value, TypeTerritoire.EPCI.value, TypeTerritoire.QPV.value]
    lignes = longue[recent & longue["type_territoire"].isin(types)]
    territoires = lignes.drop_duplicates("code_territoire").sort_values(
        ["type_territoire", "code_territoire"], kind="stable"
    )
    codes = list(territoires["code_territoire"])
    entetes = "".join(
        f'<th scope="col" data-code="{html.escape(c)}">{html.escape(ecrire_nom(str(n)))}</th>'
        for c, n in zip(codes, territoires["nom"], strict=True)
    )
    corps, theme = [], None
    for _, groupe in lignes.groupby("indicateur", sort=False):
        premiere = groupe.iloc[0]
        if premiere["theme"] != theme:
            theme = premiere["theme"]
            corps.append(
                f'<tr class="theme"><th scope="colgroup" colspan="{len(codes) + 1}">{html.escape(typographier(str(theme)))}</th></tr>'
            )
        par_code = {ligne["code_territoire"]: ligne for ligne in groupe.to_dict("records")}
        cellules = "".join(_cellule(par_code.get(c), c) for c in codes)
        corps.append(
            f'<tr><th scope="row">{html.escape(typographier(str(premiere["libelle"])))} '
            f"<small>{int(premiere['millesime'])}</small></th>{cellules}</tr>"
        )
    return (
        f'<table><thead><tr><th scope="col">Indicateur</th>{entetes}</tr></thead>'
        f"<tbody>{''.join(corps)}</tbody></table>"
    )


def _cellule(ligne: dict[Any, Any] | None, code: str) -> str:
    attribut = f' data-code="{html.escape(code)}"'
    if ligne is None:
        return f'<td{attribut} class="sans">{mot_du_statut(Statut.ABSENT.value)}</td>'
    # Un chiffre de quartier publié rond s’écrit rond ; celui de la ville est connu au dixième.
    est_quartier = ligne["type_territoire"] == TypeTerritoire.QPV.value
    connue = not (est_quartier or ligne["bornes_seules"] or pd.isna(ligne["valeur"]))
    texte = (
        ecrire_valeur(float(ligne["valeur"]), str(ligne["unite"]))
        if connue
        else texte_valeur(ligne, str(ligne["unite"]))
    )
    if ligne["bornes_seules"]:
        return f'<td{attribut} class="sans">{html.escape(texte)}</td>'
    if pd.isna(ligne["valeur"]):
        return f'<td{attribut} class="sans">{html.escape(mot_du_statut(str(ligne["statut"])))}</td>'
    estime = " <i>estimé</i>" if ligne["statut"] == Statut.ESTIME.value else ""
    return f"<td{attribut}>{html.escape(texte)}{estime}{_ecart(ligne)}</td>"


def _ecart(ligne: dict[Any, Any]) -> str:
    """Écart, s’il se cite : jamais un écart qui ne s’interprète pas."""
    if pd.isna(ligne["ecart"]) or ligne["verdict"] == Verdict.NON_INTERPRETABLE.value:
        return ""
    texte = texte_ecart(ligne, str(ligne["unite"]))
    reserve = " (indicatif)" if ligne["verdict"] == Verdict.ECART_INDICATIF.value else ""
    return f"<small>{html.escape(texte + reserve)}</small>"
