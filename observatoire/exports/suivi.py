"""Documents du suivi comme documents du registre : programme par quartier, rapport annuel.

Ils se font avec l’édition protégée : un programme ne montre rien que les autres documents taisent.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

import pandas as pd

from observatoire.cartes.ecriture_papier import ecrire_entier
from observatoire.erreurs import ErreurDemande
from observatoire.exports.demande import Contexte, Demande, Document
from observatoire.exports.tables import valeurs_citees
from observatoire.indicateurs import joindre_ecarts
from observatoire.suivi import VILLE_ENTIERE, Bilan, etablir_bilan, programme_de

__all__ = ["bilan_du_contexte", "produire_programme", "produire_rapport"]


def bilan_du_contexte(contexte: Contexte, *, public: bool) -> Bilan:
    """Programme de la ville, joint à son édition protégée.

    Parameters
    ----------
    contexte : Contexte
    public : bool
        Seulement ce qui est marqué public.

    Raises
    ------
    ErreurDemande
        Si rien n’est suivi pour cette ville.
    """
    edition = contexte.edition
    programme = programme_de(contexte.chemins, edition.code_commune)
    if not programme.actions and not programme.notes:
        raise ErreurDemande(
            f"Aucune action pour {edition.nom_commune} : « observatoire suivi modele » donne le classeur à remplir."
        )
    if public:
        programme = programme.public()
    return etablir_bilan(programme, edition, contexte.catalogue)


def produire_programme(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Programme par quartier : ``.pdf`` à imprimer, ``.xlsx`` à filtrer."""
    bilan, annee = _ouvrir(contexte, demande)
    if sortie.suffix.lower() == ".xlsx":
        from observatoire.suivi.export_tableur import ecrire_programme

        quartier = _un_seul(demande.quartiers, "Le classeur du programme")
        ecrire_programme(
            bilan, sortie, nom_ville=_nom_ville(contexte), quartier=quartier, annee=annee
        )
        vises = bilan.besoin_et_effort(annee)
        return _document(contexte, sortie, _cles(vises, demande.quartiers))
    from observatoire.exports.modele import charger_modele
    from observatoire.exports.programme import composer_programme, composer_programme_pdf

    programme = composer_programme(
        bilan, contexte, quartiers=demande.quartiers, annee=annee, identifiant=document
    )
    modele = charger_modele(contexte.chemins, contexte.catalogue)
    ecrire_entier(sortie, composer_programme_pdf(programme, modele))
    return _document(contexte, sortie, programme.cites)


def produire_rapport(
    contexte: Contexte, demande: Demande, sortie: Path, document: str = ""
) -> Document:
    """Trame du rapport annuel : ``.docx`` à compléter, ``.pdf`` à relire."""
    bilan, annee = _ouvrir(contexte, demande)
    quartier = _un_seul(demande.quartiers, "Le rapport annuel")
    from observatoire.exports.modele import charger_modele
    from observatoire.exports.rapport_annuel import composer_rapport, composer_rapport_pdf

    rapport = composer_rapport(
        bilan, contexte, annee=annee, quartier=quartier, identifiant=document
    )
    composer = composer_rapport_pdf
    if sortie.suffix.lower() == ".docx":
        from observatoire.exports.rapport_word import composer_rapport_docx as composer
    ecrire_entier(sortie, composer(rapport, charger_modele(contexte.chemins, contexte.catalogue)))
    return _document(contexte, sortie, rapport.cites)


def _ouvrir(contexte: Contexte, demande: Demande) -> tuple[Bilan, int | None]:
    bilan = bilan_du_contexte(contexte, public=demande.public)
    connus = [q for q in bilan.noms if q != VILLE_ENTIERE]
    inconnus = [q for q in demande.quartiers if q not in connus]
    fautes = []
    if inconnus:
        fautes.append(
            f"quartier inconnu {', '.join(f'« {q} »' for q in inconnus)} (quartiers de "
            f"{contexte.edition.nom_commune} : {', '.join(connus) or 'aucun'})"
        )
    annees = [a for a in demande.millesimes if a not in bilan.annees]
    if annees:
        connues = ", ".join(map(str, bilan.annees)) or "aucune"
        fautes.append(
            f"aucun financement en {', '.join(map(str, annees))} (années financées : {connues})"
        )
    if fautes:
        raise ErreurDemande(f"Le document demandé est impossible : {' ; '.join(fautes)}.")
    return bilan, demande.millesimes[0] if demande.millesimes else None


def _un_seul(quartiers: Sequence[str], sujet: str) -> str | None:
    if len(quartiers) > 1:
        raise ErreurDemande(f"{sujet} se fait pour un quartier, ou pour tous : n’en donnez qu’un.")
    return quartiers[0] if quartiers else None


def _nom_ville(contexte: Contexte) -> str:
    edition = contexte.edition
    return edition.nom_commune + (" (ville fictive)" if edition.est_fictive else "")


def _cles(table: pd.DataFrame, quartiers: Sequence[str]) -> set[tuple[str, str, int]]:
    if table.empty:
        return set()
    connues = table[table["millesime"].notna()]
    return {
        (str(r["quartier"]), str(r["indicateur"]), int(r["millesime"]))
        for r in connues.to_dict("records")
        if not quartiers or r["quartier"] in quartiers
    }


def _document(contexte: Contexte, sortie: Path, cites: Set[tuple[str, str, int]]) -> Document:
    """Document et valeurs citées, telles que l’édition les donne."""
    lignes = joindre_ecarts(contexte.edition.resultats, contexte.edition.ecarts, reference="ville")
    cles = zip(
        lignes["code_territoire"],
        lignes["indicateur"],
        lignes["millesime"].astype(int),
        strict=True,
    )
    retenues = lignes[[cle in cites for cle in cles]]
    # Un point dont seules les bornes se lisent n’est cité par aucun document.
    seules = retenues["bornes_seules"].eq(True)
    return Document(
        (sortie,),
        valeurs_citees(
            retenues.assign(**{c: retenues[c].mask(seules) for c in ("valeur", "ecart")})
        ),
    )
