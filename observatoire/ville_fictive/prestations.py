"""Allocataires de la Caf et demandeurs d’emploi de la ville fictive : un décor, en proportion des habitants."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from observatoire.ville_fictive import parametres

__all__ = ["tabuler_prestations"]

ANNEE = 2022
# Pour 100 habitants d’un quartier prioritaire, et d’une commune.
_TAUX = {
    "allocataires_CAF": (30, 17),
    "personnes_couvertes_CAF": (76, 44),
    "RSA_socle": (7, 3),
    "demandeurs_emploi_ABC": (11, 8),
}
_DE = "demandeurs_emploi_ABC"


def tabuler_prestations(dossier: Path) -> dict[str, pd.DataFrame]:
    """Fichiers par quartier et par commune ; les chiffres d’un quartier sont masqués.

    Parameters
    ----------
    dossier : Path
        Fichiers de la ville fictive déjà écrits.

    Returns
    -------
    dict of str to DataFrame
        Nom du fichier -> table, en effectifs entiers.
    """
    quartiers = pd.read_csv(dossier / "population_qp24.csv", sep=";", dtype={"CODGEO": str})
    base = pd.read_csv(dossier / "base-ic-evol-struct-pop-2022.CSV", sep=";", dtype={"COM": str})
    communes = base.groupby("COM")["P22_POP"].sum()
    lieux = {
        "qp24": ("codeQPV", dict(zip(quartiers["CODGEO"], quartiers["PMUN22"], strict=True)), 0),
        "COM": ("CODGEO", communes.to_dict(), 1),
    }
    tables: dict[str, pd.DataFrame] = {}
    for suffixe, (cle, habitants, rang) in lieux.items():
        lignes = []
        for code, nombre in habitants.items():
            comptes = {n: str(int(nombre * taux[rang] / 100)) for n, taux in _TAUX.items()}
            if code == parametres.QPV_MASQUE:
                comptes = dict.fromkeys(comptes, "")
            lignes.append({cle: code, **comptes})
        table = pd.DataFrame(lignes)
        tables[f"caf_{ANNEE}_{suffixe}.csv"] = table.drop(columns=_DE)
        tables[f"demandeurs_emploi_{ANNEE}_{suffixe}.csv"] = table[[cle, _DE]]
    return tables
