"""Faire un document, ou son aperçu, dans un processus à part, à la demande de l’application.

Le serveur des pages ne charge ainsi ni dessin ni composition, et un document lourd ne ralentit
personne. Chaque ligne de l’entrée standard est un ordre en JSON ; chaque ligne de la sortie standard
aussi : ``{"etape": …}`` autant de fois qu’il faut, puis ``{"resultat": …}`` ou ``{"erreur": …}``.

Lancement : ``python -m observatoire.exports.ouvrier``.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurObservatoire
from observatoire.exports import FORMATS
from observatoire.exports.apercu import preparer_apercu
from observatoire.exports.demande import Contexte, Demande
from observatoire.exports.noms import dans_dossier, nom_de_fichier
from observatoire.exports.production import ouvrir_contexte, produire
from observatoire.exports.registre import verifier_ecriture

__all__ = ["executer"]

_journal = logging.getLogger(__name__)
_IMPREVU = (
    "Une erreur imprévue a interrompu le document ; elle est notée dans le journal du serveur. "
    "Prévenez la personne chargée de l’observation."
)
_ETAPES = {
    "carte": "Dessin de la carte",
    "cartes-jumelles": "Dessin des deux cartes",
    "note": "Cartes, tableaux et mise en page de la note",
    "document": "Cartes, tableaux et styles du document",
    "diaporama": "Cartes, graphiques et tableaux du diaporama",
    "tableur": "Feuilles du tableur",
    "csv": "Écriture de la table",
    "geo": "Écriture des couches",
    "page": "Assemblage de la page",
}


def executer(ordre: Mapping[str, Any], dire: Callable[[str], None]) -> dict[str, Any]:
    """Exécuter un ordre.

    Parameters
    ----------
    ordre : mapping
        ``mode`` (« apercu » ou « document »), ``racine``, ``ville``, ``format``, ``extension``,
        ``demande`` (:meth:`observatoire.exports.demande.Demande.en_json`), ``dossier``.
    dire : callable
        Appelé avec le nom de chaque étape.

    Returns
    -------
    dict
        Aperçu, ou ``identifiant``, ``edition`` et ``fichiers`` (noms, le principal d’abord).

    Raises
    ------
    ErreurObservatoire
        Demande impossible, édition illisible, registre qui ne peut être écrit.
    """
    chemins = Chemins.depuis(ordre["racine"])
    demande = Demande.depuis_json(ordre["demande"])
    nom, dossier = str(ordre["format"]), Path(ordre["dossier"])
    est_document = ordre["mode"] == "document"
    if est_document:
        verifier_ecriture(chemins)
    dire("Lecture de l’édition et protection des valeurs masquées")
    contexte = ouvrir_contexte(chemins, str(ordre["ville"]))
    dire(_ETAPES[nom])
    if not est_document:
        return preparer_apercu(contexte, nom, demande, dossier).en_json()
    sortie = dans_dossier(dossier, _nommer(contexte, nom, demande) + str(ordre["extension"]))
    production = produire(contexte, nom, demande, sortie, complements={"origine": "application"})
    return {
        "identifiant": production.identifiant,
        "edition": contexte.edition.identifiant,
        "fichiers": [f.name for f in production.fichiers],
    }


def _nommer(contexte: Contexte, nom: str, demande: Demande) -> str:
    """Nom du fichier : la ville, puis l’indicateur de la carte ou le genre du document."""
    morceaux = [contexte.edition.nom_commune, FORMATS[nom].nom_de_fichier or nom]
    if nom in ("carte", "cartes-jumelles"):
        morceaux += [*demande.indicateurs, *map(str, demande.millesimes)]
    return nom_de_fichier(" ".join(morceaux))


def _ecrire(message: Mapping[str, Any]) -> None:
    assert sys.__stdout__ is not None
    sys.__stdout__.write(json.dumps(message) + "\n")
    sys.__stdout__.flush()


def _repondre(ligne: str) -> None:
    """Exécuter un ordre ; une faute, même imprévue, est dite et n’arrête pas l’ouvrier."""
    try:
        resultat = executer(json.loads(ligne), lambda etape: _ecrire({"etape": etape}))
    except ErreurObservatoire as erreur:
        _ecrire({"erreur": str(erreur)})
    except Exception:  # noqa: BLE001 – dite à la personne, notée au journal
        _journal.exception("Document interrompu")
        _ecrire({"erreur": _IMPREVU})
    else:
        _ecrire({"resultat": resultat})


def main() -> None:
    """Exécuter les ordres un à un, jusqu’à la fin de l’entrée."""
    # Ce qu’une bibliothèque écrirait à l’écran ne doit pas se mêler aux réponses.
    with redirect_stdout(sys.stderr):
        for ligne in sys.stdin:
            _repondre(ligne)


if __name__ == "__main__":
    main()
