"""Fichiers Filosofi par IRIS, commune et quartier, avec le secret statistique."""

from __future__ import annotations

from typing import Any

import pandas as pd

from observatoire.ville_fictive import distributions, parametres
from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive.ville import Etat, VilleFictive

DECILES = ("D1", "D2", "D3", "D4", "D6", "D7", "D8", "D9")
PARTS = (
    "PACT",
    "PTSA",
    "PCHO",
    "PBEN",
    "PPEN",
    "PPAT",
    "PPSOC",
    "PPFAM",
    "PPMINI",
    "PPLOGT",
    "PIMPOT",
)
ORDRE_IRIS = ("Q1", "MED", "Q3", "EQ", *DECILES, "RD", "S80S20", "GI", *PARTS)
# Ligne « Ensemble des QPV » : un ordre de grandeur national, décor sans lien avec les ménages
# simulés.
ENSEMBLE_QPV = {
    "MED": 14_850.0,
    "TP60": 44.0,
    "D1": 8_760.0,
    "D2": 10_640.0,
    "Q1": 11_290.0,
    "D3": 11_890.0,
    "D4": 13_220.0,
    "D6": 16_750.0,
    "D7": 19_010.0,
    "Q3": 20_380.0,
    "D8": 21_960.0,
    "D9": 26_830.0,
    "EQ": 0.61,
    "RD": 3.1,
    "S80S20": 3.6,
    "GI": 0.262,
    "PACT": 67.0,
    "PTSA": 60.0,
    "PCHO": 4.6,
    "PBEN": 2.4,
    "PPEN": 21.0,
    "PPAT": 2.8,
    "PPSOC": 21.0,
    "PPFAM": 5.2,
    "PPMINI": 9.0,
    "PPLOGT": 6.8,
    "PIMPOT": -11.8,
}
# Un taux fondé sur moins de 11 ménages pauvres, ou très faible, est masqué.
SEUIL_PAUVRES = 11
PART_PAUVRES_MINIMALE = 0.09
# Un IRIS dont l’appariement fiscal est jugé insuffisant, comme il en existe chaque année.
IRIS_NON_DISPONIBLE = "000010303"
DECIMALES = {"EQ": 2, "GI": 3}
# Convention de la ville fictive : note 1 sous 1 000 personnes, so quand rien n’est diffusé.
NOTE_FRAGILE, NOTE_SANS_OBJET, SEUIL_FRAGILE = "1", "so", 1000


def menages_fiscaux(etat: Etat) -> pd.DataFrame:
    """Ménages ordinaires occupant une résidence principale, seuls observés par Filosofi."""
    return etat.menages[etat.menages["categorie"] == pop.OCCUPE]


def menages_pauvres(menages: pd.DataFrame, seuil: float) -> int:
    """Nombre de ménages sous le seuil de pauvreté."""
    return int((menages["niveau_vie"] < seuil).sum())


def _ecrire(nom: str, valeur: float, virgule: bool, millesime: int) -> str:
    """Arrondit comme l’Insee : euros à la dizaine, parts au dixième, Gini au millième."""
    if nom == "TP60":
        texte = f"{valeur:.0f}.0" if millesime == 2021 else f"{valeur:.1f}"
    elif nom in DECILES or nom in {"Q1", "MED", "Q3"}:
        return f"{round(valeur, -1):.0f}"
    else:
        texte = f"{valeur:.{DECIMALES.get(nom, 1)}f}"
    if virgule:
        return texte.replace(".", ",")
    return texte.rstrip("0").rstrip(".") if "." in texte else texte


