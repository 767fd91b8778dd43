"""Programme, lieux, secteurs scolaires et paroles de la ville fictive : ``data/suivi``.

Tout est inventé, et fabriqué avec une graine fixe : ``python -m observatoire.ville_fictive.suivi``.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from observatoire.catalogue import charger_catalogue
from observatoire.chemins import Chemins, dossier_suivi_fictif, dossier_ville_fictive
from observatoire.decoupages import ajouter, declarations
from observatoire.equipements import importer_lieux, listes_de_lieux
from observatoire.ingestion import empreinte_fichier
from observatoire.suivi import (
    Vocabulaire,
    dernier_import,
    ecrire_classeur,
    importer,
    vocabulaire_de,
)

__all__ = ["deposer_decoupages_et_lieux", "ecrire_suivi_fictif", "importer_programme_fictif"]

COMMUNE = "00001"
GRAINE = 20260101
CREE_LE = dt.datetime(2026, 1, 1)
CLASSEUR = "programme.xlsx"
SECTEURS = "secteurs_scolaires.geojson"
LISTES = {
    "maisons_des_habitants.csv": "Maisons des Habitants",
    "associations.csv": "Associations",
    "sante.csv": "Santé",
}
_AXES = (
    "Cohésion sociale",
    "Cadre de vie et renouvellement urbain",
    "Développement économique et emploi",
    "Citoyenneté et valeurs de la République",
)
# Intitulé, description, axe, porteur, indicateur visé, freins, leviers.
_ACTIONS = (
    ("Garde d’enfants pour la recherche d’emploi", "Places d’accueil souples pour les parents en formation ou en entretien.", 2, "Les Petits Pas", "taux_chomage_15_64", "Garde d’enfants ; Horaires", "Maison des Habitants"),
    ("Accompagnement vers l’emploi des 15-24 ans", "Parrainage par des salariés des entreprises voisines.", 2, "Mission locale de Brumeval", "taux_chomage_15_64", "Mobilité ; Confiance", "Entreprises voisines"),
    ("Ateliers de français professionnel", "Deux soirées par semaine, par métier.", 2, "Parole ouverte", "part_sans_diplome", "Horaires ; Garde d’enfants", "Bénévoles"),
    ("Retour vers le diplôme", "Préparation à la validation des acquis de l’expérience.", 0, "Université populaire", "part_sans_diplome", "Confiance", "Bénévoles ; Maison des Habitants"),
    ("Réussite éducative", "Suivi individuel d’enfants de 3 à 16 ans avec leur famille.", 0, "Caisse des écoles", "part_sans_diplome", "Locaux", "Écoles"),
    ("Permanence d’accès aux droits", "Aide aux démarches en ligne et recours aux prestations.", 0, "Point Passerelle", "taux_pauvrete", "Numérique ; Confiance", "Maison des Habitants"),
    ("Épicerie solidaire itinérante", "Deux tournées par semaine au pied des immeubles.", 0, "Le Panier commun", "taux_pauvrete", "Locaux", "Bénévoles"),
    ("Répit des familles monoparentales", "Relais de nuit et de fin de semaine.", 0, "Les Petits Pas", "part_familles_monoparentales", "Garde d’enfants", "Maison des Habitants"),
    ("Rénovation des halls et des cours", "Chantiers éducatifs et mobilier d’usage.", 1, "Brumeval Habitat", "", "Délais de marché", "Amicale de locataires"),
    ("Jardins partagés des pieds d’immeuble", "Quatre parcelles collectives et un composteur.", 1, "Terre et toits", "", "Locaux", "Amicale de locataires ; Bénévoles"),
    ("Prêt de vélos et remise en selle", "Atelier mobile et cours pour adultes.", 1, "Roue libre", "part_menages_sans_voiture", "Mobilité", "Bénévoles"),
    ("Médiation de soirée", "Deux médiateurs présents chaque soir.", 3, "Service de médiation", "", "Horaires", "Maison des Habitants"),
    ("Conseil d’enfants", "Assemblée de quartier des 8-12 ans.", 3, "Ville de Brumeval", "", "Locaux", "Écoles"),
    ("Fonds de participation des habitants", "Petits projets décidés par un jury d’habitants.", 3, "Ville de Brumeval", "", "Confiance", "Maison des Habitants"),
    ("Cité de l’emploi", "Coordination hebdomadaire des acteurs de l’emploi.", 2, "Intercommunalité du Val de Brume", "taux_chomage_15_64", "Mobilité ; Numérique", "Entreprises voisines"),
    ("Santé de proximité", "Consultations avancées et dépistages dans les Maisons des Habitants.", 0, "Centre de santé des Tisserands", "", "Délais de rendez-vous", "Maison des Habitants"),
)  # fmt: skip
_PAROLES = (
    ("emploi", "Atelier emploi", "Les entretiens tombent à l’heure de la sortie d’école : sans solution de garde, on n’y va pas.", True),
    ("emploi", "Conseil citoyen", "Le bus du soir s’arrête avant la fin de la deuxième équipe, plusieurs habitants ont renoncé à un poste.", True),
    ("logement", "Enquête en porte-à-porte", "Les ascenseurs réparés, c’est ce qui a le plus changé la vie des personnes âgées cette année.", True),
    ("logement", "Conseil citoyen", "On demande que les travaux des halls soient expliqués avant de commencer.", True),
    ("education", "Atelier de parents", "L’aide aux devoirs est complète dès septembre, une liste d’attente serait plus juste.", True),
    ("familles", "Maison des Habitants", "Élever seule trois enfants, c’est surtout le soir que l’on manque de relais.", False),
    ("revenus", "Permanence d’accès aux droits", "Beaucoup découvrent qu’ils avaient droit à une prestation depuis des mois.", True),
    ("mobilite", "Atelier vélo", "Les cours pour adultes ont permis d’aller travailler sans attendre le bus.", True),
    ("education", "Conseil d’enfants", "On voudrait que la bibliothèque ouvre le mercredi matin.", True),
    ("revenus", "Épicerie solidaire", "Venir au pied de l’immeuble évite le regard des autres.", False),
)  # fmt: skip


def ecrire_suivi_fictif(sortie: Path, *, graine: int = GRAINE) -> list[Path]:
    """Écrire tous les fichiers ; la même graine donne les mêmes octets.

    Parameters
    ----------
    sortie : pathlib.Path
        Dossier, créé s’il manque.
    graine : int
        Graine du tirage.
    """
    sortie.mkdir(parents=True, exist_ok=True)
    hasard = np.random.default_rng(graine)
    iris = gpd.read_file(dossier_ville_fictive() / "iris.gpkg")
    iris = iris[iris["code_insee"] == COMMUNE]
    quartiers = gpd.read_file(
        dossier_ville_fictive() / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
    ).to_crs(iris.crs)
    ecrits = [_ecrire_secteurs(iris, sortie / SECTEURS)]
    ecrits += [
        _ecrire_lieux(nom, iris, quartiers, sortie / fichier, hasard)
        for fichier, nom in LISTES.items()
    ]
    noms = dict(zip(quartiers["code_qp"], quartiers["lib_qp"], strict=True))
    ecrits.append(_ecrire_programme(noms, sortie / CLASSEUR, hasard))
    return ecrits


def deposer_decoupages_et_lieux(chemins: Chemins) -> None:
    """Garder les secteurs scolaires et les listes de lieux de la ville fictive."""
    dossier = dossier_suivi_fictif()
    gardees = {d.sha256 for d in declarations(chemins, COMMUNE)}
    gardees |= {x.sha256 for x in listes_de_lieux(chemins, COMMUNE)}
    neufs = [f for f in (SECTEURS, *LISTES) if empreinte_fichier(dossier / f) not in gardees]
    for fichier in neufs:
        if fichier != SECTEURS:
            importer_lieux(chemins, dossier / fichier, code_commune=COMMUNE, nom=LISTES[fichier])
            continue
        ajouter(
            chemins,
            dossier / SECTEURS,
            nom="Secteurs scolaires",
            champ_code="code",
            champ_libelle="nom",
            code_commune=COMMUNE,
        )


def importer_programme_fictif(chemins: Chemins, edition: Any) -> None:
    """Importer le programme de la ville fictive dans son suivi, s’il n’y est pas déjà."""
    classeur = dossier_suivi_fictif() / CLASSEUR
    if dernier_import(chemins, COMMUNE) == empreinte_fichier(classeur):
        return
    vocabulaire = vocabulaire_de(edition, charger_catalogue(*chemins.catalogues))
    importer(
        chemins,
        classeur,
        vocabulaire,
        code_commune=COMMUNE,
        auteur="démonstration",
    )


def _ecrire_secteurs(iris: gpd.GeoDataFrame, chemin: Path) -> Path:
    """Quatre secteurs scolaires : des IRIS réunis selon leur direction depuis le centre."""
    centres = iris.geometry.representative_point()
    cx, cy = centres.x.mean(), centres.y.mean()
    angles = np.arctan2(centres.y - cy, centres.x - cx)
    rangs = np.floor((angles + np.pi) / (np.pi / 2)).clip(0, 3).astype(int)
    noms = ("Jules-Verne", "Louise-Michel", "Les Tilleuls", "Marie-Curie")
    formes = [shapely.union_all(iris.geometry[rangs == k].to_numpy()) for k in range(4)]
    couche = gpd.GeoDataFrame(
        {"code": [f"S{k + 1}" for k in range(4)], "nom": [f"Secteur {n}" for n in noms]},
        geometry=formes,
        crs=iris.crs,
    )
    couche.to_crs(4326).to_file(chemin, driver="GeoJSON", COORDINATE_PRECISION=7)
    return chemin


def _ecrire_lieux(
    nom: str,
    iris: gpd.GeoDataFrame,
    quartiers: gpd.GeoDataFrame,
    chemin: Path,
    hasard: np.random.Generator,
) -> Path:
    """Un lieu près de la plupart des quartiers, quelques-uns ailleurs, un sans coordonnées."""
    habitables = iris[iris["type_iris"] == "H"]
    ailleurs = {"Maisons des Habitants": 2, "Associations": 7, "Santé": 5}[nom]
    points = [
        (f"{nom.rstrip('s')} {q}", shapely.point_on_surface(g))
        for q, g in zip(quartiers["lib_qp"], quartiers.geometry, strict=True)
        if hasard.random() < (0.9 if nom != "Santé" else 0.4)
    ]
    tires = hasard.choice(len(habitables), ailleurs, replace=False)
    points += [
        (f"{nom.rstrip('s')} {habitables['nom_iris'].iloc[int(k)]}", shapely.point_on_surface(habitables.geometry.iloc[int(k)]))
        for k in tires
    ]  # fmt: skip
    noms = [
        ("Maison des Habitants" + n[len("Maisons des Habitant") :])
        if nom.startswith("Maisons")
        else n.replace("Santé", "Cabinet médical")
        for n, _ in points
    ]
    degres = gpd.GeoSeries([p for _, p in points], crs=iris.crs).to_crs(4326)
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        ecrire = csv.writer(flux, delimiter=";", lineterminator="\n")
        ecrire.writerow(["identifiant", "nom", "adresse", "latitude", "longitude"])
        for rang, (libelle, point) in enumerate(zip(noms, degres, strict=True), start=1):
            ecrire.writerow([rang, libelle, "", f"{point.y:.6f}", f"{point.x:.6f}"])
        if nom == "Associations":
            ecrire.writerow(
                [len(noms) + 1, "Association Le Fil rouge", "12 place du Marché", "", ""]
            )
    return chemin


def _ecrire_programme(noms: dict[str, str], chemin: Path, hasard: np.random.Generator) -> Path:
    catalogue = charger_catalogue()
    vocabulaire = Vocabulaire(
        quartiers=noms,
        indicateurs={i.id: i.theme for i in catalogue.indicateurs.values()},
        themes={t.id: t.libelle for t in sorted(catalogue.themes.values(), key=lambda t: t.ordre)},
    )
    lignes: dict[str, list[list[Any]]] = {
        "Actions": [],
        "Quartiers": [],
        "Financements": [],
        "Habitants": [],
    }
    for rang, action in enumerate(_ACTIONS, start=1):
        _ajouter_action(lignes, f"BR-{rang:02d}", rang, action, list(noms), hasard)
    themes = vocabulaire.themes
    for rang, (theme, source, texte, publiable) in enumerate(_PAROLES, start=1):
        jour = dt.date(2025, 1, 15) + dt.timedelta(days=int(hasard.integers(0, 500)))
        quartier = list(noms)[int(hasard.integers(0, len(noms)))]
        lignes["Habitants"].append(
            [
                f"P-{rang:02d}",
                quartier,
                themes[theme],
                jour,
                source,
                texte,
                "oui" if publiable else "non",
            ]
        )
    ecrire_classeur(
        chemin, vocabulaire, nom_ville="Brumeval (ville fictive)", lignes=lignes, cree_le=CREE_LE
    )
    return chemin


def _ajouter_action(
    lignes: dict[str, list[list[Any]]],
    identifiant: str,
    rang: int,
    action: tuple[str, str, int, str, str, str, str],
    quartiers: list[str],
    hasard: np.random.Generator,
) -> None:
    intitule, description, axe, porteur, indicateur, freins, leviers = action
    debut = dt.date(int(hasard.integers(2023, 2026)), int(hasard.integers(1, 13)), 1)
    fin = dt.date(debut.year + int(hasard.integers(1, 4)), 12, 31)
    etat = "terminée" if fin.year <= 2024 else "prévue" if rang % 7 == 0 else "en cours"
    evaluation = (
        "Fréquentation conforme à l’objectif ; horaires à revoir." if etat == "terminée" else ""
    )
    if rang % 11 == 0:
        etat = "abandonnée"
    lignes["Actions"].append(
        [identifiant, intitule, description, _AXES[axe], porteur, indicateur, "", etat, debut, fin, evaluation, freins, leviers, "oui" if rang % 5 else "non"]
    )  # fmt: skip
    vises = sorted(hasard.choice(quartiers, int(hasard.integers(1, 4)), replace=False).tolist())
    # Les Ateliers (dernier quartier) n’a presque pas d’action : la couverture doit le montrer.
    vises = [q for q in vises if q != quartiers[-1] or rang == 1] or ["VILLE"]
    parts = [100 // len(vises)] * len(vises)
    parts[0] += 100 - sum(parts)
    lignes["Quartiers"] += [[identifiant, q, p] for q, p in zip(vises, parts, strict=True)]
    total = int(hasard.integers(8, 90)) * 1000
    for annee in range(debut.year, min(fin.year, 2026) + 1):
        financeurs = [("Ville", 0.45), ("État (politique de la ville)", 0.4), ("CAF", 0.15)]
        for financeur, part in financeurs[: 2 + rang % 2]:
            demande = round(total * part / 50) * 50
            # En 2026, une partie des réponses n’est pas encore connue.
            accorde = None if annee == 2026 and rang % 3 == 0 else round(demande * 0.85 / 50) * 50
            verse = None if annee == 2026 or accorde is None else accorde
            lignes["Financements"].append([identifiant, annee, financeur, demande, accorde, verse])


if __name__ == "__main__":
    ecrits = ecrire_suivi_fictif(dossier_suivi_fictif())
    sys.stdout.write(f"{len(ecrits)} fichiers écrits.\n")
