"""Page « Comparer les villes » : l’écart entre les quartiers et leur ville, d’une ville à l’autre."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from observatoire.cartes.francais import de_la_ville
from observatoire.cartes.villes import est_connue, phrase_rang, phrase_villes
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.chemins import Chemins
from observatoire.domaine import Statut
from observatoire.editions import Edition, edition_courante, villes_publiees
from observatoire.editions.villes import VillesComparees, lire_villes_comparees
from observatoire.interface.chargement import catalogue_courant, edition_affichee
from observatoire.interface.composants import deplier, texte_valeur
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.etat import adresse, choisir
from observatoire.interface.points import Position, html_points
from observatoire.redaction import ecrire_bornes, ecrire_ecart, ecrire_nombre, ecrire_valeur

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
    afficher_html(_cle() + _table(choisies, indicateur, edition.code_commune))
    if edition.est_fictive:
        afficher_html(_rester_fictive(edition))
    elif len(lignes) == 1:
        afficher_html(_SEULE)
    _pourquoi_ces_villes(edition)
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
    if cle not in st.session_state:
        st.session_state[cle] = depart
    # Un autre indicateur peut ne pas porter toutes les villes choisies.
    st.session_state[cle] = [c for c in st.session_state[cle] if c in noms]
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
    return codes


def _villes_par_defaut(edition: Edition, lignes: pd.DataFrame) -> list[str]:
    sienne = [c for c in edition.villes if c in lignes.index]
    if len(sienne) > 1:
        # Une intercommunalité : ses communes d’abord.
        return sienne[:_MAX_VILLES]
    groupe = _groupe(edition)
    proches = [c for c in dict.fromkeys(groupe.get("code", ())) if c in lignes.index]
    if not proches:
        reste = lignes.drop(index=sienne).sort_values(["rang", "nom"], na_position="last")
        proches = list(reste.index[:8])
    return [*sienne, *proches]


def _groupe(edition: Edition) -> pd.DataFrame:
    table = edition.complement("villes_comparables")
    return table[table["code_commune"] == edition.code_commune] if len(table) else table


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


def _cle() -> str:
    entrees = (
        ("point quartier", "l’ensemble des QPV de la ville"),
        ("point ville", "la ville entière"),
        ("bande calee", "intervalle de l’ensemble des QPV"),
    )
    morceaux = (f'<span class="entree"><span class="{c}"></span>{t}</span>' for c, t in entrees)
    return f'<div class="obs-cle">{"".join(morceaux)}</div>'


def _echelle(lignes: pd.DataFrame, unite: str) -> tuple[float, float]:
    """La même pour toutes les villes, sans quoi les points ne se compareraient pas."""
    colonnes = ["valeur", "valeur_ville", "borne_basse", "borne_haute"]
    valeurs = lignes[colonnes].to_numpy(dtype=float)
    connues = valeurs[np.isfinite(valeurs)]
    if not len(connues):
        return 0.0, 100.0
    haut = float(connues.max())
    if unite == "pct":
        return 0.0, min(100.0, float(np.ceil(haut / 10) * 10))
    bas = float(connues.min())
    marge = 0.1 * ((haut - bas) or abs(haut) or 1.0)
    return bas - marge, haut + marge


def _table(lignes: pd.DataFrame, indicateur: Indicateur, ville: str) -> str:
    echelle = _echelle(lignes, indicateur.unite)
    corps = "".join(
        _ligne(ligne, indicateur, echelle, ligne["code_commune"] == ville)
        for _, ligne in lignes.iterrows()
    )
    bornes = [escape(_court(b, indicateur.unite)) for b in echelle]
    return (
        '<div class="obs-defile" tabindex="0" role="region" aria-label="Villes comparées">'
        '<table class="obs-table obs-villes"><thead><tr><th scope="col">Ville</th>'
        '<th scope="col" class="obs-points"><span class="obs-echelle">'
        f"<span>{bornes[0]}</span><span>{bornes[1]}</span></span></th>"
        '<th scope="col" class="n">QPV</th><th scope="col" class="n">Ville</th><th scope="col" class="n">Écart</th>'
        '<th scope="col" class="n">Rang</th><th scope="col">Ce que l’on sait</th></tr></thead>'
        f"<tbody>{corps}</tbody></table></div>"
    )


def _court(valeur: float, unite: str) -> str:
    return (
        ecrire_valeur(valeur, unite, decimales=0)
        if unite == "pct"
        else ecrire_valeur(valeur, unite)
    )


def _ligne(
    ligne: pd.Series, indicateur: Indicateur, echelle: tuple[float, float], sienne: bool
) -> str:
    unite, connue = indicateur.unite, est_connue(ligne)
    reference = float(ligne["valeur_ville"])
    ville = ecrire_valeur(reference, unite) if np.isfinite(reference) else "non disponible"
    valeur = texte_valeur(ligne, unite)
    bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    reunis = float("nan") if ligne["bornes_seules"] else float(ligne["valeur"])
    points = html_points(
        [Position("ville", reference), Position("quartier", reunis)],
        intervalles=[(*bornes, not ligne["bornes_seules"])],
        echelle=echelle,
        texte=f"{ligne['nom']} : QPV {valeur} ; ville {ville}",
    )
    ecart = ecrire_ecart(float(ligne["ecart"]), unite) if connue else "–"
    rang = (
        f"{int(ligne['rang'])}\u202f/\u202f{int(ligne['rang_sur'])}"
        if connue and ligne["rang_sur"] > 1
        else "–"
    )
    nom = escape(str(ligne["nom"]))
    return (
        f'<tr{" class=sienne" if sienne else ""}><th scope="row">{f"<b>{nom}</b>" if sienne else nom}</th>'
        f'<td class="obs-points">{points}</td><td class="n" data-nom="QPV"><b>{escape(valeur)}</b></td>'
        f'<td class="n" data-nom="Ville">{escape(ville)}</td><td class="n"><b>{escape(ecart)}</b></td><td class="n">{rang}</td>'
        f"<td>{escape(_ce_que_l_on_sait(ligne, unite))}</td></tr>"
    )


def _ce_que_l_on_sait(ligne: pd.Series, unite: str) -> str:
    """« 3 QPV publiés, 1 estimé ; 46 à 48 % » : d’où vient le chiffre, et son intervalle."""
    comptes = [
        f"{n} {mot}{'s' if n > 1 else ''}"
        for mot, n in (
            ("publié", int(ligne["qpv_publies"])),
            ("estimé", int(ligne["qpv_estimes"])),
            ("inconnu", int(ligne["qpv_inconnus"])),
        )
        if n
    ]
    morceaux = [f"QPV : {', '.join(comptes)}"] if comptes else []
    if not ligne["quartier_propre"]:
        morceaux.append("bord du quartier d’une autre ville, non classée")
    part = float(ligne["part_couverte"])
    if part < 1:
        morceaux.append(f"{ecrire_nombre(100 * part)}\u202f% des habitants couverts")
    bornes = float(ligne["borne_basse"]), float(ligne["borne_haute"])
    if ligne["statut"] == Statut.ESTIME.value and np.isfinite(bornes).all():
        morceaux.append(ecrire_bornes(*bornes, unite))
    elif ligne["note"]:
        morceaux.append(str(ligne["note"]))
    return " ; ".join(morceaux)


def _pourquoi_ces_villes(edition: Edition) -> None:
    """Le groupe de villes comparables, et ce qui en rapproche ou en éloigne chacune."""
    groupe = _groupe(edition)
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


def _comment_lire(comparees: VillesComparees) -> str:
    return (
        '<h2 class="obs-h2">Comment lire cette page</h2><p class="obs-texte">Les quartiers d’une ville sont réunis en '
        "pesant chacun par ses habitants. L’intervalle compte l’arrondi des "
        "chiffres publiés, au point, et l’incertitude des estimations. Deux écarts dont les intervalles se touchent ne "
        "sont pas dits différents. Rang 1 : l’écart le plus défavorable. Un grand écart peut tenir à des quartiers plus "
        "pauvres, ou à une ville plus aisée : regardez les deux points. "
        f"Lu dans : {escape(comparees.origine)}.</p>"
    )
