"""Bases infracommunales du recensement : les colonnes des cinq fichiers de l’Insee, par IRIS.

`P` désigne l’exploitation principale, `C` la complémentaire ; le suffixe à deux chiffres est le
millésime.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive.compteur import Compteur, nommer_tranche
from observatoire.ville_fictive.recensement_menages import familles_menages, logement
from observatoire.ville_fictive.ville import Etat

Tableau = npt.NDArray[Any]
# Correspondance entre les huit catégories et les groupes « statut et catégorie » du millésime 2022.
STAT_GSEC = ("11_21", "12_22", "13_23", "14_24", "15_25", "16_26", "32", "40")
AGES_FINS = (
    (0, 2),
    (3, 5),
    (6, 10),
    (11, 17),
    (18, 24),
    (25, 39),
    (40, 54),
    (55, 64),
    (65, 79),
    (80, 999),
)
AGES_QUINZE = ((0, 14), (15, 29), (30, 44), (45, 59), (60, 74), (75, 999))
AGES_TROIS = ((0, 19), (20, 64), (65, 999))


def tabuler_recensement(
    etat: Etat, codes: list[str], poids: tuple[Tableau, Tableau], millesime: int
) -> dict[str, dict[str, Tableau]]:
    """Tabule les cinq bases infracommunales.

    Parameters
    ----------
    etat : Etat
        Population décrite.
    codes : list of str
        Codes des IRIS.
    poids : tuple of ndarray
        Poids principaux et complémentaires des logements.
    millesime : int
        2017 (catégories CS1 à CS8, suroccupation hors studio) ou 2022 (nouvelles nomenclatures).

    Returns
    -------
    dict
        Thème de fichier -> colonne -> valeurs par IRIS.
    """
    aa = f"{millesime % 100:02d}"
    p, rang = etat.personnes, etat.personnes["logement"].to_numpy()
    principal = np.where(rang >= 0, poids[0][rang], 1.0)
    complementaire = np.where(rang >= 0, poids[1][rang], 1.0)
    gens, gens_c = Compteur(p, codes, principal), Compteur(p, codes, complementaire)
    logis, logis_c = (
        Compteur(etat.menages, codes, poids[0]),
        Compteur(etat.menages, codes, poids[1]),
    )
    return {
        "evol-struct-pop": structure_population(gens, gens_c, aa),
        "activite-residents": activite_residents(gens, gens_c, aa),
        "diplomes-formation": diplomes_formation(gens, aa),
        "couples-familles-menages": familles_menages(etat, codes, poids, aa),
        "logement": logement(logis, logis_c, aa),
    }


def _categories(c: Compteur, prefixe: str, aa: str, masque: Tableau) -> dict[str, Tableau]:
    """Ventile une population selon la catégorie socioprofessionnelle du millésime."""
    noms = STAT_GSEC if aa >= "22" else tuple(str(k) for k in range(1, 9))
    racine = f"{prefixe}_STAT_GSEC" if aa >= "22" else f"{prefixe}_CS"
    cs = c.table["cs"].to_numpy()
    return {f"{racine}{nom}": c(masque & (cs == k)) for k, nom in enumerate(noms, start=1)}


def structure_population(gens: Compteur, gens_c: Compteur, aa: str) -> dict[str, Tableau]:
    """Colonnes de `base-ic-evol-struct-pop`."""
    p = gens.table
    age, femme, quinze = p["age"].to_numpy(), p["femme"].to_numpy(), (p["age"] >= 15).to_numpy()
    sortie = {f"P{aa}_POP": gens()}
    for a in (*AGES_FINS, *AGES_QUINZE, *AGES_TROIS):
        sortie[f"P{aa}_POP{nommer_tranche(a)}"] = gens((age >= a[0]) & (age <= a[1]))
    for lettre, sexe in (("H", ~femme), ("F", femme)):
        sortie[f"P{aa}_POP{lettre}"] = gens(sexe)
        for a in (*AGES_QUINZE, *AGES_TROIS):
            sortie[f"P{aa}_{lettre}{nommer_tranche(a)}"] = gens(
                sexe & (age >= a[0]) & (age <= a[1])
            )
    for lettre, sexe in (("POP", femme | True), ("H", ~femme), ("F", femme)):
        sortie[f"C{aa}_{lettre}15P"] = gens_c(sexe & quinze)
        sortie |= _categories(gens_c, f"C{aa}_{lettre}15P", aa, sexe & quinze)
    sortie[f"P{aa}_POP_FR"] = gens(~p["etranger"])
    sortie[f"P{aa}_POP_ETR"] = gens(p["etranger"])
    sortie[f"P{aa}_POP_IMM"] = gens(p["immigre"])
    sortie[f"P{aa}_PMEN"] = gens(p["logement"] >= 0)
    sortie[f"P{aa}_PHORMEN"] = gens(p["logement"] < 0)
    return sortie


def activite_residents(gens: Compteur, gens_c: Compteur, aa: str) -> dict[str, Tableau]:
    """Colonnes de `base-ic-activite-residents`."""
    p = gens.table
    age, femme, acti, dip = (p[c].to_numpy() for c in ("age", "femme", "activite", "diplome"))
    travail = (age >= 15) & (age <= 64)
    actif, occupe, chomeur = (
        np.isin(acti, [per.OCCUPE, per.CHOMEUR]),
        acti == per.OCCUPE,
        acti == per.CHOMEUR,
    )
    tranches = (
        ("1564", travail),
        ("1524", (age >= 15) & (age <= 24)),
        ("2554", (age >= 25) & (age <= 54)),
        ("5564", (age >= 55) & (age <= 64)),
    )
    sexes = (("", femme | True), ("H", ~femme), ("F", femme))
    sortie: dict[str, Tableau] = {}
    for nom, etat in (("POP", femme | True), ("ACT", actif), ("ACTOCC", occupe), ("CHOM", chomeur)):
        for lettre, sexe in sexes:
            racine = (lettre or "POP") if nom == "POP" else lettre + nom
            for tranche, masque in tranches:
                sortie[f"P{aa}_{racine}{tranche}"] = gens(etat & sexe & masque)
    for nom, etat in (("ACT", actif), ("CHOM", chomeur)):
        for k, libelle in enumerate(per.DIPLOMES):
            sortie[f"P{aa}_{nom}_{libelle}"] = gens(etat & travail & (dip == k))
    for nom, codes_acti in (
        ("INACT", [2, 3, 4]),
        ("ETUD", [per.ETUDIANT]),
        ("RETR", [per.RETRAITE]),
        ("AINACT", [per.AUTRE_INACTIF]),
    ):
        for lettre, sexe in sexes:
            sortie[f"P{aa}_{lettre}{nom}1564"] = gens(travail & sexe & np.isin(acti, codes_acti))
    sortie |= _actifs_par_categorie(gens_c, aa, travail)
    return sortie | _emploi(gens, gens_c, aa, sexes, occupe)


def _actifs_par_categorie(gens_c: Compteur, aa: str, travail: Tableau) -> dict[str, Tableau]:
    """Actifs et actifs occupés de 15 à 64 ans selon les six premières catégories."""
    acti, cs = gens_c.table["activite"].to_numpy(), gens_c.table["cs"].to_numpy()
    sortie: dict[str, Tableau] = {}
    for nom, codes_acti in (("ACT", [per.OCCUPE, per.CHOMEUR]), ("ACTOCC", [per.OCCUPE])):
        masque = travail & np.isin(acti, codes_acti)
        sortie[f"C{aa}_{nom}1564"] = gens_c(masque)
        for k in range(1, 7):
            recente = f"STAT_GSEC{STAT_GSEC[k - 1] if nom == 'ACT' else 10 + k}"
            suffixe = recente if aa >= "22" else f"CS{k}"
            sortie[f"C{aa}_{nom}1564_{suffixe}"] = gens_c(masque & (cs == k))
    return sortie


def _emploi(
    gens: Compteur,
    gens_c: Compteur,
    aa: str,
    sexes: tuple[tuple[str, Tableau], ...],
    occupe: Tableau,
) -> dict[str, Tableau]:
    """Actifs occupés de 15 ans ou plus : statut, contrat, temps partiel, trajet."""
    p = gens.table
    contrat, partiel = p["contrat"].to_numpy(), p["temps_partiel"].to_numpy(dtype=bool)
    salarie = occupe & (contrat < per.INDEPENDANT)
    sortie: dict[str, Tableau] = {}
    for nom, etat in (("ACTOCC", occupe), ("SAL", salarie), ("NSAL", occupe & ~salarie)):
        for lettre, sexe in sexes:
            sortie[f"P{aa}_{lettre}{nom}15P"] = gens(etat & sexe)
    for nom, etat, cas in (
        ("ACTOCC", occupe, sexes[:1]),
        ("SAL", salarie, sexes),
        ("NSAL", occupe & ~salarie, sexes[:1]),
    ):
        for lettre, sexe in cas:
            sortie[f"P{aa}_{lettre}{nom}15P_TP"] = gens(etat & sexe & partiel)
    for k, nom in enumerate(
        (
            "SAL15P_CDI",
            "SAL15P_CDD",
            "SAL15P_INTERIM",
            "SAL15P_EMPAID",
            "SAL15P_APPR",
            "NSAL15P_INDEP",
            "NSAL15P_EMPLOY",
            "NSAL15P_AIDFAM",
        )
    ):
        sortie[f"P{aa}_{nom}"] = gens(occupe & (contrat == k))
    for k, nom in enumerate(("ILT1", "ILT2P", "ILT3", "ILT4", "ILT5")):
        lieu = (
            p["lieu_travail"] >= 1
            if nom == "ILT2P"
            else p["lieu_travail"] == (0 if k == 0 else k - 1)
        )
        sortie[f"P{aa}_ACTOCC15P_{nom}"] = gens(occupe & lieu.to_numpy())
    for k, nom in enumerate(("PAS", "MAR", "VELO", "2ROUESMOT", "VOIT", "TCOM")):
        sortie[f"C{aa}_ACTOCC15P_{nom}"] = gens_c(occupe & (p["transport"] == k).to_numpy())
    return sortie


def diplomes_formation(gens: Compteur, aa: str) -> dict[str, Tableau]:
    """Colonnes de `base-ic-diplomes-formation`."""
    p = gens.table
    age, femme, scolarise, dip = (p[c].to_numpy() for c in ("age", "femme", "scolarise", "diplome"))
    scolarise = scolarise.astype(bool)
    sortie: dict[str, Tableau] = {}
    for nom, base in (("POP", femme | True), ("SCOL", scolarise)):
        for a in ((2, 5), (6, 10), (11, 14), (15, 17), (18, 24), (25, 29), (30, 999)):
            sortie[f"P{aa}_{nom}{nommer_tranche(a)}"] = gens(base & (age >= a[0]) & (age <= a[1]))
    sortis = (age >= 15) & ~scolarise
    for lettre, sexe in (("", femme | True), ("H", ~femme), ("F", femme)):
        sortie[f"P{aa}_{lettre}NSCOL15P"] = gens(sortis & sexe)
        for k, libelle in enumerate(per.DIPLOMES):
            sortie[f"P{aa}_{lettre}NSCOL15P_{libelle}"] = gens(sortis & sexe & (dip == k))
    return sortie
