"""Section « De combien nos estimations se trompent-elles ? » : une phrase, deux nuages, un tableau."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue
from observatoire.domaine import Methode, Statut, TypeTerritoire
from observatoire.editions import Edition
from observatoire.evaluations import NOMS_METHODES, Evaluation
from observatoire.interface.composants import deplier
from observatoire.redaction import INSECABLE, ecrire_nombre, majuscule

__all__ = ["html_erreurs", "html_provenance"]

_INDICATEUR = "taux_pauvrete"
_PANNEAUX = (("surface", "Au prorata des surfaces"), ("calee", "Estimation calée"))
_TRANCHES = (
    "Quartiers qui n’occupent qu’une petite part de leurs IRIS",
    "Part moyenne",
    "Grande part",
)
_GRADUATION = 20
_TRES_PAUVRE = 60
_NOMBRE_MIN = 20
_DIAMETRE_MIN = 0.9  # en % du côté du panneau
_PROVENANCES = (
    ("publie", "publiées"),
    ("calee", "calées"),
    ("carreaux", "réparties par les carreaux"),
    ("surface", "réparties par les surfaces"),
    ("bornes", "dont seules les bornes sont montrées"),
    ("masque", "masquées ou non diffusées"),
)


_COLONNES = {
    "publie": "publié",
    "calee": "calé",
    "carreaux": "carreaux",
    "surface": "surfaces",
    "bornes": "bornes",
    "masque": "masqué",
}


def html_erreurs(evaluation: Evaluation, indicateur: str = _INDICATEUR) -> str:
    """Phrase, nuages et tableau des erreurs mesurées d’un indicateur.

    Parameters
    ----------
    evaluation : Evaluation
        Erreurs livrées avec le modèle de calage.
    indicateur : str
        Un indicateur en points, dont la répartition par les surfaces a été évaluée.

    Returns
    -------
    str
        HTML ; une phrase qui le dit si le modèle n’a pas d’évaluation.
    """
    titre = '<h2 class="obs-h2">De combien nos estimations se trompent-elles ?</h2>'
    bilan = evaluation.bilans.get(indicateur)
    if not bilan or not bilan["methodes"]["surface"]["n"]:
        return (
            f'{titre}<p class="obs-texte">Le modèle de calage employé ici n’a pas d’évaluation : la '
            "personne chargée de l’observation peut l’obtenir par « observatoire caler ».</p>"
        )
    phrase = _phrase(bilan["methodes"], _reserve(bilan["nuage"]))
    return (
        f'<section aria-label="Erreurs mesurées">{titre}{phrase}'
        f"{_nuages(bilan)}{_tableau(bilan)}"
        f'<p class="obs-note obs-texte">Plus un point est gros, plus il compte de quartiers. Biais : estimation moins chiffre publié, en points. Intervalle juste : celui qui '
        "contient le chiffre publié (bornes sans hypothèse pour le prorata, neuf fois sur dix pour les estimations calées). Chaque quartier est estimé par un modèle "
        "qui n’a vu aucun quartier de son département. Part : celle de la surface des IRIS coupés qui est dans le "
        f'quartier.</p><p class="obs-note">{escape(evaluation.source)}</p></section>'
    )


def _reserve(nuage: Mapping[str, Any]) -> str:
    """Ce que l’estimation manque aux extrêmes, relu sur les cases du nuage."""
    pas = float(nuage["pas"])
    hautes = [(i, j, n) for i, j, n in nuage["calee"] if i * pas >= _TRES_PAUVRE]
    nombre = sum(n for _, _, n in hautes)
    manque = sum(n * (i - j) * pas for i, j, n in hautes) / max(nombre, 1)
    if nombre < _NOMBRE_MIN or manque < 1:
        return ""
    return (
        f" Elle convient moins aux extrêmes : dans les {_entier(nombre)} quartiers où la pauvreté publiée atteint "
        f"{_TRES_PAUVRE}{INSECABLE}%, elle est trop basse de {_points(manque, 0)} en moyenne."
    )


def _phrase(methodes: Mapping[str, Any], reserve: str) -> str:
    surface, calee = methodes["surface"], methodes["calee"]
    return (
        f'<p class="obs-texte">Nous avons caché les chiffres publiés de {_entier(calee["n"])} quartiers de France, '
        "nous les avons estimés, puis comparés. "
        f"<b>Répartir les IRIS au prorata des surfaces sous-estime la pauvreté de {_points(-surface['biais'], 0)} en "
        f"moyenne. Notre estimation calée se trompe de {_points(calee['eam'])} en moyenne, et neuf fois sur dix de "
        f"moins de {_points(calee['p90'])}.</b> L’intervalle qu’elle annonce contient le chiffre publié neuf fois "
        f"sur dix ({ecrire_nombre(calee['couverture_90'], 1)}{INSECABLE}%).{reserve}</p>"
    )


def _points(valeur: float, decimales: int = 1) -> str:
    return f"{ecrire_nombre(valeur, decimales)}{INSECABLE}points"


def _entier(nombre: float) -> str:
    return ecrire_nombre(float(nombre))


def _nuages(bilan: Mapping[str, Any]) -> str:
    nuage = bilan["nuage"]
    cases = {m: nuage[m] for m, _ in _PANNEAUX}
    haut = max(max(i, j) + 1 for c in cases.values() for i, j, _ in c) * float(nuage["pas"])
    haut = _GRADUATION * float(np.ceil(haut / _GRADUATION))
    nombre_max = max(n for c in cases.values() for _, _, n in c)
    panneaux = "".join(
        _panneau(m, titre, cases[m], float(nuage["pas"]), haut, nombre_max, bilan["methodes"][m])
        for m, titre in _PANNEAUX
    )
    return f'<div class="obs-nuages">{panneaux}</div>'


def _panneau(
    methode: str,
    titre: str,
    cases: Sequence[Sequence[int]],
    pas: float,
    haut: float,
    nombre_max: int,
    mesures: Mapping[str, Any],
) -> str:
    """Un nuage : Streamlit retire le SVG, les points sont donc placés en pourcentage du cadre."""
    cote = 100 * pas / haut
    points = []
    for i, j, n in cases:
        # La surface du point, et non son diamètre, est proportionnelle au nombre.
        diametre = max(_DIAMETRE_MIN, 1.12 * cote * float(np.sqrt(n / nombre_max)))
        points.append(
            f'<i class="{methode}" style="left:{(i + 0.5) * cote:.2f}%;bottom:{(j + 0.5) * cote:.2f}%;'
            f'width:{diametre:.2f}%"></i>'
        )
    graduations = "".join(
        f'<span class="gx" style="left:{100 * g / haut:.1f}%">{g}</span>'
        f'<span class="gy" style="bottom:{100 * g / haut:.1f}%">{g}</span>'
        for g in range(0, int(haut) + 1, _GRADUATION)
    )
    maille = 100 * _GRADUATION / haut
    alternative = (
        f"{titre} : nuage de {_entier(mesures['n'])} quartiers, taux de pauvreté publié en abscisse et estimé en "
        f"ordonnée, de 0 à {_entier(haut)} %. Erreur moyenne {_points(mesures['eam'])}, écart moyen au publié "
        f"{_signes(mesures['biais'])}. "
        + (
            "Presque tous les points sont sous la droite où estimé égale publié."
            if mesures["biais"] < -3
            else "Les points suivent la droite où estimé égale publié."
        )
    )
    return (
        f'<div class="obs-nuage {methode}"><p class="titre"><b>{escape(titre)}</b><br>'
        f"<span>erreur moyenne : {_points(mesures['eam'])}</span></p>"
        f'<div class="cadre" role="img" aria-label="{escape(alternative)}" '
        f'style="background-size:{maille:.2f}% {maille:.2f}%">'
        f'<span class="droite"></span>{"".join(points)}{graduations}'
        '<span class="egal">estimé = publié</span><span class="trop bas">estimé trop bas</span>'
        '<span class="trop haut">estimé trop haut</span></div>'
        '<p class="axe">Taux de pauvreté publié, en % → <span>en ordonnée, estimé</span></p></div>'
    )


def _signes(valeur: float) -> str:
    return f"{ecrire_nombre(valeur, 1, signe=True)}{INSECABLE}points"


def _tableau(bilan: Mapping[str, Any]) -> str:
    corps = [_groupe("Tous les quartiers", bilan["methodes"], list(NOMS_METHODES))]
    for nom, tranche in zip(_TRANCHES, bilan["par_part_couverte"], strict=False):
        bornes = " à ".join(_entier(100 * tranche[k]) for k in ("de", "a"))
        corps.append(
            _groupe(f"{nom} ({bornes}{INSECABLE}%)", tranche["methodes"], ["surface", "calee"])
        )
    entetes = (
        "Quartiers",
        "Biais, en points",
        "Erreur moyenne, en points",
        "Intervalle juste",
        "Largeur, en points",
    )
    tete = "".join(f'<th scope="col" class="n">{e}</th>' for e in entetes)
    return (
        '<div class="obs-defile obs-entier" tabindex="0" role="region" aria-label="Erreurs par méthode">'
        '<table class="obs-table obs-erreurs"><thead><tr><th scope="col">Méthode</th>'
        f"{tete}</tr></thead>{''.join(corps)}</table></div>"
    )


def _groupe(titre: str, methodes: Mapping[str, Any], ordre: Sequence[str]) -> str:
    lignes = []
    for methode in ordre:
        m = methodes.get(methode)
        if not m or not m["n"]:
            continue
        nombres = (
            _entier(m["n"]),
            ecrire_nombre(m["biais"], 1, signe=True),
            ecrire_nombre(m["eam"], 1),
            f"{ecrire_nombre(m['couverture_90'])}{INSECABLE}%",
            ecrire_nombre(m["largeur_90"], 1),
        )
        cellules = "".join(f'<td class="n">{n}</td>' for n in nombres)
        fort = ' class="fort"' if methode == "calee" else ""
        lignes.append(
            f'<tr{fort}><th scope="row">{escape(majuscule(NOMS_METHODES[methode]))}</th>{cellules}</tr>'
        )
    return (
        f'<tbody><tr class="groupe"><th colspan="6" scope="rowgroup">{escape(titre)}</th></tr>'
        f"{''.join(lignes)}</tbody>"
    )


def html_provenance(edition: Edition, catalogue: Catalogue) -> str:
    """D’où viennent les valeurs des quartiers de l’édition affichée : une barre et un tableau.

    Parameters
    ----------
    edition : Edition
        Édition affichée.
    catalogue : Catalogue
        Pour les noms des indicateurs.

    Returns
    -------
    str
        Vide si l’édition n’a pas de quartier.
    """
    resultats = edition.resultats
    quartiers = resultats[resultats["type_territoire"] == TypeTerritoire.QPV.value]
    if quartiers.empty:
        return ""
    comptes = _compter(quartiers)
    total = comptes.sum()
    presents = [(c, nom) for c, nom in _PROVENANCES if total[c]]
    barre = "".join(f'<span class="{c}" style="flex:{int(total[c])}"></span>' for c, _ in presents)
    cle = "".join(
        f'<span class="entree"><span class="carre {c}"></span><b>{_entier(total[c])}</b> {nom}</span>'
        for c, nom in presents
    )
    en_mots = " ; ".join(f"{_entier(total[c])} {nom}" for c, nom in presents)
    lignes = "".join(
        f'<tr><th scope="row">{escape(catalogue.indicateurs[str(i)].court)}</th>'
        + "".join(f'<td class="n">{int(ligne[c]) or "–"}</td>' for c, _ in presents)
        + "</tr>"
        for i, ligne in comptes.iterrows()
        if str(i) in catalogue.indicateurs
    )
    tete = "".join(
        f'<th scope="col" class="n"><span class="carre {c}"></span> {_COLONNES[c]}</th>'
        for c, _ in presents
    )
    return (
        '<h2 class="obs-h2">Et dans cette édition ?</h2><p class="obs-texte">'
        f"{_entier(int(total.sum()))} valeurs de quartiers prioritaires, toutes années comprises.</p>"
        f'<div class="obs-provenance" role="img" aria-label="{escape(en_mots)}">{barre}</div>'
        f'<div class="obs-cle">{cle}</div>'
        + deplier(
            "Voir indicateur par indicateur",
            '<div class="obs-defile obs-entier"><table class="obs-table obs-comptes"><thead><tr>'
            f'<th scope="col">Indicateur</th>{tete}</tr></thead><tbody>{lignes}</tbody></table></div>',
        )
    )


def _compter(quartiers: pd.DataFrame) -> pd.DataFrame:
    """Nombre de valeurs par indicateur (lignes) et provenance (colonnes), dans l’ordre du catalogue."""
    statut = quartiers["statut"]
    sorte = quartiers["methode"].map(
        lambda m: "calee" if Methode(m).est_calee else "carreaux" if m == "carreaux" else "surface"
    )
    sorte = sorte.mask(quartiers["bornes_seules"].astype(bool), "bornes")
    sorte = sorte.mask(statut == Statut.PUBLIE.value, "publie")
    sorte = sorte.mask(statut.isin([Statut.SECRET.value, Statut.ABSENT.value]), "masque")
    table = pd.crosstab(quartiers["indicateur"], sorte)
    ordre = list(dict.fromkeys(quartiers["indicateur"]))
    colonnes = [c for c, _ in _PROVENANCES]
    comptes: pd.DataFrame = table.reindex(index=ordre, columns=colonnes, fill_value=0)
    return comptes