def statuts_iris(ville: VilleFictive, millesime: int) -> pd.Series:
    """Décide du secret de chaque IRIS : `diffuse`, `s`, `ns`, `nd` ou `retire`.

    Les IRIS des communes non divisées ne figurent pas dans le fichier. Quand un seul taux d’une
    petite commune
    serait masqué, le plus petit des autres l’est aussi : sinon la commune moins ses IRIS le
    révélerait.

    Returns
    -------
    Series
        Statut, indexé par code d’IRIS, dans l’ordre des codes.
    """
    menages = menages_fiscaux(ville.etats[parametres.EPOQUE_DU_MILLESIME[millesime]])
    seuil, iris = parametres.SEUILS_PAUVRETE[millesime], ville.tissu.iris
    groupes = dict(list(menages.groupby("iris")))
    statuts: dict[str, str] = {}
    for ligne in iris[iris["type_iris"] != "Z"].itertuples():
        lot = groupes.get(ligne.code_iris, menages.iloc[:0])
        pauvres, total = menages_pauvres(lot, seuil), len(lot)
        if (
            lot["personnes"].sum() < parametres.SEUIL_PERSONNES_IRIS
            or total < parametres.SEUIL_MENAGES_SECRET
        ):
            statuts[ligne.code_iris] = "ns"
        elif _domine(lot):
            statuts[ligne.code_iris] = "nd"
        elif (
            min(pauvres, total - pauvres) < SEUIL_PAUVRES or pauvres < PART_PAUVRES_MINIMALE * total
        ):
            statuts[ligne.code_iris] = "s"
        else:
            statuts[ligne.code_iris] = "diffuse"
    resultat = pd.Series(statuts).sort_index()
    resultat = _masquer_secondairement(resultat, menages)
    if millesime == 2018:
        resultat[resultat.isin(["ns", "nd"])] = "retire"
    else:
        resultat[IRIS_NON_DISPONIBLE] = "nd"
    return resultat


def _domine(menages: pd.DataFrame) -> bool:
    """Indique si un ménage pèse plus de 85 % du revenu disponible."""
    return bool(
        menages["disponible"].max() > parametres.PART_MAXIMALE_MENAGE * menages["disponible"].sum()
    )


def _masquer_secondairement(statuts: pd.Series, menages: pd.DataFrame) -> pd.Series:
    """Masque un second taux dans les communes où un seul l’est."""
    statuts, tailles = statuts.copy(), menages.groupby("iris")["personnes"].sum()
    for commune in sorted({str(c)[:5] for c in statuts.index}):
        ici = statuts[[str(c).startswith(commune) for c in statuts.index]]
        if (ici != "diffuse").sum() == 1:
            statuts.loc[str(tailles[ici.index[ici == "diffuse"]].idxmin())] = "s"
    return statuts


def tabuler_iris(ville: VilleFictive, millesime: int) -> pd.DataFrame:
    """Table Filosofi par IRIS, en texte, dans le format du millésime.

    Parameters
    ----------
    ville : VilleFictive
        Ville entière.
    millesime : int
        2018 (point décimal, cases masquées vides, IRIS retirés absents) ou 2021 (virgule, `ns nd
        s`).

    Returns
    -------
    DataFrame
        Colonnes de l’Insee, toutes en texte.
    """
    aa, virgule = f"{millesime % 100:02d}", millesime == 2021
    seuil = parametres.SEUILS_PAUVRETE[millesime]
    menages = menages_fiscaux(ville.etats[parametres.EPOQUE_DU_MILLESIME[millesime]])
    groupes = dict(list(menages.groupby("iris")))
    lignes: list[dict[str, str]] = []
    for code, statut in statuts_iris(ville, millesime).items():
        if statut == "retire":
            continue
        ligne = {"IRIS": str(code)}
        if statut in {"ns", "nd"}:
            ligne[f"DISP_TP60{aa}"] = statut
            ligne[f"DISP_INCERT{aa}"] = "so"
            ligne |= {f"DISP_{nom}{aa}": statut for nom in ORDRE_IRIS} | {
                f"DISP_NOTE{aa}": NOTE_SANS_OBJET
            }
        else:
            mesures = distributions.resumer(groupes[str(code)], seuil)
            masque = "s" if virgule else ""
            ligne[f"DISP_TP60{aa}"] = (
                masque if statut == "s" else _ecrire("TP60", mesures["TP60"], virgule, millesime)
            )
            ligne[f"DISP_INCERT{aa}"] = "1" if groupes[str(code)]["personnes"].sum() > 1500 else "2"
            ligne |= {
                f"DISP_{nom}{aa}": _ecrire(nom, mesures[nom], virgule, millesime)
                for nom in ORDRE_IRIS
            }
            ligne[f"DISP_NOTE{aa}"] = (
                NOTE_FRAGILE if groupes[str(code)]["personnes"].sum() < SEUIL_FRAGILE else "0"
            )
        lignes.append(ligne)
    table = pd.DataFrame(lignes)
    return table if virgule else table.drop(columns=f"DISP_INCERT{aa}")


