"""Banc : une carte PNG, une série de cent cartes, et leur mémoire, face à geopandas et matplotlib.

La carte simple est ce qu’on écrit en dix lignes avec ``GeoDataFrame.plot`` et ``savefig`` sur les
mêmes contours, à la même taille : des aplats, une légende et un titre. Elle n’a ni noms placés, ni
hachures, ni cartouche. Les durées sont en secondes écoulées et de processeur.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import psutil

from observatoire.chaine import actualiser, construire_demonstration
from observatoire.chemins import Chemins
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.production import ouvrir_contexte, produire
from observatoire.exports.serie import Tache, produire_serie, taches_de_la_serie

mpl.use("Agg")
warnings.filterwarnings("ignore", message="Numba not installed")
DONNEES = Path(__file__).resolve().parents[3] / "shared" / "donnees"
LIMITE_CARTE_S, LIMITE_SERIE_S = 1.5, 60.0


def _mesurer(essai: Callable[[], object], fois: int) -> tuple[float, float]:
    """Médianes des secondes écoulées et de processeur."""
    murs, processeurs = [], []
    for _ in range(fois):
        mur, processeur = time.perf_counter(), time.process_time()
        essai()
        murs.append(time.perf_counter() - mur)
        processeurs.append(time.process_time() - processeur)
    return statistics.median(murs), statistics.median(processeurs)


def _carte_simple(contexte: Contexte, sortie: Path) -> None:
    import matplotlib.pyplot as plt

    table = contexte.edition.resultats
    ici = (table["indicateur"] == "taux_pauvrete") & (table["millesime"] == 2021)
    iris = contexte.edition.couches["iris"].merge(
        table.loc[ici, ["code_territoire", "valeur"]],
        left_on="code_iris", right_on="code_territoire", validate="one_to_one",
    )  # fmt: skip
    figure, axes = plt.subplots(figsize=(11.69, 8.27), dpi=300)
    iris.plot(
        column="valeur", scheme="fisher_jenks", k=6, cmap="YlOrBr", legend=True, ax=axes,
        edgecolor="white", linewidth=0.5,
        missing_kwds={"color": "lightgrey", "hatch": "///", "label": "secret"},
    )  # fmt: skip
    contexte.edition.couches["qpv"].boundary.plot(ax=axes, color="#14213d", linewidth=1.4)
    axes.set_title("Taux de pauvreté")
    axes.set_axis_off()
    figure.savefig(sortie)
    plt.close(figure)


def _serie(contexte: Contexte, dossier: Path, nombre: int) -> list[Tache]:
    """``nombre`` cartes : les indicateurs de l’édition, en écart puis en valeur, par IRIS et secteur."""
    taches: list[Tache] = []
    for vue, niveau in (("ecart", "iris"), ("valeur", "iris"), ("ecart", "secteur")):
        demande = Demande(vue=vue, niveau=niveau)
        lot = taches_de_la_serie(contexte, demande, dossier, par="indicateurs", extension=".png")
        taches += [
            replace(t, sortie=t.sortie.with_stem(f"{t.sortie.stem}-{vue}-{niveau}")) for t in lot
        ]
    return taches[:nombre]


def _pointe_mo() -> float:
    """Mémoire de pointe du processus et du plus gros de ses enfants, en mégaoctets."""
    soi, enfants = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    return (resource.getrusage(soi).ru_maxrss + resource.getrusage(enfants).ru_maxrss) / 1024


def _pointe_seule(genre: str, racine: Path, code: str) -> float:
    """Mémoire de pointe d’un processus neuf qui ne fait qu’une carte, en mégaoctets."""
    commande = [sys.executable, __file__, "--pointe", genre, str(racine), code]
    return float(subprocess.run(commande, check=True, capture_output=True, text=True).stdout)


def _dessiner_seule(genre: str, racine: str, code: str) -> None:
    contexte = ouvrir_contexte(Chemins(Path(racine)), code)
    with tempfile.TemporaryDirectory() as temporaire:
        sortie = Path(temporaire) / "carte.png"
        if genre == "simple":
            _carte_simple(contexte, sortie)
        else:
            produire(contexte, "carte", Demande(indicateurs=("taux_pauvrete",)), sortie)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _processeur_des_enfants() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Écrire les mesures ; code 1 si une limite est dépassée et que ``--strict`` est donné."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--nombre", type=int, default=100)
    arguments.add_argument("--strict", action="store_true")
    arguments.add_argument("--pointe", nargs=3, metavar=("GENRE", "RACINE", "CODE"))
    choix = arguments.parse_args()
    if choix.pointe:
        _dessiner_seule(*choix.pointe)
        return 0
    with tempfile.TemporaryDirectory() as temporaire:
        chemins, sortie = Chemins(Path(temporaire) / "donnees"), Path(temporaire)
        if DONNEES.is_dir():
            actualiser("38185", depuis=[DONNEES / "grenoble", DONNEES], chemins=chemins)
            code = "38185"
        else:
            construire_demonstration(chemins)
            code = "00001"
        contexte = ouvrir_contexte(chemins, code)
        demande = Demande(indicateurs=("taux_pauvrete",))
        produire(contexte, "carte", demande, sortie / "chauffe.png")
        charge = psutil.getloadavg()[0]
        print(f"{contexte.edition.nom_commune} ; charge de la machine {charge:.1f}")
        simple = _mesurer(lambda: _carte_simple(contexte, sortie / "simple.png"), 5)
        carte = _mesurer(lambda: produire(contexte, "carte", demande, sortie / "carte.png"), 5)
        for nom, genre, (mur, processeur) in (
            ("geopandas + matplotlib", "simple", simple),
            ("carte PNG de la charte", "charte", carte),
        ):
            pointe = _pointe_seule(genre, chemins.racine, code)
            print(f"{nom}   {mur:6.2f} s   processeur {processeur:6.2f} s   pointe {pointe:.0f} Mo")
        taches = _serie(contexte, sortie / "serie", choix.nombre)
        depart, avant = time.perf_counter(), _processeur_des_enfants()
        produire_serie(contexte, taches, processus=2)
        duree, processeur = time.perf_counter() - depart, _processeur_des_enfants() - avant
        print(
            f"{len(taches)} cartes, 2 processus {duree:6.1f} s   processeur {processeur:6.1f} s, "
            f"soit {processeur / 2:.1f} s par processus   pointe {_pointe_mo():.0f} Mo"
        )
        depasse = carte[0] > LIMITE_CARTE_S or duree > LIMITE_SERIE_S
    return 1 if depasse and choix.strict else 0


if __name__ == "__main__":
    sys.exit(main())
