"""Bases du recensement : colonnes, cohérence, sondage."""

from __future__ import annotations

import numpy as np
import pytest

ENTETE_2022 = [
    "IRIS",
    "COM",
    "TYP_IRIS",
    "LAB_IRIS",
    "P22_POP",
    "P22_POP0002",
    "P22_POP0305",
    "P22_POP0610",
    "P22_POP1117",
    "P22_POP1824",
    "P22_POP2539",
    "P22_POP4054",
    "P22_POP5564",
    "P22_POP6579",
    "P22_POP80P",
    "P22_POP0014",
    "P22_POP1529",
    "P22_POP3044",
    "P22_POP4559",
    "P22_POP6074",
    "P22_POP75P",
    "P22_POP0019",
    "P22_POP2064",
    "P22_POP65P",
    "P22_POPH",
    "P22_H0014",
    "P22_H1529",
    "P22_H3044",
    "P22_H4559",
    "P22_H6074",
    "P22_H75P",
    "P22_H0019",
    "P22_H2064",
    "P22_H65P",
    "P22_POPF",
    "P22_F0014",
    "P22_F1529",
    "P22_F3044",
    "P22_F4559",
    "P22_F6074",
    "P22_F75P",
    "P22_F0019",
    "P22_F2064",
    "P22_F65P",
]
GROUPES = ["11_21", "12_22", "13_23", "14_24", "15_25", "16_26", "32", "40"]
TETE_2017 = [
    "IRIS",
    "REG",
    "DEP",
    "UU2010",
    "COM",
    "LIBCOM",
    "TRIRIS",
    "GRD_QUART",
    "LIBIRIS",
    "TYP_IRIS",
    "MODIF_IRIS",
    "LAB_IRIS",
]
MILLESIMES = pytest.mark.parametrize("millesime", [2017, 2022])


def test_entete_exact_de_la_base_2022(base):
    attendu = list(ENTETE_2022)
    for lettre in ("POP", "H", "F"):
        attendu += [f"C22_{lettre}15P", *(f"C22_{lettre}15P_STAT_GSEC{g}" for g in GROUPES)]
    attendu += ["P22_POP_FR", "P22_POP_ETR", "P22_POP_IMM", "P22_PMEN", "P22_PHORMEN"]
    assert len(attendu) == 76
    assert base("evol-struct-pop", 2022).reset_index().columns.tolist() == attendu


def test_entete_ancien_et_noms_de_2017(base):
    table = base("evol-struct-pop", 2017).reset_index()
    assert table.columns.tolist()[:12] == TETE_2017
    assert {f"C17_POP15P_CS{k}" for k in range(1, 9)} <= set(table.columns)
    assert {"C17_RP_HSTU1P", "C17_RP_HSTU1P_SUROCC"} <= set(base("logement", 2017).columns)
    assert not [c for c in base("logement", 2022).columns if "HSTU1P" in c]


@MILLESIMES
def test_colonnes_des_indicateurs_presentes(base, millesime):
    aa = str(millesime)[2:]
    attendues = {
        "activite-residents": [
            "P_POP1564",
            "P_ACT1564",
            "P_CHOM1564",
            "P_CHOM1524",
            "P_AINACT1564",
            "P_SAL15P",
            "P_SAL15P_CDD",
            "P_SAL15P_INTERIM",
            "P_SAL15P_EMPAID",
            "P_SAL15P_APPR",
        ],
        "diplomes-formation": [
            "P_NSCOL15P",
            "P_NSCOL15P_DIPLMIN",
            "P_NSCOL15P_SUP2",
            "P_NSCOL15P_SUP34",
            "P_NSCOL15P_SUP5",
        ],
        "couples-familles-menages": [
            "C_MEN",
            "C_MENPSEUL",
            "C_MENFAMMONO",
            "C_FAM",
            "C_FAMMONO",
            "C_NE24F4P",
        ],
        "logement": [
            "P_LOG",
            "P_RP",
            "P_LOGVAC",
            "P_RP_PROP",
            "P_RP_LOC",
            "P_RP_LOCHLMV",
            "P_RP_GRAT",
            "P_RP_VOIT1P",
        ],
    }
    for theme, noms in attendues.items():
        presentes = set(base(theme, millesime).columns)
        assert {f"{n[0]}{aa}{n[1:]}" for n in noms} - presentes == set()


