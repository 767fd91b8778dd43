"""Banc des documents : note, Word, diaporama, tous ensemble ; durée et mémoire de pointe.

Usage : ``python tests/bancs/banc_documents.py [répétitions]``

Chaque passage est un processus neuf, imports compris. Le pair est la même carte, sans légende ni
noms, par geopandas et matplotlib seuls. Sans les données réelles, seule la ville fictive est mesurée.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

DEPOT = Path(__file__).resolve().parents[2]
DONNEES = DEPOT.parent / "shared" / "donnees"
PREPARER = """
import sys
from pathlib import Path
from observatoire.chaine import actualiser
from observatoire.chemins import Chemins
racine, commune, *depuis = sys.argv[1:]
actualiser(commune, depuis=[Path(d) for d in depuis], chemins=Chemins(Path(racine)))
"""
MESURE = """
import json, resource, sys, time
debut, processeur = time.perf_counter(), time.process_time()
from pathlib import Path
racine, commune, genre, sortie, reference = sys.argv[1:]
{corps}
print(json.dumps({{
    "duree": time.perf_counter() - debut,
    "processeur": time.process_time() - processeur,
    "memoire_mo": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}}))
"""
DOCUMENTS = """
from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins
from observatoire.editions import edition_courante
from observatoire.exports.choix import Choix
from observatoire.exports.contenu import composer_contenu
from observatoire.exports.modele import Modele
edition, modele = edition_courante(Chemins(Path(racine)), commune), Modele()
contenu = composer_contenu(edition, charger_catalogue(), Choix(reference=reference))
for un in genre.split("+"):
    if un == "note":
        from observatoire.exports.note import composer_note as composer
    elif un == "docx":
        from observatoire.exports.document import composer_document as composer
    else:
        from observatoire.exports.diaporama import composer_diaporama as composer
    Path(sortie + {"note": ".pdf"}.get(un, "." + un)).write_bytes(composer(contenu, modele))
"""
TOUT = """
from observatoire.chemins import Chemins
from observatoire.exports.demande import Demande
from observatoire.exports.production import ouvrir_contexte, produire_tout
produire_tout(ouvrir_contexte(Chemins(Path(racine)), commune), Demande(), Path(sortie))
"""
PAIR = """
import geopandas as gpd, matplotlib, pandas as pd
matplotlib.use("Agg")
import matplotlib.pyplot as plt
dossier = Path(racine) / "editions" / commune
dossier = dossier / (dossier / "courante.txt").read_text().strip()
ecarts = pd.read_parquet(dossier / "ecarts.parquet")
choisis = ecarts[(ecarts["indicateur"] == "taux_pauvrete") & (ecarts["reference"] == "ville") & (ecarts["millesime"] == 2021)]
iris = gpd.read_parquet(dossier / "iris.parquet").merge(choisis, left_on="code_iris", right_on="code_territoire", how="left", validate="one_to_one")
axes = iris.plot("ecart", cmap="PuOr_r", scheme="quantiles", k=7, legend=True, figsize=(8, 6), missing_kwds={"color": "lightgrey"})
gpd.read_parquet(dossier / "qpv.parquet").boundary.plot(ax=axes, color="navy")
axes.set_axis_off()
plt.savefig(sortie + ".png", dpi=220)
"""
GENRES = {
    "note": "note PDF",
    "docx": "document Word",
    "pptx": "diaporama",
    "note+docx+pptx": "les trois ensemble",
    "tout": "tous les documents d’une ville",
    "pair": "pair : carte PNG, geopandas et matplotlib",
}


def mesurer(racine: str, commune: str, genre: str, repetitions: int) -> tuple[float, float, float]:
    """Médianes de la durée et du temps de processeur (s), et mémoire de pointe (Mo)."""
    code = MESURE.format(corps={"pair": PAIR, "tout": TOUT}.get(genre, DOCUMENTS))
    passages = []
    for _ in range(repetitions):
        sortie = subprocess.run(
            [sys.executable, "-c", code, racine, commune, genre, f"{racine}/essai", "ville"],
            capture_output=True, text=True, check=True, cwd=DEPOT,
        ).stdout  # fmt: skip
        passages.append(json.loads(sortie))
    return (
        statistics.median(p["duree"] for p in passages),
        statistics.median(p["processeur"] for p in passages),
        max(p["memoire_mo"] for p in passages),
    )


def principal() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    villes = {"00001": [DEPOT / "data" / "iris"]}
    if DONNEES.is_dir():
        villes["38185"] = [DONNEES / "grenoble", DONNEES]
    else:
        print("Données réelles absentes : Grenoble n’est pas mesurée.")
    for commune, depuis in villes.items():
        with tempfile.TemporaryDirectory() as racine:
            commande = [sys.executable, "-c", PREPARER, racine, commune, *map(str, depuis)]
            subprocess.run(commande, check=True, cwd=DEPOT, capture_output=True)
            print(f"\nCommune {commune}, processus neuf, imports compris")
            for genre, libelle in GENRES.items():
                duree, processeur, memoire = mesurer(racine, commune, genre, repetitions)
                ligne = f"  {libelle:<44}{duree:6.2f} s   processeur {processeur:6.2f} s   {memoire:5.0f} Mo"
                print(ligne.replace(".", ","))


if __name__ == "__main__":
    principal()
