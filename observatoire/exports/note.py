"""Note PDF composée par typst : balisée, titrée, en français (PDF/UA-1), polices embarquées.

Le gabarit lit le contenu comme des données : aucun texte n’est interprété comme du balisage.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.cartes.legende_papier import contours_dessines
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.exports.images import carte_svg
from observatoire.exports.modele import Modele
from observatoire.exports.points import dessiner_svg
from observatoire.exports.profils import Profil, Repere
from observatoire.exports.reperes import AVIS_SOURCES_FICTIVES, dire_document, note_du_tableau
from observatoire.exports.structure import Contenu, Ligne, Serie
from observatoire.exports.typographe import (
    SERRES,
    chiffre_en_json,
    composer_pages,
    composer_pdf,
    presentation,
)
from observatoire.redaction import FINE, INSECABLE, ecrire_nombre, ecrire_valeur, majuscule

__all__ = ["composer_note", "dessiner_pages"]

_GABARIT = "note.typ"
_CARTE_MM = (166.0, 140.0)
_PEU, _BEAUCOUP = 5, 14
_ANNONCE = re.compile(r"^Lecture\s*:\s*")


def composer_note(contenu: Contenu, modele: Modele) -> bytes:
    """Composer la note ; le même contenu donne toujours les mêmes octets.

    Parameters
    ----------
    contenu : Contenu
    modele : Modele
        Présentation de la collectivité.

    Raises
    ------
    ErreurDemande
        Si typst ne sait pas lire le logo.
    """
    return composer_pdf(
        _GABARIT,
        partial(_donnees, contenu, modele),
        publiee_le=contenu.publiee_le,
        serres=SERRES,
    )


def dessiner_pages(
    contenu: Contenu, modele: Modele, *, nombre: int = 2, ppp: float = 100
) -> list[bytes]:
    """Premières pages de la note en PNG, pour les montrer avant de la faire."""
    pages = composer_pages(
        _GABARIT, partial(_donnees, contenu, modele), serres=SERRES, format="png", ppi=ppp
    )
    return [pages] if isinstance(pages, bytes) else list(pages[:nombre])


def _donnees(contenu: Contenu, modele: Modele, dossier: Path) -> dict[str, Any]:
    tableau = contenu.tableau
    return {
        **presentation(modele, dossier),
        "mots_cles": [contenu.nom_ville, "quartiers prioritaires", "QPV", contenu.edition],
        "surtitre": contenu.surtitre,
        "titre": contenu.titre,
        "nom_document": contenu.nom_document,
        "avis_fictif": contenu.avis_fictif,
        "edition": contenu.edition,
        "date_edition": contenu.date_edition,
        "identifiant": contenu.identifiant,
        "nom_ville": contenu.nom_ville,
        "nom_reference": contenu.nom_reference,
        "autre_reference": contenu.autre_reference,
        "synthese": list(contenu.synthese),
        "cartes": [_carte(v, dossier, rang) for rang, v in enumerate(contenu.cartes)],
        "series": [_serie(s) for s in contenu.series[: _series_montrees(contenu)]],
        "tableau": {
            "titre": tableau.titre,
            "nom_reference": majuscule(tableau.nom_reference),
            "colonnes": [
                {"nom": c.entete, "annee": c.millesime, "reference": c.texte_reference}
                for c in tableau.colonnes
            ],
            "lignes": [_ligne(ligne) for ligne in tableau.lignes],
            "source": tableau.source,
        },
        "lecture": list(contenu.lecture),
        "titre_profils": contenu.titre_profils,
        "profils": [_profil(p) for p in contenu.profils],
        "avis_profils": contenu.avis_profils,
        "methode": [[d.terme, d.sens] for d in contenu.methode],
        "precautions": list(contenu.precautions),
        "glossaire": [[d.terme, d.sens] for d in contenu.glossaire],
        "definitions": [[d.terme, d.sens] for d in contenu.definitions],
        "sources": [s.en_ligne for s in contenu.sources],
        "citation": contenu.citation,
        "note_du_tableau": note_du_tableau(contenu.nom_reference),
        "avis_sources": AVIS_SOURCES_FICTIVES if contenu.est_fictive else "",
        "dernier": dire_document(contenu.identifiant, contenu.edition, contenu.date_edition),
    }


def _series_montrees(contenu: Contenu) -> int:
    """Ce qui tient sous la synthèse, sur la première page."""
    nombre = len(contenu.tableau.lignes)
    return 2 if nombre <= _PEU else 1 if nombre <= _BEAUCOUP else 0


def _carte(vue: VueCarte, dossier: Path, rang: int) -> dict[str, Any]:
    svg, restes = carte_svg(vue, largeur_mm=_CARTE_MM[0], hauteur_mm=_CARTE_MM[1])
    nom = f"carte{rang}.svg"
    (dossier / nom).write_bytes(svg)
    legende = vue.legende
    return {
        "fichier": nom,
        "alternative": vue.texte_alternatif,
        "titre": vue.titre,
        "sous_titre": vue.sous_titre,
        "legende": legende.titre,
        "legende_effectif": legende.titre_effectif,
        "classes": [
            {"couleur": c.couleur, "libelle": c.libelle, "effectif": ecrire_nombre(c.effectif)}
            for c in legende.classes
        ],
        "aspects": [
            {
                "genre": a.value,
                "fond": palettes.FOND_ASPECT[a],
                "libelle": a.libelle,
                "effectif": ecrire_nombre(n),
            }
            for a, n in legende.aspects
            if n and a is not Aspect.VALEUR
        ],
        "contours": [
            {"libelle": libelle, "quartier": quartier}
            for libelle, quartier in contours_dessines(vue)
        ],
        "repere": legende.repere,
        "methode": legende.methode,
        "lecture": majuscule(_ANNONCE.sub("", vue.phrase_lecture)),
        "precaution": vue.precaution,
        "source": typographier(vue.source),
        "numerotes": [f"{i} {nom}" for i, nom in enumerate(restes, start=1)],
    }


def _serie(serie: Serie) -> dict[str, Any]:
    """Un indicateur, tous quartiers, sur une même échelle."""
    unite = serie.colonne.indicateur.unite
    bas, haut = (
        ecrire_valeur(v, unite, decimales=0 if unite == "pct" else None) for v in serie.echelle
    )
    return {
        "titre": serie.titre,
        "reference": serie.colonne.texte_reference,
        "echelle": f"de {bas.split(INSECABLE)[0].rstrip(f'{FINE}%')} à {haut}",
        "lignes": [
            {
                "nom": nom,
                "points": dessiner_svg(chiffre, serie.echelle),
                "alternative": chiffre.en_mots,
                **chiffre_en_json(chiffre),
            }
            for nom, chiffre in zip(serie.noms, serie.chiffres, strict=True)
        ],
    }


def _ligne(ligne: Ligne) -> dict[str, Any]:
    return {
        "nom": ligne.nom,
        "code": ligne.code,
        "habitants": ligne.habitants,
        "chiffres": [chiffre_en_json(c) for c in ligne.chiffres],
    }


def _profil(profil: Profil) -> dict[str, Any]:
    return {
        "nom": profil.nom,
        "code": profil.code,
        "habitants": profil.habitants,
        "phrases": [{"texte": p.texte, "verdict": p.verdict} for p in profil.phrases],
        "reperes": [_repere(r) for r in profil.reperes],
        "source": profil.source,
    }


def _repere(repere: Repere) -> dict[str, Any]:
    chiffre = repere.chiffre
    return {
        "libelle": repere.libelle,
        "annee": chiffre.millesime,
        "points": dessiner_svg(chiffre, repere.echelle),
        "alternative": chiffre.en_mots,
        "ville": repere.texte_reference,
        **chiffre_en_json(chiffre),
    }
