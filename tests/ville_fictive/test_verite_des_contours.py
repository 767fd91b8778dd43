"""L’effet du contour et la situation, face à ce que vivent vraiment les ménages de la ville fictive."""

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.ville_fictive import distributions, parametres
from observatoire.ville_fictive import population as pop


def _pauvrete(ville, contours, millesime):
    """Taux de pauvreté exact (%) des ménages dont le logement est dans chaque contour."""
    menages = ville.etats[parametres.EPOQUE_DU_MILLESIME[millesime]].menages
    occupes = menages[menages["categorie"] == pop.OCCUPE].reset_index(drop=True)
    # Le repère de la ville est celui de ses contours.
    points = gpd.GeoSeries(gpd.points_from_xy(occupes["x"], occupes["y"]), crs=contours.crs)
    lieux = gpd.sjoin(gpd.GeoDataFrame(geometry=points), contours[["code", "geometry"]])["code"]
    seuil = parametres.SEUILS_PAUVRETE[millesime]
    taux = {}
    for code, rangs in lieux.groupby(lieux).groups.items():
        niveaux = distributions.niveaux_personnes(occupes.loc[rangs])
        taux[code] = 100.0 * float((niveaux < seuil).mean())
    return pd.Series(taux)


def test_les_intervalles_contiennent_la_verite(ville, edition_fictive):
    nouveau_debut = _pauvrete(ville, ville.tissu.qpv_2024, 2018)
    nouveau_fin = _pauvrete(ville, ville.tissu.qpv_2024, 2021)
    ancien = _pauvrete(ville, ville.tissu.qpv_2015, 2018)
    ancien.index = ancien.index.map({v: k for k, v in parametres.CORRESPONDANCE_QPV.items()})
    table = edition_fictive.complement("decompositions").set_index("code_territoire")
    dites = table[(table["indicateur"] == "taux_pauvrete") & (table["motif"] == "")]
    assert len(dites) >= 4
    codes = dites.index
    verites = {
        "effet_contour": nouveau_debut[codes] - ancien[codes],
        "evolution_situation": nouveau_fin[codes] - nouveau_debut[codes],
        "evolution_totale": nouveau_fin[codes] - ancien[codes],
    }
    dedans = np.concatenate(
        [(dites[f"{e}_basse"] <= v) & (v <= dites[f"{e}_haute"]) for e, v in verites.items()]
    )
    # Des intervalles à 90 % : au plus un écart sur dix, et les deux contours ont vraiment changé.
    assert dedans.mean() >= 0.9
    assert (verites["effet_contour"].abs() > 0.5).any()
