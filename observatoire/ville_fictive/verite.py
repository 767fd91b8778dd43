"""Valeurs exactes de chaque indicateur, comptées sur tous les ménages et toutes les personnes.

Univers : l’ensemble de la population pour le recensement (personnes hors ménage comprises) ; les
personnes des
ménages ordinaires pour les revenus. `part_ouvriers` : ouvriers (catégorie 6, actifs ayant un
emploi ou chômeurs ayant
déjà travaillé) parmi les 15 ans ou plus, soit `C_POP15P_CS6 / C_POP15P`. `part_diplome_superieur`
: `SUP2 + SUP34 +
SUP5` parmi les 15 ans ou plus sortis d’études. `part_familles_monoparentales` : parmi les
familles, pas les ménages.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.ville_fictive import distributions, parametres
from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive.verite_detail import mesurer_detail, mesurer_revenus_detail
from observatoire.ville_fictive.ville import Etat, VilleFictive

COLONNES = [
    "code_territoire",
    "type_territoire",
    "indicateur",
    "millesime",
    "valeur",
    "numerateur",
    "denominateur",
]
Mesure = tuple[float, float, float]


def etablir_verite(ville: VilleFictive) -> pd.DataFrame:
    """Établit la table de vérité des communes, des IRIS et des quartiers prioritaires 2024.

    Parameters
    ----------
    ville : VilleFictive
        Ville entière.

    Returns
    -------
    DataFrame
        Colonnes `code_territoire, type_territoire, indicateur, millesime, valeur, numerateur,
        denominateur` ;
        pourcentages de 0 à 100, euros, habitants par km2.
    """
    tissu, lignes = ville.tissu, []
    communes = tissu.communes[tissu.communes["code"].isin(list(parametres.COMMUNES))]
    couches: list[tuple[str, str, str, gpd.GeoDataFrame]] = [
        ("commune", "commune", "code", communes),
        ("iris", "iris", "code_iris", tissu.iris),
        ("qpv", "qpv", "code", tissu.qpv_2024),
    ]
    for genre, colonne, code, couche in couches:
        surfaces = dict(zip(couche[code], couche.area / 1e6, strict=True))
        for millesime in (*parametres.MILLESIMES_RECENSEMENT, *parametres.MILLESIMES_REVENUS):
            etat = ville.etats[parametres.EPOQUE_DU_MILLESIME[millesime]]
            gens = dict(list(etat.personnes.groupby(colonne)))
            logis = dict(list(etat.menages.groupby(colonne)))
            for territoire in sorted(surfaces):
                partie = Etat(
                    logis.get(territoire, etat.menages.iloc[:0]),
                    gens.get(territoire, etat.personnes.iloc[:0]),
                )
                mesures = _mesurer(partie, surfaces[territoire], millesime)
                lignes += [
                    (territoire, genre, nom, millesime, *mesure) for nom, mesure in mesures.items()
                ]
    table = pd.DataFrame(lignes, columns=COLONNES)
    return table.sort_values(
        ["type_territoire", "code_territoire", "indicateur", "millesime"]
    ).reset_index(drop=True)


def _mesurer(etat: Etat, surface_km2: float, millesime: int) -> dict[str, Mesure]:
    """Indicateurs d’un territoire pour un millésime du recensement ou des revenus."""
    if millesime in parametres.MILLESIMES_REVENUS:
        seuil = parametres.SEUILS_PAUVRETE[millesime]
        return mesurer_revenus(etat.menages, seuil) | mesurer_revenus_detail(etat.menages, seuil)
    return mesurer_recensement(etat, surface_km2) | mesurer_detail(etat)


def _part(numerateur: float, denominateur: float) -> Mesure:
    """Part en pourcentage ; indéfinie si le dénominateur est nul."""
    valeur = 100.0 * numerateur / denominateur if denominateur else float("nan")
    return valeur, float(numerateur), float(denominateur)


def mesurer_recensement(etat: Etat, surface_km2: float) -> dict[str, Mesure]:
    """Treize indicateurs du recensement : valeur, numérateur, dénominateur.

    Parameters
    ----------
    etat : Etat
        Population du territoire.
    surface_km2 : float
        Superficie, en kilomètres carrés.

    Returns
    -------
    dict
        Indicateur -> (valeur, numérateur, dénominateur).
    """
    p, m = etat.personnes, etat.menages
    age, acti, n = p["age"], p["activite"], float(len(p))
    travail, quinze = (age >= 15) & (age <= 64), age >= 15
    actifs = travail & acti.isin([per.OCCUPE, per.CHOMEUR])
    sortis = quinze & ~p["scolarise"].astype(bool)
    rp = m["categorie"] == pop.OCCUPE
    familles = rp & m["famille"].isin([1, 2, 3])
    return {
        "population": (n, n, float("nan")),
        "densite_population": (n / surface_km2, n, surface_km2),
        "part_moins_20_ans": _part((age < 20).sum(), n),
        "part_65_ans_plus": _part((age >= 65).sum(), n),
        "part_familles_monoparentales": _part((rp & (m["famille"] == 3)).sum(), familles.sum()),
        "part_menages_1_personne": _part((rp & (m["famille"] == 0)).sum(), rp.sum()),
        "taux_chomage_15_64": _part((travail & (acti == per.CHOMEUR)).sum(), actifs.sum()),
        "taux_activite_15_64": _part(actifs.sum(), travail.sum()),
        "part_sans_diplome": _part((sortis & (p["diplome"] == 0)).sum(), sortis.sum()),
        "part_diplome_superieur": _part((sortis & (p["diplome"] >= 4)).sum(), sortis.sum()),
        "part_ouvriers": _part((quinze & (p["cs"] == 6)).sum(), quinze.sum()),
        "part_logements_sociaux": _part((rp & (m["statut"] == pop.HLM)).sum(), rp.sum()),
        "part_logements_vacants": _part((m["categorie"] == pop.VACANT).sum(), float(len(m))),
    }


def mesurer_revenus(menages: pd.DataFrame, seuil: float) -> dict[str, Mesure]:
    """Trois indicateurs de revenu : valeur, numérateur, dénominateur.

    Parameters
    ----------
    menages : DataFrame
        Logements du territoire.
    seuil : float
        Seuil de pauvreté, en euros par unité de consommation.

    Returns
    -------
    dict
        Indicateur -> (valeur, numérateur, dénominateur) ; vide de sens (NaN) sans ménage.
    """
    occupes = menages[menages["categorie"] == pop.OCCUPE]
    niveaux = distributions.niveaux_personnes(occupes)
    d1, mediane, d9 = np.quantile(niveaux, [0.1, 0.5, 0.9]) if len(niveaux) else (np.nan,) * 3
    return {
        "niveau_vie_median": (float(mediane), float("nan"), float(len(niveaux))),
        "taux_pauvrete": _part(float((niveaux < seuil).sum()), float(len(niveaux))),
        "rapport_interdecile": (float(d9 / d1), float(d9), float(d1)),
    }
