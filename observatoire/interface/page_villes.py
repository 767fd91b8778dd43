"""Page « Comparer les villes » : l’écart entre les quartiers et leur ville, d’une ville à l’autre."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd
import streamlit as st

from observatoire.cartes.francais import de_la_ville
from observatoire.cartes.villes import phrase_rang, phrase_villes
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.chemins import Chemins
from observatoire.editions import Edition, edition_courante, villes_publiees
from observatoire.editions.villes import VillesComparees, lire_villes_comparees
from observatoire.interface.chargement import catalogue_courant, edition_affichee
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import adresse, choisir
from observatoire.interface.groupe_villes import expliquer_le_groupe, groupe_comparable
from observatoire.interface.tableau_villes import cle_des_villes, html_table_villes

__all__ = ["afficher"]

_MAX_VILLES = 20
_CLE_VILLES = "villes"

_MAX_LIENS = 6
_AUTRES_VILLES = (
    "Les autres villes viennent de l’édition nationale ; la personne chargée de l’observation la construit avec "
    "« observatoire actualiser --france »."
)
_SEULE = (
    '<p class="obs-regle"><b>Une seule ville est publiée ici : il n’y a rien à lui comparer.</b> '
    f"{_AUTRES_VILLES}</p>"
)


def afficher() -> None:
    """Afficher l’indicateur choisi dans les villes choisies, de l’écart le plus défavorable au moins."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    comparees = _comparees(edition)
    zone_titre = st.container()
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom", gap="small"):
        indicateur, millesime = _choisir_indicateur(comparees, catalogue)
    lignes = comparees.table[
        (comparees.table["indicateur"] == indicateur.id)
        & (comparees.table["millesime"] == millesime)
    ].set_index("code_commune", drop=False)
    codes = _choisir_villes(edition, lignes)
    choisies = lignes.loc[codes].sort_values(["rang", "nom"], na_position="last")
    with zone_titre:
        _titre(edition, lignes, choisies, indicateur, comparees)
    if choisies.empty:
        afficher_html(
            '<p class="obs-texte">Aucune ville choisie : ajoutez-en une dans la liste ci-dessus.</p>'
        )
        return
    afficher_html(cle_des_villes() + html_table_villes(choisies, indicateur, edition.code_commune))
    if edition.est_fictive:
        afficher_html(_rester_fictive(edition))
    elif len(lignes) == 1:
        afficher_html(_SEULE)
    expliquer_le_groupe(edition)
    afficher_html(_comment_lire(comparees))


def _comparees(edition: Edition) -> VillesComparees:
    """Villes de même nature que celle de l’en-tête : vraies avec vraies, inventées avec inventées."""
    return _lire(str(Chemins.depuis().racine), _pointeurs(), edition.est_fictive)


def _pointeurs() -> tuple[str, ...]:
    """Ce qui change quand une édition est remplacée."""
    chemins = Chemins.depuis()
    return tuple(chemins.pointeur(c).read_text(encoding="utf-8") for c in villes_publiees(chemins))


@st.cache_resource(max_entries=4, show_spinner=False)
def _lire(racine: str, pointeurs: tuple[str, ...], fictives: bool) -> VillesComparees:
    del pointeurs
    return lire_villes_comparees(Chemins(Path(racine)), catalogue_courant(), fictives=fictives)


@st.cache_resource(max_entries=4, show_spinner=False)
def _vraies_villes(racine: str, pointeurs: tuple[str, ...]) -> dict[str, str]:
    """Code et nom des villes publiées qui ne sont pas inventées."""
    del pointeurs
    chemins = Chemins(Path(racine))
    vraies: dict[str, str] = {}
    for code in villes_publiees(chemins):
        edition = edition_courante(chemins, code)
        if not edition.est_fictive:
            vraies |= (
                edition.villes if edition.perimetre == "france" else {code: edition.nom_commune}
            )
    return vraies


def _rester_fictive(edition: Edition) -> str:
    """Pourquoi une ville inventée ne rencontre pas de vraie ville, et le chemin vers celles-ci."""
    vraies = _vraies_villes(str(Chemins.depuis().racine), _pointeurs())
    texte = (
        f"<b>{escape(edition.nom_commune)} est une ville fictive : ses chiffres sont inventés, elle ne se "
        "compare pas à de vraies villes.</b>"
    )
    if 0 < len(vraies) <= _MAX_LIENS:
        liens = ", ".join(
            f'<a href="{escape(adresse("villes", ville=c))}" target="_self">{escape(n)}</a>'
            for c, n in vraies.items()
        )
        texte += f" Ouvrir cette page pour une vraie ville : {liens}."
    elif vraies:
        texte += " Pour comparer de vraies villes, choisissez-en une en haut de la page."
    else:
        texte += f" {_AUTRES_VILLES}"
    return f'<p class="obs-regle">{texte}</p>'


