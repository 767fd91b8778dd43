"""Repérer des données personnelles dans un texte : adresses et numéros refusés, noms signalés."""

from __future__ import annotations

import re

__all__ = ["donnees_interdites", "noms_possibles"]

_ADRESSE_ELECTRONIQUE = re.compile(
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_TELEPHONE = re.compile(
    r"(?<![\w/])(?:\+\s?33|0033|0)\s?(?:\(0\)\s?)?[1-9](?:[\s.\-\u00a0\u202f]?\d{2}){4}(?!\d)"
)
_SECURITE_SOCIALE = re.compile(
    r"(?<!\d)[12]\s?\d{2}\s?(?:0[1-9]|1[0-2]|[2-9]\d)\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}(?:\s?\d{2})?(?!\d)"
)
_DOMICILE = re.compile(
    r"(?:habite|domicili\w+|demeure|loge)\b[^.;]{0,20}\b\d{1,4}\s?(?:bis|ter)?,?\s"
    r"(?:rue|avenue|boulevard|place|allée|chemin|impasse|galerie|cours|quai)\b",
    re.IGNORECASE,
)
_NOM = r"[A-ZÀ-Ý][\w’'\-]+"
_CIVILITE = re.compile(
    rf"\b(?:M\.|MM\.|Mme|Mmes|Mlle|Monsieur|Madame|Mademoiselle|Docteur|Dr)\s+(?:{_NOM})(?:\s+{_NOM})?"
)
_PRESENTATION = re.compile(
    rf"\b(?:je m[’']appelle|je suis|mon nom est|dit|selon|d[’']après)\s+({_NOM}\s+(?:{_NOM}|[A-ZÀ-Ý]{{2,}}))"
)
_NOM_CAPITALES = re.compile(r"\b[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?\s+[A-ZÀ-Ý]{3,}\b")
_FONCTIONS = ("le Maire", "la Maire", "le Préfet", "la Préfète", "le Président", "la Présidente")


def donnees_interdites(texte: str) -> list[str]:
    """Ce qui identifie une personne et n’a pas sa place dans un texte gardé.

    Parameters
    ----------
    texte : str
        Description d’action ou parole d’habitant.

    Returns
    -------
    list of str
        Nature de chaque donnée, sans la répéter : un message d’erreur ne doit pas la diffuser.
    """
    motifs = (
        (_ADRESSE_ELECTRONIQUE, "adresse électronique"),
        (_TELEPHONE, "numéro de téléphone"),
        (_SECURITE_SOCIALE, "numéro de sécurité sociale"),
        (_DOMICILE, "adresse d’un domicile"),
    )
    return [nature for motif, nature in motifs if motif.search(texte)]


def noms_possibles(texte: str) -> list[str]:
    """Noms qui pourraient être ceux de personnes privées ; à relire par une personne.

    Un contrôle automatique n’en voit qu’une partie : la civilité suivie d’un nom, « je m’appelle… »,
    un prénom suivi d’un nom en capitales.
    """
    trouves = [m.group(0) for m in _CIVILITE.finditer(texte)]
    trouves += [m.group(1) for m in _PRESENTATION.finditer(texte)]
    trouves += [m.group(0) for m in _NOM_CAPITALES.finditer(texte)]
    utiles = [t for t in trouves if not any(f in t for f in _FONCTIONS)]
    return list(dict.fromkeys(utiles))
