"""Bases infracommunales du recensement : les colonnes des cinq fichiers de l'Insee, par IRIS.

`P` désigne l'exploitation principale, `C` la complémentaire ; le suffixe à deux chiffres est le millésime.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.ville_fictive import personnes as per
from observatoire.ville_fictive import population as pop
from observatoire.ville_fictive.ville import Etat

Tableau = npt.NDArray[Any]
# Correspondance entre les huit catégories et les groupes « statut et catégorie » du millésime 2022.
STAT_GSEC = ("11_21", "12_22", "13_23", "14_24", "15_25", "16_26", "32", "40")
AGES_FINS = ((0, 2), (3, 5), (6, 10), (11, 17), (18, 24), (25, 39), (40, 54), (55, 64), (65, 79), (80, 999))
AGES_QUINZE = ((0, 14), (15, 29), (30, 44), (45, 59), (60, 74), (75, 999))
AGES_TROIS = ((0, 19), (20, 64), (65, 999))


def _nom(age: tuple[int, int]) -> str:
    return f"{age[0]:02d}P" if age[1] == 999 else f"{age[0]:02d}{age[1]:02d}"


class Compteur:
    """Compte des personnes ou des logements pondérés, IRIS par IRIS.

    Parameters
    ----------
    table : DataFrame
        Unités à compter ; colonne `iris`.
    codes : list of str
        Codes des IRIS, dans l'ordre voulu.
    poids : ndarray
        Poids de chaque unité.
    """

    def __init__(self, table: pd.DataFrame, codes: list[str], poids: Tableau) -> None:
        self.table, self._n, self._poids = table, len(codes), poids
        self._rang = pd.Index(codes).get_indexer(table["iris"])

    def __call__(self, masque: Tableau | pd.Series | None = None, valeurs: Tableau | pd.Series | None = None) -> Tableau:
        """Somme pondérée des unités du masque, ou de leurs valeurs."""
        poids = self._poids if valeurs is None else self._poids * np.asarray(valeurs, dtype=float)
        garde = np.ones(len(poids), dtype=bool) if masque is None else np.asarray(masque, dtype=bool)
        return np.bincount(self._rang[garde], weights=poids[garde], minlength=self._n)


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
    logis, logis_c = Compteur(etat.menages, codes, poids[0]), Compteur(etat.menages, codes, poids[1])
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
        sortie[f"P{aa}_POP{_nom(a)}"] = gens((age >= a[0]) & (age <= a[1]))
    for lettre, sexe in (("H", ~femme), ("F", femme)):
        sortie[f"P{aa}_POP{lettre}"] = gens(sexe)
        for a in (*AGES_QUINZE, *AGES_TROIS):
            sortie[f"P{aa}_{lettre}{_nom(a)}"] = gens(sexe & (age >= a[0]) & (age <= a[1]))
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
    actif, occupe, chomeur = np.isin(acti, [per.OCCUPE, per.CHOMEUR]), acti == per.OCCUPE, acti == per.CHOMEUR
    tranches = (("1564", travail), ("1524", (age >= 15) & (age <= 24)), ("2554", (age >= 25) & (age <= 54)), ("5564", (age >= 55) & (age <= 64)))
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
    for nom, codes_acti in (("INACT", [2, 3, 4]), ("ETUD", [per.ETUDIANT]), ("RETR", [per.RETRAITE]), ("AINACT", [per.AUTRE_INACTIF])):
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
            sortie[f"C{aa}_{nom}1564_{recente if aa >= '22' else f'CS{k}'}"] = gens_c(masque & (cs == k))
    return sortie


def _emploi(
    gens: Compteur, gens_c: Compteur, aa: str, sexes: tuple[tuple[str, Tableau], ...], occupe: Tableau
) -> dict[str, Tableau]:
    """Actifs occupés de 15 ans ou plus : statut, contrat, temps partiel, trajet."""
    p = gens.table
    contrat, partiel = p["contrat"].to_numpy(), p["temps_partiel"].to_numpy(dtype=bool)
    salarie = occupe & (contrat < per.INDEPENDANT)
    sortie: dict[str, Tableau] = {}
    for nom, etat in (("ACTOCC", occupe), ("SAL", salarie), ("NSAL", occupe & ~salarie)):
        for lettre, sexe in sexes:
            sortie[f"P{aa}_{lettre}{nom}15P"] = gens(etat & sexe)
    for nom, etat, cas in (("ACTOCC", occupe, sexes[:1]), ("SAL", salarie, sexes), ("NSAL", occupe & ~salarie, sexes[:1])):
        for lettre, sexe in cas:
            sortie[f"P{aa}_{lettre}{nom}15P_TP"] = gens(etat & sexe & partiel)
    for k, nom in enumerate(("SAL15P_CDI", "SAL15P_CDD", "SAL15P_INTERIM", "SAL15P_EMPAID", "SAL15P_APPR",
                             "NSAL15P_INDEP", "NSAL15P_EMPLOY", "NSAL15P_AIDFAM")):
        sortie[f"P{aa}_{nom}"] = gens(occupe & (contrat == k))
    for k, nom in enumerate(("ILT1", "ILT2P", "ILT3", "ILT4", "ILT5")):
        lieu = p["lieu_travail"] >= 1 if nom == "ILT2P" else p["lieu_travail"] == (0 if k == 0 else k - 1)
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
            sortie[f"P{aa}_{nom}{_nom(a)}"] = gens(base & (age >= a[0]) & (age <= a[1]))
    sortis = (age >= 15) & ~scolarise
    for lettre, sexe in (("", femme | True), ("H", ~femme), ("F", femme)):
        sortie[f"P{aa}_{lettre}NSCOL15P"] = gens(sortis & sexe)
        for k, libelle in enumerate(per.DIPLOMES):
            sortie[f"P{aa}_{lettre}NSCOL15P_{libelle}"] = gens(sortis & sexe & (dip == k))
    return sortie


def familles_menages(etat: Etat, codes: list[str], poids: tuple[Tableau, Tableau], aa: str) -> dict[str, Tableau]:
    """Colonnes de `base-ic-couples-familles-menages`."""
    m, p = etat.menages, etat.personnes
    rang = p["logement"].to_numpy()
    logis = Compteur(m, codes, poids[1])
    gens = Compteur(p, codes, np.where(rang >= 0, poids[0][rang], 1.0))
    occupe, famille = (m["categorie"] == pop.OCCUPE).to_numpy(), m["famille"].to_numpy()
    femme = np.zeros(len(m), dtype=bool)
    references = p[(p["place"] == 0) & (p["logement"] >= 0)]
    femme[references["logement"].to_numpy()] = references["femme"].to_numpy(dtype=bool)
    cas = {
        "MEN": occupe, "MENPSEUL": occupe & (famille == 0), "MENHSEUL": occupe & (famille == 0) & ~femme,
        "MENFSEUL": occupe & (famille == 0) & femme, "MENSFAM": occupe & (famille == 4),
        "MENFAM": occupe & np.isin(famille, [1, 2, 3]), "MENCOUPSENF": occupe & (famille == 1),
        "MENCOUPAENF": occupe & (famille == 2), "MENFAMMONO": occupe & (famille == 3),
    }
    sortie = {f"C{aa}_{nom}": logis(masque) for nom, masque in cas.items()}
    sortie[f"C{aa}_PMEN"] = logis(occupe, m["personnes"])
    for nom, masque in list(cas.items())[1:]:
        sortie[f"C{aa}_PMEN_{nom}"] = logis(masque, m["personnes"])
    age = p["age"].to_numpy()
    seul = (rang >= 0) & (famille[rang] == 0)
    tranches = ((15, 999), (15, 24), (25, 54), (55, 79), (80, 999))
    for suffixe, masque in (("", age >= 0), ("_PSEUL", seul)):
        for a in tranches:
            sortie[f"P{aa}_POP{_nom(a)}{suffixe}"] = gens(masque & (age >= a[0]) & (age <= a[1]))
    familles = occupe & np.isin(famille, [1, 2, 3])
    mono = occupe & (famille == 3)
    sortie |= {f"C{aa}_FAM": logis(familles), f"C{aa}_COUPAENF": logis(occupe & (famille == 2)), f"C{aa}_FAMMONO": logis(mono),
               f"C{aa}_HMONO": logis(mono & ~femme), f"C{aa}_FMONO": logis(mono & femme), f"C{aa}_COUPSENF": logis(occupe & (famille == 1))}
    enfants = m["enfants"].to_numpy()
    for k in range(4):
        sortie[f"C{aa}_NE24F{k}"] = logis(familles & (enfants == k))
    sortie[f"C{aa}_NE24F4P"] = logis(familles & (enfants >= 4))
    return sortie


def logement(logis: Compteur, logis_c: Compteur, aa: str) -> dict[str, Tableau]:
    """Colonnes de `base-ic-logement`."""
    m = logis.table
    colonnes = ("categorie", "maison", "pieces", "surface", "periode", "statut", "voitures", "anciennete")
    categorie, maison, pieces, surface, periode, statut, voitures, anciennete = (m[c].to_numpy() for c in colonnes)
    rp = categorie == pop.OCCUPE
    sortie = {
        f"P{aa}_LOG": logis(), f"P{aa}_RP": logis(rp), f"P{aa}_RSECOCC": logis(categorie == pop.SECONDAIRE),
        f"P{aa}_LOGVAC": logis(categorie == pop.VACANT), f"P{aa}_MAISON": logis(maison), f"P{aa}_APPART": logis(~maison),
    }
    for k in range(1, 5):
        sortie[f"P{aa}_RP_{k}P"] = logis(rp & (pieces == k))
    sortie[f"P{aa}_RP_5PP"] = logis(rp & (pieces >= 5))
    sortie |= {f"P{aa}_NBPI_RP": logis(rp, pieces), f"P{aa}_RPMAISON": logis(rp & maison), f"P{aa}_RPAPPART": logis(rp & ~maison)}
    noms = ("M30M2", "3040M2", "4060M2", "6080M2", "80100M2", "100120M2", "120M2P")
    classe = np.digitize(surface, [30, 40, 60, 80, 100, 120])
    sortie |= {f"P{aa}_RP_{nom}": logis(rp & (classe == k)) for k, nom in enumerate(noms)}
    derniere = "2019" if aa >= "22" else "2014"
    sortie[f"P{aa}_RP_ACHTOT"] = logis(rp)
    for k, annee in enumerate(("1919", "1945", "1970", "1990", "2005", derniere)):
        sortie[f"P{aa}_RP_ACH{annee[2:] if aa < '22' else annee}"] = logis(rp & (periode == k))
    sortie[f"P{aa}_MEN"] = logis(rp)
    for nom, bas, haut in (("0002", 0, 2), ("0204", 2, 5), ("0509", 5, 10), ("10P", 10, 999)):
        sortie[f"P{aa}_MEN_ANEM{nom}"] = logis(rp & (anciennete >= bas) & (anciennete < haut))
    locataire = np.isin(statut, [pop.LOCATAIRE, pop.HLM])
    for nom, masque in (("PROP", statut == pop.PROPRIETAIRE), ("LOC", locataire), ("LOCHLMV", statut == pop.HLM), ("GRAT", statut == pop.GRATUIT)):
        sortie[f"P{aa}_RP_{nom}"] = logis(rp & masque)
        sortie[f"P{aa}_NPER_RP_{nom}"] = logis(rp & masque, m["personnes"])
    sortie[f"P{aa}_NPER_RP"] = logis(rp, m["personnes"])
    for nom, seuil in (("VOIT1P", voitures >= 1), ("VOIT1", voitures == 1), ("VOIT2P", voitures >= 2)):
        sortie[f"P{aa}_RP_{nom}"] = logis(rp & seuil)
    return sortie | _occupation(logis_c, aa, rp)


def _occupation(logis_c: Compteur, aa: str, rp: Tableau) -> dict[str, Tableau]:
    """Suroccupation : définition hors studio jusqu'en 2021, six classes à partir de 2022."""
    m = logis_c.table
    marge = m["pieces"].to_numpy() - _pieces_attendues(m)
    if aa >= "22":
        noms = ("SUROCC_ACC", "SUROCC_MOD", "NORME", "SOUSOCC_MOD", "SOUSOCC_ACC", "SOUSOCC_TACC")
        rang = np.clip(marge, -2, 3) + 2
        ordre = ("NORME", "SOUSOCC_MOD", "SOUSOCC_ACC", "SOUSOCC_TACC", "SUROCC_MOD", "SUROCC_ACC")
        return {f"C{aa}_RP_{nom}": logis_c(rp & (rang == noms.index(nom))) for nom in ordre}
    hors_studio = rp & ~((m["personnes"].to_numpy() == 1) & (m["pieces"].to_numpy() == 1))
    return {f"C{aa}_RP_HSTU1P": logis_c(hors_studio), f"C{aa}_RP_HSTU1P_SUROCC": logis_c(hors_studio & (marge < 0))}


def _pieces_attendues(m: pd.DataFrame) -> Tableau:
    """Norme d'occupation simplifiée : un séjour, une chambre pour le couple ou l'adulte, une pour deux enfants."""
    famille = m["famille"].to_numpy()
    enfants = np.ceil(m["enfants"].to_numpy() / 2.0).astype(int)
    autres = np.where(famille == 4, m["taille"].to_numpy() - 1, 0)
    return np.asarray(np.where(famille == 0, 1, 2 + enfants + autres))