@MILLESIMES
def test_coherence_des_effectifs(base, millesime):
    aa = str(millesime)[2:]
    pop, act = base("evol-struct-pop", millesime), base("activite-residents", millesime)
    log, fam = base("logement", millesime), base("couples-familles-menages", millesime)
    dip = base("diplomes-formation", millesime)
    total = pop[f"P{aa}_POP"]

    def somme(table, noms):
        return sum(table[f"{n[0]}{aa}{n[1:]}"] for n in noms)

    egaux = [
        (
            total,
            somme(
                pop, ["P_POP0014", "P_POP1529", "P_POP3044", "P_POP4559", "P_POP6074", "P_POP75P"]
            ),
        ),
        (total, somme(pop, ["P_POP0019", "P_POP2064", "P_POP65P"])),
        (total, somme(pop, ["P_POPH", "P_POPF"])),
        (total, somme(pop, ["P_POP_FR", "P_POP_ETR"])),
        (total, somme(pop, ["P_PMEN", "P_PHORMEN"])),
        (log[f"P{aa}_RP"], somme(log, ["P_RP_PROP", "P_RP_LOC", "P_RP_GRAT"])),
        (log[f"P{aa}_LOG"], somme(log, ["P_RP", "P_RSECOCC", "P_LOGVAC"])),
        (log[f"P{aa}_RP"], somme(log, ["P_RP_1P", "P_RP_2P", "P_RP_3P", "P_RP_4P", "P_RP_5PP"])),
        (act[f"P{aa}_ACT1564"], somme(act, ["P_ACTOCC1564", "P_CHOM1564"])),
        (act[f"P{aa}_POP1564"], somme(act, ["P_ACT1564", "P_INACT1564"])),
        (act[f"P{aa}_INACT1564"], somme(act, ["P_ETUD1564", "P_RETR1564", "P_AINACT1564"])),
        (fam[f"C{aa}_FAM"], somme(fam, ["C_COUPAENF", "C_FAMMONO", "C_COUPSENF"])),
        (
            dip[f"P{aa}_NSCOL15P"],
            sum(
                dip[f"P{aa}_NSCOL15P_{d}"]
                for d in ("DIPLMIN", "BEPC", "CAPBEP", "BAC", "SUP2", "SUP34", "SUP5")
            ),
        ),
        (fam[f"C{aa}_MEN"], log[f"P{aa}_RP"]),
    ]
    for gauche, droite in egaux:
        np.testing.assert_allclose(gauche, droite, rtol=1e-9, atol=1e-7)
    assert (act[f"P{aa}_CHOM1564"] <= act[f"P{aa}_ACT1564"]).all()
    assert (log[f"P{aa}_RP_LOCHLMV"] <= log[f"P{aa}_RP_LOC"] + 1e-9).all()


@MILLESIMES
def test_calage_et_recensement_exhaustif_des_petites_communes(base, verite, millesime):
    aa = str(millesime)[2:]
    pop = base("evol-struct-pop", millesime)
    vraies = verite[(verite["indicateur"] == "population") & (verite["millesime"] == millesime)]
    vraies = vraies.set_index("code_territoire")["valeur"]
    for commune, total in pop.groupby("COM")[f"P{aa}_POP"].sum().items():
        assert total == pytest.approx(vraies[commune], abs=1e-6)
    ailleurs = pop.index[pop["COM"] != "00001"]
    np.testing.assert_array_equal(pop.loc[ailleurs, f"P{aa}_POP"], vraies[ailleurs])
    ville = pop.loc[pop["COM"] == "00001", f"P{aa}_POP"]
    assert (np.abs(ville - ville.round()) > 1e-6).mean() > 0.8


@MILLESIMES
def test_bruit_de_sondage_present_mais_plausible(base, verite, millesime):
    aa = str(millesime)[2:]
    act = base("activite-residents", millesime)
    estime = 100.0 * act[f"P{aa}_CHOM1564"] / act[f"P{aa}_ACT1564"]
    vrai = verite[
        (verite["indicateur"] == "taux_chomage_15_64") & (verite["millesime"] == millesime)
    ]
    vrai = vrai.set_index("code_territoire")["valeur"].reindex(estime.index)
    p, n = vrai / 100.0, act[f"P{aa}_ACT1564"]
    erreur_type = 100.0 * np.sqrt(1.8 * 0.6 * p * (1.0 - p) / (0.4 * n))
    garde = (act["COM"] == "00001") & (n > 300)
    ecarts = ((estime - vrai) / erreur_type)[garde]
    assert garde.sum() > 30
    assert 0.4 < ecarts.std() < 1.7
    assert ecarts.abs().max() < 5.0