def _choisir_indicateur(comparees: VillesComparees, catalogue: Catalogue) -> tuple[Indicateur, int]:
    table = comparees.table
    connus = table[table["ecart"].notna()]
    presents = set(connus["indicateur"]) or set(table["indicateur"])
    options = {
        i.id: f"{theme.libelle} · {i.court}"
        for theme, groupe in catalogue.par_theme().items()
        for i in groupe
        if i.id in presents
    }
    identifiant = choisir(
        "Thème et indicateur",
        list(options),
        cle="indicateur",
        ecrire=options.__getitem__,
        largeur=380,
    )
    siennes = table[table["indicateur"] == identifiant]
    # L’année où le plus de villes sont connues d’abord : c’est là que la comparaison a un sens.
    comptes = siennes.groupby("millesime")["ecart"].count()
    annees = sorted(comptes.index, key=lambda a: (-comptes[a], -a))
    millesime = choisir("Année", [int(a) for a in annees], cle="annee", largeur=110)
    return catalogue.indicateurs[identifiant], millesime


def _choisir_villes(edition: Edition, lignes: pd.DataFrame) -> list[str]:
    """Villes de l’adresse ; sinon celle affichée et ses comparables, ou celles de même rang."""
    noms = {str(c): f"{n} ({c})" for c, n in lignes["nom"].sort_values().items()}
    demandees = [c for c in st.query_params.get(_CLE_VILLES, "").split(",") if c in noms]
    depart = demandees or _villes_par_defaut(edition, lignes)
    # Changer de ville, c’est repartir de ses comparables.
    cle = f"{_CLE_VILLES}-{edition.code_commune}"
    etat, au_dernier = st.session_state, f"{cle}-avant"
    if cle not in etat:
        etat[cle] = depart
    elif au_dernier in etat:
        choisies, adresse_ecrite = etat[au_dernier]
        # L’adresse a changé et non la liste : un retour en arrière, un lien. C’est elle qui compte.
        if etat[cle] == choisies and st.query_params.get(_CLE_VILLES, "") != adresse_ecrite:
            etat[cle] = depart
    # Un autre indicateur peut ne pas porter toutes les villes choisies.
    etat[cle] = [c for c in etat[cle] if c in noms]
    codes: list[str] = st.multiselect(
        "Villes comparées",
        list(noms),
        format_func=noms.__getitem__,
        key=cle,
        max_selections=_MAX_VILLES,
        placeholder="Ajoutez une ville",
    )
    if codes and codes != _villes_par_defaut(edition, lignes):
        st.query_params[_CLE_VILLES] = ",".join(codes)
    else:
        st.query_params.pop(_CLE_VILLES, None)
    etat[au_dernier] = (codes, st.query_params.get(_CLE_VILLES, ""))
    return codes


def _villes_par_defaut(edition: Edition, lignes: pd.DataFrame) -> list[str]:
    sienne = [c for c in edition.villes if c in lignes.index]
    if len(sienne) > 1:
        # Une intercommunalité : ses communes d’abord.
        return sienne[:_MAX_VILLES]
    groupe = groupe_comparable(edition)
    proches = [c for c in dict.fromkeys(groupe.get("code", ())) if c in lignes.index]
    if not proches:
        reste = lignes.drop(index=sienne).sort_values(["rang", "nom"], na_position="last")
        proches = list(reste.index[:8])
    return [*sienne, *proches]


def _titre(
    edition: Edition,
    lignes: pd.DataFrame,
    choisies: pd.DataFrame,
    indicateur: Indicateur,
    comparees: VillesComparees,
) -> None:
    fictive = " (ville fictive)" if edition.est_fictive else ""
    sujet = edition.code_commune
    # Le titre ne parle que de la ville de l’en-tête, jamais d’une autre.
    if sujet in lignes.index:
        ville = lignes.loc[[sujet]].iloc[0]
        phrase = phrase_villes(ville, choisies.drop(index=sujet, errors="ignore"), indicateur)
        titre, _, suite = phrase.partition(". ")
        rang = phrase_rang(ville, est_nationale=comparees.est_nationale)
        suite = " ".join(t for t in (suite, rang) if t)
    else:
        titre, suite = _titre_sans_elle(edition, indicateur)
    afficher_html(
        '<p class="obs-sous-titre">L’écart entre les quartiers prioritaires de la politique de la ville (QPV) '
        f"et leur ville{escape(fictive)}</p>"
        f'<h1 class="obs-titre">{escape(titre.rstrip("."))}</h1>'
        f'<p class="obs-texte">{escape(suite)}</p>'
    )


def _titre_sans_elle(edition: Edition, indicateur: Indicateur) -> tuple[str, str]:
    """Titre et phrase quand la ville de l’en-tête n’est pas dans la comparaison."""
    nom = edition.nom_commune
    if edition.perimetre == "epci":
        return f"{indicateur.court} : les villes {de_la_ville(nom)}", ""
    return (
        f"{indicateur.court} : {nom} n’est pas dans cette comparaison",
        f"Le chiffre de ses quartiers n’y est pas connu : les villes ci-dessous sont montrées sans {nom}.",
    )


def _comment_lire(comparees: VillesComparees) -> str:
    return (
        '<h2 class="obs-h2">Comment lire cette page</h2><p class="obs-texte">Les quartiers d’une ville sont réunis en '
        "pesant chacun par ses habitants. L’intervalle compte l’arrondi des "
        "chiffres publiés, au point, et l’incertitude des estimations. Deux écarts dont les intervalles se touchent ne "
        "sont pas dits différents. Rang 1 : l’écart le plus défavorable. Un grand écart peut tenir à des quartiers plus "
        "pauvres, ou à une ville plus aisée : regardez les deux points. "
        f"Lu dans : {escape(comparees.origine)}.</p>"
    )