def tabuler_communes(ville: VilleFictive) -> pd.DataFrame:
    """Table `cc_filosofi_2021_COM`, en texte."""
    seuil, etat = parametres.SEUILS_PAUVRETE[2021], ville.etats[1]
    lignes = []
    for code, lot in menages_fiscaux(etat).groupby("commune"):
        mesures = distributions.resumer(lot, seuil)
        ligne: dict[str, str] = {
            "CODGEO": str(code),
            "NBMENFISC21": str(len(lot)),
            "NBPERSMENFISC21": f"{lot['personnes'].sum():.0f}",
            "MED21": _ecrire("MED", mesures["MED"], True, 2021),
            "PIMP21": f"{100.0 * _part_imposes(lot):.0f},0",
            "TP6021": _ecrire("TP60", mesures["TP60"], True, 2021),
        }
        bornes = [0, 30, 40, 50, 60, 75, 200]
        for k in range(6):
            tranche = lot[
                (lot["age_reference"] >= bornes[k]) & (lot["age_reference"] < bornes[k + 1])
            ]
            ligne[f"TP60AGE{k + 1}21"] = _taux_ou_secret(tranche, seuil)
        proprietaire = lot["statut"] == pop.PROPRIETAIRE
        ligne["TP60TOL121"] = _taux_ou_secret(lot[proprietaire], seuil)
        ligne["TP60TOL221"] = _taux_ou_secret(lot[~proprietaire], seuil)
        ligne |= {
            f"{nom}21": _ecrire(nom, mesures[nom], True, 2021) for nom in (*PARTS, "D1", "D9", "RD")
        }
        lignes.append(ligne)
    return pd.DataFrame(lignes)


def _part_imposes(menages: pd.DataFrame) -> float:
    """Part des ménages dont l’impôt dépasse le dixième du revenu disponible (convention)."""
    return float((-menages["pimpot"] > menages["disponible"] / 10.0).mean())


def _taux_ou_secret(menages: pd.DataFrame, seuil: float) -> str:
    """Taux de pauvreté arrondi à l’unité, ou `s` si moins de 11 ménages sont d’un côté du seuil."""
    pauvres = menages_pauvres(menages, seuil)
    if min(pauvres, len(menages) - pauvres) < SEUIL_PAUVRES:
        return "s"
    return f"{100.0 * float((distributions.niveaux_personnes(menages) < seuil).mean()):.0f},0"


def tabuler_qpv(ville: VilleFictive) -> pd.DataFrame:
    """Table `revenus_pauvrete_2021_qp24` : ligne nationale (00), puis quartiers, un masqué."""
    seuil, menages = parametres.SEUILS_PAUVRETE[2021], menages_fiscaux(ville.etats[1])
    noms = ("MED", "TP60", *DECILES, "Q1", "Q3", "EQ", "RD", "S80S20", "GI", *PARTS)
    lignes: list[dict[str, Any]] = []
    for code, libelle in (("00", "Ensemble des QPV"), *parametres.QPV_2024.items()):
        if code == parametres.QPV_MASQUE:
            valeurs = {nom: ("s" if nom == "TP60" else "nd") for nom in noms}
        else:
            mesures = (
                ENSEMBLE_QPV
                if code == "00"
                else distributions.resumer(menages[menages["qpv"] == code], seuil)
            )
            valeurs = {nom: _ecrire(nom, mesures[nom], True, 2021) for nom in noms}
        lignes.append(
            {"CODGEO": code, "LIBGEO": libelle} | {f"DISP_{nom}_A21": valeurs[nom] for nom in noms}
        )
    return pd.DataFrame(lignes)
