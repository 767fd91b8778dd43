"""Repérer des données personnelles dans un texte : adresses et numéros refusés, noms signalés."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["donnees_interdites", "noms_possibles"]

_COUPURE = r"[\s.,\-/_()]{0,3}"
"""Entre deux chiffres d’un numéro, de quelque façon qu’on le coupe."""
_AROBASE = r"(?:@|\(\s?(?:at|arobase|a)\s?\)|\[\s?(?:at|arobase|a|@)\s?\]|\barobase\b)"
_POINT = r"(?:\s?\.\s?|\s?\(?(?:\bpoint\b|\bdot\b)\)?\s?)"
_ADRESSE_ELECTRONIQUE = re.compile(
    rf"[\w+-]\s?{_AROBASE}\s?[\w-]+(?:{_POINT}[\w-]+)*", re.IGNORECASE
)
_DATE = re.compile(
    r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?![.\-/]?\d)"
)
# Métropole et outre-mer ; 08 n’est le numéro d’aucune personne.
_TELEPHONE = re.compile(
    rf"(?<!\d)(?:(?:\+|00)?{_COUPURE}(?:33|262|269|508|590|594|596|68[179]){_COUPURE}(?:0{_COUPURE})?|[0O]{_COUPURE})"
    rf"[1-79](?:{_COUPURE}\d){{8}}(?!\d)"
)
_SECURITE_SOCIALE = re.compile(
    r"(?<!\d)[12][\s.\-]?\d{2}[\s.\-]?(?:0[1-9]|1[0-2]|[2-9]\d)[\s.\-]?(?:\d{2}|2[AB])"
    r"[\s.\-]?\d{3}[\s.\-]?\d{3}(?:[\s.\-]?\d{2})?(?!\d)"
)
_DOMICILE = re.compile(
    r"(?:\bhabit(?:e|ent|ait)|\bdomicil\w+|\bdemeure|\bloge|\bvi[ts]|\badresse|\bchez (?:moi|elle|lui))\b"
    r"[^.;]{0,20}?\b\d{1,4}\s?(?:bis|ter)?,?\s"
    r"(?:rue|avenue|boulevard|place|allée|chemin|impasse|galerie|cours|quai|square|montée)\b",
    re.IGNORECASE,
)
_NOM = r"(?:(?:de|du|des|la|le)\s)*(?:d’)?[A-ZÀ-Ý][\w’\-]+"
_INITIALE = r"(?:[A-ZÀ-Ý]\.\s?)?"
_CIVILITE = re.compile(
    r"\b(?:(?i:mmes?|mlles?|monsieur|madame|mademoiselle|docteur|dr|mr)\.?|MM?\.?)\s+"
    rf"{_INITIALE}{_NOM}(?:\s+{_NOM})?"
)
_PRENOM_NOM = r"[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?\s+[A-ZÀ-Ý][\w’\-]+"
_PRESENTATION = re.compile(
    r"(?:(?i:\bje m’appelle|\bmon nom est|\bmon prénom est)\s+([A-ZÀ-Ý][\w\-]+(?:\s+[A-ZÀ-Ý][\w’\-]+)?)"
    rf"|(?i:\bje suis|\bdit|\bselon|\bd’après|\bpar)\s+({_PRENOM_NOM})"
    rf"|\b({_PRENOM_NOM}),?\s+(?:dit|disait|explique|raconte|demande|pense|témoigne)\b)"
)
_PRENOM = r"[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?"
_NOM_CAPITALES = re.compile(
    rf"\b(?:({_PRENOM})\s+[A-ZÀ-Ý]{{3,}}|[A-ZÀ-Ý]{{5,}}\s+({_PRENOM}))\b(?!\s+[A-ZÀ-Ý])"
)
# Ce qui précède un nom de lieu, et ce qui n’est pas un prénom en tête d’une phrase.
_LIEUX = re.compile(
    r"\b(?:[A-ZÀ-Ý][\w\-]+|rue|avenue|boulevard|place|allée|cours|quai|square|école|collège|lycée|groupe scolaire|crèche|"
    r"salle|maison|centre|gymnase|stade|parc|tour|résidence|quartier)\s+$"
)
_MOTS_COURANTS = frozenset(
    {
        "Le", "La", "Les", "Un", "Une", "Des", "Du", "De", "Au", "Aux", "En", "Et", "Ce", "Cette", "Ces", "Pour",
        "Par", "Sur", "Avec", "Sans", "Dans", "Selon", "Notre", "Votre", "Leur", "Mon", "Ma", "Mes", "Son", "Sa",
        "Ses", "Il", "Elle", "On", "Nous", "Vous", "Qui", "Que",
    }
)  # fmt: skip
_FONCTIONS = re.compile(
    r"(?i:monsieur|madame)\s+(?:le|la|les)\s+(?:Maire|Préfet|Préfète|Président|Présidente|Directeur|Directrice)"
    r"|^Madame,? Monsieur$"
)


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
    # Une date suivie d’un nombre n’est pas un numéro.
    simple = _DATE.sub(" le jour dit ", _simplifier(texte))
    return [nature for motif, nature in motifs if motif.search(simple)]


def noms_possibles(texte: str) -> list[str]:
    """Noms qui pourraient être ceux de personnes privées ; à relire par une personne.

    Un contrôle automatique n’en voit qu’une partie : la civilité suivie d’un nom, « je m’appelle… »,
    « … dit que », un prénom à côté d’un nom en capitales.
    """
    simple = _simplifier(texte)
    trouves = [m.group(0) for m in _CIVILITE.finditer(simple)]
    trouves += [next(g for g in m.groups() if g) for m in _PRESENTATION.finditer(simple)]
    trouves += [
        m.group(0)
        for m in _NOM_CAPITALES.finditer(simple)
        if (m.group(1) or m.group(2)) not in _MOTS_COURANTS
        and not _LIEUX.search(simple[: m.start()])
    ]
    utiles = [t for t in trouves if t.split()[0] not in _MOTS_COURANTS and not _FONCTIONS.search(t)]
    return list(dict.fromkeys(utiles))


def _simplifier(texte: str) -> str:
    """Même texte, sans les variantes qui cachent un numéro : chiffres larges, tirets, espaces de largeur nulle."""
    plat = unicodedata.normalize("NFKC", texte).replace("'", "’")
    plat = "".join(c for c in plat if unicodedata.category(c) != "Cf")
    return re.sub(r"[\u2010-\u2015\u2212]", "-", plat)
