"""Cartes imprimées : PNG à 300 points par pouce, SVG, PDF, et leur équivalent en texte.

Chaque fichier est écrit à côté puis renommé : un fichier présent est toujours complet.
Le même appel donne toujours les mêmes octets, sans date cachée.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from observatoire.cartes.composition_papier import dessiner_carte
from observatoire.cartes.ecriture_papier import Fiche, ecrire_avec_texte, verifier_sortie
from observatoire.cartes.lieux_papier import lignes_des_lieux
from observatoire.cartes.modeles import VueCarte
from observatoire.redaction import FINE

__all__ = ["composer_equivalent", "dessiner_carte", "exporter_carte", "fiche_d_une_vue"]


def exporter_carte(
    vue: VueCarte,
    sortie: Path,
    *,
    format_page: str = "A4",
    orientation: str = "paysage",
    document: str = "",
) -> list[Path]:
    """Écrire une carte, et à côté son équivalent en texte.

    Parameters
    ----------
    vue : VueCarte
        Carte prête à dessiner.
    sortie : Path
        Fichier à écrire ; l’extension choisit le format : ``.png``, ``.svg``, ``.pdf``.
    format_page : {"A4", "A3", "diapo"}
        Format de la feuille ; ``diapo`` est une diapositive 16:9.
    orientation : {"paysage", "portrait"}
        Sens de la feuille.
    document : str
        Identifiant au registre des exports, imprimé au pied de la page.

    Returns
    -------
    list of Path
        L’image, puis le texte (même nom, extension ``.txt``).

    Raises
    ------
    ErreurDemande
        Si l’extension, le format ou l’orientation est inconnu, ou si le dossier manque.
    """
    sortie = Path(sortie)
    verifier_sortie(sortie)
    figure = dessiner_carte(
        vue, format_page=format_page, orientation=orientation, document=document
    )
    fiche, equivalent = fiche_d_une_vue(vue, document), composer_equivalent(vue, document)
    return ecrire_avec_texte(figure, fiche, sortie, equivalent)


def fiche_d_une_vue(vue: VueCarte, document: str = "") -> Fiche:
    """Métadonnées du fichier d’une carte."""
    return Fiche(
        titre=vue.titre,
        sous_titre=vue.sous_titre,
        alternative=vue.texte_alternatif,
        source=vue.source,
        mots_cles=(vue.libelle_indicateur, vue.nom_ville, str(vue.millesime)),
        document=document,
    )


def composer_equivalent(vue: VueCarte, document: str = "") -> str:
    """Équivalent de la carte en texte : tout ce qu’elle montre, zone par zone.

    Parameters
    ----------
    vue : VueCarte
        Carte à dire.
    document : str
        Identifiant au registre des exports.

    Returns
    -------
    str
        Texte en français, une zone par ligne dans l’ordre alphabétique.
    """
    avis = ["VILLE FICTIVE : données inventées pour la démonstration.", ""]
    lignes = [
        *(avis if vue.est_fictive else []),
        vue.titre,
        vue.sous_titre,
        "",
        vue.texte_alternatif,
        "",
        f"{vue.nom_ville}{FINE}: {vue.texte_ville} {vue.complement_ville}".rstrip(),
        "",
        f"{vue.legende.titre} ({vue.legende.titre_effectif})",
        *(f"- {c.libelle}{FINE}: {c.effectif}" for c in vue.legende.classes),
        *(f"- {a.libelle}{FINE}: {n}" for a, n in vue.legende.aspects if n),
        "",
        f"Tableau{FINE}: zone{FINE}; valeur{FINE}; écart à la référence{FINE}; statut{FINE}; qualité",
        *_lignes_tableau(vue.zones),
        "",
        f"Quartiers prioritaires de la politique de la ville (QPV){FINE}:",
        *(_lignes_tableau(vue.qpv) or ["aucun"]),
        "",
        *lignes_des_lieux(vue),
        vue.phrase_lecture,
        vue.precaution,
        vue.source,
        f"Édition {vue.edition}",
        *([f"Document {document}"] if document else []),
    ]
    return "\n".join(lignes).strip() + "\n"


def _lignes_tableau(territoires: gpd.GeoDataFrame) -> list[str]:
    voulues = ["nom", "texte_valeur", "texte_ecart", "texte_statut", "texte_qualite"]
    colonnes = [c for c in voulues if c in territoires]
    table = territoires[colonnes].astype(str).sort_values("nom", kind="stable")
    return [
        f"{FINE}; ".join(case.strip() or "sans objet" for case in ligne)
        for ligne in table.itertuples(index=False)
    ]
