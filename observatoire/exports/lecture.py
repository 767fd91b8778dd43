"""Ce qu’il faut lire avant les chiffres : statuts, écarts, arrondis, secret, sources."""

from __future__ import annotations

from observatoire.domaine import Reference, Statut, Verdict
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.tables import Tableaux
from observatoire.redaction import ecrire_nombre, pluriel

__all__ = ["lignes_a_lire"]


def lignes_a_lire(
    contexte: Contexte, tableaux: Tableaux, demande: Demande
) -> list[tuple[str, str]]:
    """Têtes et textes de la feuille « Lisez-moi » et de son équivalent dans les autres formats.

    Parameters
    ----------
    contexte : Contexte
    tableaux : Tableaux
    demande : Demande

    Returns
    -------
    list of (str, str)
        Dans l’ordre de lecture.
    """
    edition, longue = contexte.edition, tableaux.longue
    lignes = []
    if edition.est_fictive:
        lignes.append(
            (
                "Ville fictive",
                "Les données sont inventées pour la démonstration : ne pas les citer.",
            )
        )
    territoires = longue.drop_duplicates("code_territoire")["type_territoire"].value_counts()
    contenu = ", ".join(
        f"{ecrire_nombre(int(n))} {_accorder(str(t), int(n))}"
        for t, n in territoires.items()
        if t in _NOMS
    )
    lignes += [
        ("Contenu", f"{len(tableaux.indicateurs)} indicateurs ; {contenu}."),
        (
            "Quartiers",
            (
                "Les quartiers prioritaires de la politique de la ville (QPV) sont délimités d’après les "
                "revenus : une partie de leur écart à la ville tient à leur définition même."
            ),
        ),
        (
            "Statuts",
            (
                f"« {Statut.PUBLIE.libelle} » : chiffre du producteur, ou somme exacte de ses chiffres. "
                f"« {Statut.ESTIME.libelle} » : reconstitué à partir d’IRIS ou de carreaux, avec son intervalle. "
                f"« {Statut.SECRET.libelle} » : masqué pour protéger les personnes ; ce n’est jamais zéro. "
                f"« {Statut.ABSENT.libelle} » : le producteur ne diffuse pas ce chiffre."
            ),
        ),
        (
            "Bornes seules",
            "Quand l’estimation est trop incertaine, seules ses bornes se lisent : il n’y a ni valeur ni écart.",
        ),
        (
            "Écarts",
            (
                f"Référence : {Reference(demande.reference).libelle}. Un écart entre deux pourcentages est en points. "
                f"« {Verdict.ECART_NET.libelle} » : plus grand que l’incertitude ; « {Verdict.ECART_INDICATIF.libelle} » : "
                f"vraisemblable sans être sûr ; « {Verdict.NON_INTERPRETABLE.libelle} » : ne pas le citer."
            ),
        ),
        (
            "Ne pas faire",
            (
                "Ne pas faire la moyenne des taux ou des médianes de plusieurs territoires ; ne pas comparer deux "
                "millésimes sans lire la méthode."
            ),
        ),
        (
            "Textes neutralisés",
            (
                "Un texte venu des données qui commence par =, +, -, @, une tabulation ou un retour à la ligne est "
                "précédé d’une apostrophe, pour qu’aucun tableur ne le prenne pour une formule. Les nombres sont des nombres."
            ),
        ),
        _secret(tableaux),
    ]
    jeux = " ; ".join(dict.fromkeys(str(c) for c in tableaux.sources["citation"]))
    lignes += [
        ("Sources", f"{jeux}. Traitement : Observatoire."),
        (
            "Licence",
            "Licence Ouverte 2.0 (Etalab) : réutilisation libre, en citant les sources et l’édition.",
        ),
    ]
    return lignes


_NOMS = {"commune": "ville", "iris": "IRIS", "qpv": "quartier", "secteur": "secteur"}


def _secret(tableaux: Tableaux) -> tuple[str, str]:
    masquees = tableaux.masquees
    tete = "Secret secondaire"
    if masquees.empty:
        return tete, (
            "Aucune valeur masquée ne peut être recalculée à partir des totaux de ce document : rien n’a été masqué en plus."
        )
    libelles = {i.id: i.libelle for i in tableaux.indicateurs}
    detail = " ; ".join(
        f"{ligne.nom} ({libelles.get(str(ligne.indicateur), ligne.indicateur)}, {ligne.millesime})"
        for ligne in masquees.itertuples()
    )
    nombre = len(masquees)
    debut = "Une valeur a été masquée" if nombre == 1 else f"{nombre} valeurs ont été masquées"
    return tete, (
        f"{debut} en plus de celles du producteur, pour qu’aucun total ne permette de recalculer "
        f"une valeur sous secret : {detail}."
    )


def _accorder(type_territoire: str, nombre: int) -> str:
    nom = _NOMS[type_territoire]
    return nom if nom == "IRIS" else pluriel(nom, nombre)
