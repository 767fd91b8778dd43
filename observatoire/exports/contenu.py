"""Contenu d’une note, sans forme : ce qu’un document dit, avant qu’il ne soit PDF, DOCX ou PPTX.

Chaque chiffre vient d’une ligne de l’édition et y renvoie ; rien n’est calculé ici.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

import pandas as pd

from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.francais import de_la_ville, typographier
from observatoire.cartes.modeles import VueCarte
from observatoire.cartes.quartier import nom_reference
from observatoire.catalogue import Catalogue, Indicateur
from observatoire.editions import Edition
from observatoire.exports.choix import Choix, lire_choix
from observatoire.exports.essentiel import (
    composer_precautions,
    composer_synthese,
    lignes_de,
    lire_tableau,
)
from observatoire.exports.lignes import lire_chiffre, references_de
from observatoire.exports.phrases import (
    dire_position,
)
from observatoire.exports.profils import Profil, composer_profil, echelle_commune
from observatoire.exports.reperes import (
    Definition,
    citer_sources,
    composer_methode,
    definir,
)
from observatoire.exports.structure import (
    Colonne,
    Contenu,
    Ligne,
    Serie,
    Tableau,
    tableau_chiffres,
    valeurs_citees,
)
from observatoire.redaction import ecrire_date, ecrire_valeur, pluriel

__all__ = ["Contenu", "composer_contenu", "valeurs_citees"]

_PROFILS_MAX, _BEAUCOUP = 6, 8
"""Au-delà de huit quartiers sans choix, les profils des six plus peuplés : la note reste courte."""


def composer_contenu(
    edition: Edition, catalogue: Catalogue, choix: Choix, *, identifiant: str = ""
) -> Contenu:
    """Composer ce que dira un document.

    Parameters
    ----------
    edition : Edition
        Édition d’une ville.
    catalogue : Catalogue
        Noms, définitions et précautions des indicateurs.
    choix : Choix
        Quartiers, thèmes, référence, indicateurs du tableau ; vides, tous.
    identifiant : str
        Identifiant du document ; par défaut une empreinte de l’édition et du choix.

    Raises
    ------
    ErreurDemande
        Périmètre, quartier, thème ou référence impossibles : toutes les fautes d’un coup.
    """
    lu = lire_choix(edition, catalogue, choix)
    reference = choix.reference
    lignes = lu.lignes
    references = references_de(edition, edition.code_commune)
    colonnes = tuple(_colonne(i, lignes, references, reference) for i in lu.indicateurs)
    # La population est écrite sous chaque nom de quartier : sa source l’est avec les autres.
    population = [("population", a) for a in lignes_de(lignes, "population")["millesime"][:1]]
    du_tableau = [*population, *((c.indicateur.id, c.millesime) for c in colonnes)]
    tableau = _tableau(lu.quartiers, colonnes, lignes, references, reference)
    tableau = replace(tableau, source=_citer(edition, du_tableau))
    positions = tuple(_position(c, lignes, references, reference) for c in colonnes)
    comparees, muettes = lire_tableau(
        tableau, positions, total=len(edition.couches["qpv"]), reference=reference
    )
    retenus, avis = _profils_retenus(lu.quartiers, lignes, choix)
    profils = tuple(
        composer_profil(
            code, lu.quartiers[code], lignes, catalogue, references,
            phares=lu.indicateurs, themes=lu.themes, reference=reference,
        )
        for code in retenus
    )  # fmt: skip
    profils = tuple(
        replace(p, source=_citer(edition, [*population, *(r.cle for r in p.reperes)]))
        for p in profils
    )
    cartes = _cartes(edition, catalogue, colonnes, reference, choix.quartiers)
    nom_affiche = edition.nom_commune + (" (ville fictive)" if edition.est_fictive else "")
    vus = _indicateurs_vus(colonnes, profils, catalogue)
    return Contenu(
        surtitre=f"Quartiers prioritaires {de_la_ville(edition.nom_commune)}",
        titre=_titre(edition, cartes, comparees, complet=not choix.quartiers),
        nom_document=typographier(
            f"Quartiers prioritaires {de_la_ville(nom_affiche)} : les écarts à {nom_reference(reference)}"
        ),
        code_commune=edition.code_commune,
        nom_ville=edition.nom_commune,
        est_fictive=edition.est_fictive,
        reference=reference,
        nom_reference=nom_reference(reference),
        edition=edition.identifiant,
        date_edition=ecrire_date(
            datetime.fromisoformat(str(edition.manifeste["publiee_le"])).date()
        ),
        publiee_le=str(edition.manifeste["publiee_le"]),
        identifiant=identifiant or _empreinte(edition, choix),
        synthese=composer_synthese(
            edition, lu.quartiers, colonnes, comparees, muettes, lignes, reference
        ),
        cartes=cartes,
        tableau=tableau,
        lecture=(*comparees, *muettes),
        series=_series(edition, tableau, positions),
        profils=profils,
        avis_profils=avis,
        methode=composer_methode(
            [*tableau_chiffres(tableau), *(r.chiffre for p in profils for r in p.reperes)],
            reference=reference,
        ),
        precautions=composer_precautions(colonnes, lignes),
        glossaire=definir(vus),
        definitions=tuple(
            Definition(typographier(i.libelle), typographier(i.definition)) for i in vus
        ),
        sources=citer_sources(edition, {*population, *((i.id, _annee(lignes, i.id)) for i in vus)}),
        citation=tableau.source,
    )


def _citer(edition: Edition, chiffres: Iterable[tuple[str, int]]) -> str:
    return typographier(edition.citer(chiffres))


def _series(edition: Edition, tableau: Tableau, positions: tuple[str, ...]) -> tuple[Serie, ...]:
    noms = tuple(ligne.nom for ligne in tableau.lignes)
    series = []
    for rang, (colonne, message) in enumerate(zip(tableau.colonnes, positions, strict=True)):
        chiffres = tuple(ligne.chiffres[rang] for ligne in tableau.lignes)
        if any(c.compare for c in chiffres):
            source = _citer(edition, [(colonne.indicateur.id, colonne.millesime)])
            echelle = echelle_commune(chiffres)
            series.append(Serie(colonne, message, noms, chiffres, echelle, source))
    return tuple(series)


def _annee(lignes: pd.DataFrame, indicateur: str) -> int:
    return int(lignes.loc[lignes["indicateur"] == indicateur, "millesime"].max())


def _empreinte(edition: Edition, choix: Choix) -> str:
    """Identifiant court, le même pour la même édition et le même choix."""
    texte = repr((edition.identifiant, edition.code_commune, sorted(asdict(choix).items())))
    return "D-" + hashlib.sha256(texte.encode("utf-8")).hexdigest()[:8].upper()


def _valeur_reference(
    references: pd.DataFrame, indicateur: str, annee: int, reference: str
) -> float:
    choisies = references[
        (references["indicateur"] == indicateur)
        & (references["millesime"] == annee)
        & (references["reference"] == reference)
    ]["valeur"]
    return float(choisies.iloc[0]) if len(choisies) else float("nan")


def _colonne(
    indicateur: Indicateur, lignes: pd.DataFrame, references: pd.DataFrame, reference: str
) -> Colonne:
    annee = _annee(lignes, indicateur.id)
    valeur = _valeur_reference(references, indicateur.id, annee, reference)
    texte = "non disponible" if pd.isna(valeur) else ecrire_valeur(valeur, indicateur.unite)
    return Colonne(indicateur, annee, texte, valeur)


def _tableau(
    quartiers: dict[str, str],
    colonnes: tuple[Colonne, ...],
    lignes: pd.DataFrame,
    references: pd.DataFrame,
    reference: str,
) -> Tableau:
    par_cle = lignes.set_index(["code_territoire", "indicateur"])
    rangees = []
    for code, nom in quartiers.items():
        chiffres = tuple(
            lire_chiffre(par_cle, code, c.indicateur, references, reference=reference)
            for c in colonnes
        )
        rangees.append(Ligne(code, nom, _habitants(lignes, code), chiffres))
    noms = ", ".join(c.indicateur.court for c in colonnes)
    return Tableau(
        titre=f"Les écarts à {nom_reference(reference)}"
        + (", quartier par quartier" if len(rangees) > 1 else ""),
        colonnes=colonnes,
        lignes=tuple(rangees),
        nom_reference=nom_reference(reference),
        alternative=f"Tableau de {len(rangees)} {pluriel('quartier', len(rangees))} "
        f"et {len(colonnes)} {pluriel('indicateur', len(colonnes))} : {noms}.",
        source="",
    )


def _habitants(lignes: pd.DataFrame, code: str) -> str:
    population = lignes[
        (lignes["indicateur"] == "population") & (lignes["code_territoire"] == code)
    ]
    valeur = float(population["valeur"].iloc[0]) if len(population) else float("nan")
    return "" if pd.isna(valeur) else ecrire_valeur(valeur, "personnes")


def _position(
    colonne: Colonne, lignes: pd.DataFrame, references: pd.DataFrame, reference: str
) -> str:
    valeur = _valeur_reference(references, colonne.indicateur.id, colonne.millesime, reference)
    return dire_position(
        colonne.indicateur,
        lignes_de(lignes, colonne.indicateur.id),
        reference=reference,
        valeur_reference=None if pd.isna(valeur) else valeur,
    )


def _profils_retenus(
    quartiers: dict[str, str], lignes: pd.DataFrame, choix: Choix
) -> tuple[list[str], str]:
    codes = list(quartiers)
    if choix.quartiers or len(codes) <= _BEAUCOUP:
        return codes, ""
    population = lignes_de(lignes, "population").set_index("code_territoire")["valeur"]
    peuples = sorted(codes, key=lambda c: (-float(population.get(c, 0.0)), c))[:_PROFILS_MAX]
    return [c for c in codes if c in peuples], typographier(
        f"Les profils sont ceux des {_PROFILS_MAX} quartiers les plus peuplés ; les autres sont dans "
        "le tableau, et leur profil se demande par leur code."
    )


def _cartes(
    edition: Edition,
    catalogue: Catalogue,
    colonnes: tuple[Colonne, ...],
    reference: str,
    choisis: tuple[str, ...],
) -> tuple[VueCarte, ...]:
    """Carte par IRIS du premier indicateur qui en a une ; cadrée sur le quartier s’il est seul."""
    for colonne in colonnes:
        vue = vue_depuis_edition(
            edition, indicateur=colonne.indicateur.id, millesime=colonne.millesime,
            reference=reference, catalogue=catalogue,
            quartier=choisis[0] if len(choisis) == 1 else "",
        )  # fmt: skip
        if vue.legende.classes:
            return (vue,)
    return ()


def _titre(
    edition: Edition, cartes: tuple[VueCarte, ...], comparees: list[str], *, complet: bool
) -> str:
    """Message du document : celui de la carte s’il parle des quartiers, sinon le premier écart."""
    if complet and cartes and cartes[0].titre.startswith(("Dans les ", "Dans le quartier ")):
        return cartes[0].titre
    if comparees:
        return comparees[0]
    ville = de_la_ville(edition.nom_commune)
    return typographier(
        f"Quartiers prioritaires {ville} : aucun de ces écarts ne peut être affirmé"
    )


def _indicateurs_vus(
    colonnes: tuple[Colonne, ...], profils: tuple[Profil, ...], catalogue: Catalogue
) -> list[Indicateur]:
    vus = {c.indicateur.id for c in colonnes} | {
        r.chiffre.indicateur for p in profils for r in p.reperes
    }
    return [i for groupe in catalogue.par_theme().values() for i in groupe if i.id in vus]
