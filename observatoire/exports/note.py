"""Note PDF composée par typst : balisée, titrée, en français (PDF/UA-1), polices embarquées.

Le gabarit lit le contenu comme des données : aucun texte n’est interprété comme du balisage.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from observatoire.cartes import palettes
from observatoire.cartes.francais import typographier
from observatoire.cartes.modeles import Aspect, VueCarte
from observatoire.cartes.typographie import DOSSIER_POLICES
from observatoire.erreurs import ErreurDemande
from observatoire.exports.images import carte_svg
from observatoire.exports.lignes import Chiffre
from observatoire.exports.modele import Modele
from observatoire.exports.phrases import majuscule
from observatoire.exports.points import dessiner_svg
from observatoire.exports.profils import Profil, Repere
from observatoire.exports.reperes import AVIS_SOURCES_FICTIVES, dire_document, note_du_tableau
from observatoire.exports.structure import Contenu, Ligne, Serie
from observatoire.redaction import FINE, INSECABLE, ecrire_nombre, ecrire_valeur

__all__ = ["composer_note", "dessiner_pages"]

_GABARIT = Path(__file__).resolve().parent / "gabarits" / "note.typ"
_CARTE_MM = (166.0, 140.0)
_PEU, _BEAUCOUP = 5, 14
_SERRES = (1.0, 0.94, 0.88)
"""Corps et blancs de la fin de la note, essayés l’un après l’autre."""
_PAGE_PLEINE = 0.3
"""Part de la dernière page au-delà de laquelle elle ne paraît pas vide."""
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
    pdf = _compiler(
        contenu, modele, format="pdf", pdf_standards="ua-1", timestamp=_horodatage(contenu)
    )
    assert isinstance(pdf, bytes)
    return pdf


def dessiner_pages(
    contenu: Contenu, modele: Modele, *, nombre: int = 2, ppp: float = 100
) -> list[bytes]:
    """Premières pages de la note en PNG, pour les montrer avant de la faire."""
    pages = _compiler(contenu, modele, format="png", ppi=ppp)
    return [pages] if isinstance(pages, bytes) else list(pages[:nombre])


def _compiler(contenu: Contenu, modele: Modele, **reglages: Any) -> Any:
    with tempfile.TemporaryDirectory(prefix="note-") as brut:
        dossier = Path(brut)
        (dossier / "note.typ").write_bytes(_GABARIT.read_bytes())
        donnees = _donnees(contenu, modele, dossier)
        try:
            return _compiler_serre(dossier, donnees, reglages)
        except typst.TypstError as erreur:
            raise ErreurDemande(
                f"La note n’a pas pu être composée ({erreur.message}) : vérifiez le logo du modèle, "
                "puis les noms des quartiers."
            ) from erreur


def _compiler_serre(dossier: Path, donnees: dict[str, Any], reglages: dict[str, Any]) -> Any:
    """Compiler ; si la dernière page est presque vide, resserrer la fin de la note."""
    for serre in _SERRES:
        texte = json.dumps({**donnees, "serre": serre}, ensure_ascii=False)
        (dossier / "contenu.json").write_text(_lisible(texte), "utf-8")
        compilateur = typst.Compiler(
            str(dossier / "note.typ"), root=str(dossier), font_paths=_polices()
        )
        fin = json.loads(compilateur.query("<fin>", field="value", one=True))
        if fin["part"] > _PAGE_PLEINE:
            break
    return compilateur.compile(**reglages)


@lru_cache(maxsize=1)
def _polices() -> Any:
    # Les polices de typst ne servent qu’aux lettres que les nôtres n’ont pas.
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(DOSSIER_POLICES)]
    )


@lru_cache(maxsize=1)
def _lettres() -> frozenset[str]:
    with TTFont(DOSSIER_POLICES / "ObservatoireSans-Regular.ttf") as police:
        return frozenset(map(chr, police.getBestCmap()))


def _lisible(texte: str) -> str:
    """Remplacer par « □ » une lettre qu’aucune police n’a : PDF/UA refuse un signe sans dessin."""
    autres = {
        c
        for c in set(texte) - _lettres()
        if not unicodedata.name(c, "").startswith(("LATIN", "GREEK", "CYRILLIC"))
    }
    return texte.translate(dict.fromkeys(map(ord, autres - {"\n"}), "□"))


def _horodatage(contenu: Contenu) -> datetime:
    """Date du fichier : celle de l’édition, pour que deux exports soient identiques."""
    return datetime.fromisoformat(contenu.publiee_le).astimezone(UTC)


def _donnees(contenu: Contenu, modele: Modele, dossier: Path) -> dict[str, Any]:
    logo = ""
    if modele.logo is not None:
        logo = f"logo{modele.logo.suffix.lower()}"
        (dossier / logo).write_bytes(modele.logo.read_bytes())
    tableau = contenu.tableau
    return {
        "service": modele.service,
        "mention": modele.mention,
        "logo": logo,
        "texte_logo": modele.texte_logo,
        "couleur": modele.couleur,
        "couleur_titres": modele.couleur_titres,
        "surtitre": contenu.surtitre,
        "titre": contenu.titre,
        "nom_document": contenu.nom_document,
        "avis_fictif": contenu.avis_fictif,
        "edition": contenu.edition,
        "date_edition": contenu.date_edition,
        "identifiant": contenu.identifiant,
        "nom_ville": contenu.nom_ville,
        "nom_reference": contenu.nom_reference,
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
        },
        "lecture": list(contenu.lecture),
        "titre_profils": contenu.titre_profils,
        "profils": [_profil(p) for p in contenu.profils],
        "avis_profils": contenu.avis_profils,
        "methode": [[d.terme, d.sens] for d in contenu.methode],
        "precautions": list(contenu.precautions),
        "glossaire": [[d.terme, d.sens] for d in contenu.glossaire],
        "definitions": [[d.terme, d.sens] for d in contenu.definitions],
        "sources": [
            [s.citation, s.titre, s.licence, s.date_fichier, s.precaution] for s in contenu.sources
        ],
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
                **_chiffre(chiffre),
            }
            for nom, chiffre in zip(serie.noms, serie.chiffres, strict=True)
        ],
    }


def _ligne(ligne: Ligne) -> dict[str, Any]:
    return {
        "nom": ligne.nom,
        "code": ligne.code,
        "habitants": ligne.habitants,
        "chiffres": [_chiffre(c) for c in ligne.chiffres],
    }


def _chiffre(chiffre: Chiffre) -> dict[str, Any]:
    return {
        "texte": chiffre.texte,
        "intervalle": chiffre.intervalle,
        "ecart": chiffre.ecart,
        "certitude": chiffre.certitude,
        "verdict": chiffre.verdict,
        "compare": chiffre.compare,
        "cote": chiffre.ecart_signe,
        "connu": chiffre.valeur is not None,
    }


def _profil(profil: Profil) -> dict[str, Any]:
    return {
        "nom": profil.nom,
        "code": profil.code,
        "habitants": profil.habitants,
        "phrases": [{"texte": p.texte, "verdict": p.verdict} for p in profil.phrases],
        "reperes": [_repere(r) for r in profil.reperes],
    }


def _repere(repere: Repere) -> dict[str, Any]:
    chiffre = repere.chiffre
    return {
        "libelle": repere.libelle,
        "annee": chiffre.millesime,
        "points": dessiner_svg(chiffre, repere.echelle),
        "alternative": chiffre.en_mots,
        "ville": repere.texte_reference,
        **_chiffre(chiffre),
    }
