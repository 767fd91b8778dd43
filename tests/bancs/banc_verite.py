"""Chaque méthode face à la vérité : la ville fictive, dont on connaît tous les ménages.

Usage : ``python tests/bancs/banc_verite.py [--tout]``

La même ville est construite quatre fois : avec tous ses fichiers, sans les chiffres publiés par
quartier (estimation calée), sans le calage (carreaux), sans les carreaux non plus (surfaces).
Imprime, en Markdown, l’estimation de chaque quartier face à la vérité, et si les bornes la
contiennent (✗ sinon) ; ``--tout`` ajoute les années anciennes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from observatoire.calages import charger_calage, ecrire_calage
from observatoire.catalogue import charger_catalogue
from observatoire.chaine import actualiser
from observatoire.chemins import Chemins
from observatoire.redaction import ecrire_nombre

DEPOT = Path(__file__).resolve().parents[2]
FICHIERS = DEPOT / "data" / "iris"
VERITE = DEPOT / "tests" / "donnees" / "verite_ville_fictive.csv"
PUBLIES = (
    "revenus_pauvrete_2021_qp24_v2.csv",
    "population_qp24.csv",
    "estimations_demographiques_2022_qp24.csv",
)
CARREAUX = ("Filosofi2021_carreaux_200m_met.csv",)
SCENES: dict[str, tuple[str, ...]] = {
    "publié": (),
    "calé": PUBLIES,
    "carreaux": PUBLIES,
    "surfaces": PUBLIES + CARREAUX,
}
RETENUES: dict[str, set[str]] = {
    "publié": {"publie"},
    "calé": {"calee", "calee_publie"},
    "carreaux": {"carreaux"},
    "surfaces": {"surface"},
}
CLE = ["code_territoire", "indicateur", "millesime"]


def lire_verite() -> pd.DataFrame:
    """Valeur exacte de chaque quartier, calculée sur tous les ménages."""
    table = pd.read_csv(VERITE, dtype={"code_territoire": str})
    return table[table["type_territoire"] == "qpv"].set_index(CLE)


def construire(scene: str, racine: Path) -> pd.DataFrame:
    """Résultats des quartiers quand certains fichiers manquent."""
    dossier = racine / "fichiers"
    shutil.copytree(FICHIERS, dossier)
    for nom in SCENES[scene]:
        (dossier / nom).unlink()
    donnees = racine / "donnees"
    donnees.mkdir()
    if scene in {"carreaux", "surfaces"}:
        # Un calage propre à la ville, sans aucun modèle : plus rien n’est calé.
        ecrire_calage(replace(charger_calage(), modeles={}), donnees / "calage.json")
    edition = actualiser(
        "00001", depuis=[dossier], chemins=Chemins(donnees), publier_malgre_tout=True
    ).edition
    resultats = edition.resultats
    garde = (resultats["type_territoire"] == "qpv") & resultats["methode"].isin(RETENUES[scene])
    return resultats[garde].set_index(CLE)


def comparer() -> pd.DataFrame:
    """Une ligne par quartier, indicateur, année et méthode, face à la vérité."""
    verite = lire_verite()
    tables = []
    for scene in SCENES:
        with tempfile.TemporaryDirectory() as dossier:
            lignes = construire(scene, Path(dossier))
        lignes = lignes.join(verite["valeur"].rename("verite"), how="inner", validate="one_to_one")
        tables.append(lignes.assign(scene=scene))
    table = pd.concat(tables).reset_index()
    table["erreur"] = table["valeur"] - table["verite"]
    bornee = table["borne_basse"].notna() & table["borne_haute"].notna()
    dedans = (table["borne_basse"] <= table["verite"]) & (table["verite"] <= table["borne_haute"])
    table["contient"] = dedans.where(bornee)
    return table


def bilan(table: pd.DataFrame) -> list[str]:
    """Erreur moyenne et bornes justes, par indicateur et méthode."""
    catalogue = charger_catalogue().indicateurs
    lignes = [
        "| indicateur | méthode | valeurs | biais | erreur moyenne | bornes justes | largeur moyenne |",
        "|---|---|---|---|---|---|---|",
    ]
    for (indicateur, scene), groupe in table.groupby(["indicateur", "scene"], sort=False):
        unite = catalogue[indicateur].unite
        decimales = (
            0 if unite in {"eur", "hab_km2", "personnes"} else 2 if unite == "rapport" else 1
        )
        bornees = groupe["contient"].dropna()
        largeur = (groupe["borne_haute"] - groupe["borne_basse"]).mean()
        justes = f"{int(bornees.sum())} sur {len(bornees)}" if len(bornees) else "–"
        ecrite = ecrire_nombre(float(largeur), decimales) if len(bornees) else "–"
        lignes.append(
            f"| {catalogue[indicateur].court} | {scene} | {len(groupe)} "
            f"| {ecrire_nombre(float(groupe['erreur'].mean()), decimales, signe=True)} "
            f"| {ecrire_nombre(float(groupe['erreur'].abs().mean()), decimales)} | {justes} | {ecrite} |"
        )
    return lignes


def detail(table: pd.DataFrame, indicateur: str) -> list[str]:
    """Chaque quartier d’un indicateur : la vérité, puis chaque méthode avec ses bornes."""
    choisies = table[table["indicateur"] == indicateur]
    eur = charger_catalogue().indicateurs[indicateur].unite == "eur"

    def ecrire(valeur: float) -> str:
        return ecrire_nombre(round(valeur, -1) if eur else valeur, 0 if eur else 1)

    lignes = [
        f"| quartier | année | vérité | {' | '.join(SCENES)} |",
        "|---|---|---|" + "---|" * len(SCENES),
    ]
    for (code, annee), groupe in choisies.groupby(["code_territoire", "millesime"]):
        cellules = []
        for scene in SCENES:
            ligne = groupe[groupe["scene"] == scene]
            if ligne.empty:
                cellules.append("–")
                continue
            v = ligne.iloc[0]
            bornes = ""
            if pd.notna(v["contient"]):
                manque = "" if v["contient"] else " ✗"
                bornes = f" [{ecrire(v['borne_basse'])} ; {ecrire(v['borne_haute'])}]{manque}"
            cellules.append(f"{ecrire(v['valeur'])}{bornes}")
        verite = ecrire(groupe["verite"].iloc[0])
        lignes.append(f"| {code} | {annee} | {verite} | {' | '.join(cellules)} |")
    return lignes


def principal() -> None:
    table = comparer()
    if "--tout" not in sys.argv:
        dernieres = table.groupby("indicateur")["millesime"].transform("max")
        table = table[table["millesime"] == dernieres]
    print("\n".join(bilan(table)))
    for indicateur in ("taux_pauvrete", "niveau_vie_median", "rapport_interdecile"):
        print(f"\n{charger_catalogue().indicateurs[indicateur].court}\n")
        print("\n".join(detail(table, indicateur)))


if __name__ == "__main__":
    principal()
