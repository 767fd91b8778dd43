"""Trame du rapport annuel sur la mise en œuvre de la politique de la ville, sans mise en forme.

Cadre : articles L. 1111-2 et L. 1811-2 du code général des collectivités territoriales, contenu
fixé par le décret n° 2015-1118 du 3 septembre 2015. L’observatoire remplit ce qu’il sait et laisse
à la ville, entre crochets, ce qu’elle seule peut écrire.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pandas as pd

from observatoire.redaction import ecrire_date, ecrire_nom, ecrire_nombre, majuscule, pluriel
from observatoire.suivi.bilan import Bilan
from observatoire.suivi.modeles import VILLE_ENTIERE
from observatoire.suivi.phrases import citer_ecarts, ecrire_euros, montants_inconnus
from observatoire.suivi.situation import Constat, constater

__all__ = [
    "CADRE_LEGAL",
    "Bloc",
    "Tableau",
    "Texte",
    "annee_du_rapport",
    "composer_trame",
    "constats_du_rapport",
    "ecarts_nommes",
]

CADRE_LEGAL = (
    "Articles L. 1111-2 et L. 1811-2 du code général des collectivités territoriales ; "
    "décret n° 2015-1118 du 3 septembre 2015."
)
_PHRASES_PAR_QUARTIER = 4
_TENANT = 12
Genre: TypeAlias = Literal["titre", "sous_titre", "paragraphe", "puce", "a_ecrire", "avis"]


@dataclass(frozen=True, slots=True)
class Texte:
    """Un titre, un paragraphe, une puce, ou ce que la ville doit écrire (``a_ecrire``), ou l’avis de tête."""

    genre: Genre
    texte: str


@dataclass(frozen=True, slots=True)
class Tableau:
    """Un tableau de texte."""

    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]
    parts: tuple[float, ...]
    """Largeur de chaque colonne, en part de celle de la page."""

    @property
    def est_solidaire(self) -> bool:
        """Vrai s’il est assez court pour ne pas se couper entre deux pages."""
        return len(self.lignes) <= _TENANT


Bloc: TypeAlias = Texte | Tableau


def annee_du_rapport(bilan: Bilan, annee: int | None) -> int:
    """Année retracée : celle qui est demandée, sinon la dernière financée, sinon l’an passé."""
    return annee or (bilan.annees[0] if bilan.annees else bilan.jour.year - 1)


def composer_trame(bilan: Bilan, *, annee: int, quartier: str | None = None) -> list[Bloc]:
    """Composer les blocs du rapport, dans l’ordre de lecture ; le titre du document n’y est pas.

    Parameters
    ----------
    bilan : Bilan
        Tableaux du suivi.
    annee : int
        Année retracée.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    """
    quartiers = [q for q in bilan.noms if q != VILLE_ENTIERE and quartier in {None, q}]
    return [
        Texte("paragraphe", CADRE_LEGAL),
        Texte(
            "avis",
            "Trame produite par l’observatoire le "
            f"{ecrire_date(bilan.jour)}. Les passages signalés sont à écrire par la ville ; les chiffres "
            "viennent de l’observatoire et du suivi. Le projet de rapport est soumis pour avis aux conseils "
            "municipaux concernés et aux conseils citoyens, dont les contributions sont annexées ; vérifiez les "
            "textes en vigueur",
        ),
        Texte("titre", "1. Orientations du contrat de ville et projet de territoire"),
        Texte("a_ecrire", "rappel des orientations du contrat de ville et du projet de territoire"),
        Texte("titre", "2. Évolution de la situation dans les quartiers prioritaires"),
        Texte(
            "paragraphe",
            "Sont dits les écarts nets à la ville, un par thème : un écart qui n’est pas dit peut exister sans que "
            "les données l’établissent. L’année est celle du chiffre.",
        ),
        *(
            bloc
            for q, dits in constats_du_rapport(bilan, quartier)
            for bloc in _situation(bilan, q, dits)
        ),
        Texte("a_ecrire", "lecture de cette situation au regard des objectifs du contrat de ville"),
        Texte("titre", f"3. Actions menées au bénéfice des habitants en {annee}"),
        *_actions(bilan, quartiers, annee),
        Texte("titre", "4. Perspectives et améliorations nécessaires"),
        *_perspectives(bilan, quartiers),
        Texte("titre", "5. Articulation des volets social, économique et urbain"),
        Texte(
            "a_ecrire",
            "articulation des volets et, s’il y a lieu, avec le renouvellement urbain",
        ),
        Texte(
            "titre",
            "6. Développement social urbain financé par la dotation de solidarité urbaine",
        ),
        Texte(
            "a_ecrire",
            "à remplir si la ville a reçu cette dotation au titre de l’année écoulée",
        ),
        Texte("titre", "7. Parole des habitants"),
        *_paroles(bilan, quartiers),
        Texte("titre", "Annexes"),
        Texte(
            "a_ecrire",
            "avis des conseils municipaux, des conseils citoyens et des signataires du contrat",
        ),
    ]


def constats_du_rapport(bilan: Bilan, quartier: str | None) -> list[tuple[str, list[Constat]]]:
    """Écarts nets que le rapport dit de chaque quartier, ou du seul quartier demandé."""
    return [
        (q, constater(bilan, q)[:_PHRASES_PAR_QUARTIER])
        for q in bilan.noms
        if q != VILLE_ENTIERE and quartier in {None, q}
    ]


def ecarts_nommes(bilan: Bilan, quartier: str | None) -> set[tuple[str, int]]:
    """Indicateur et millésime des grands écarts que le rapport nomme sans les chiffrer."""
    manques = _sans_action(bilan, [q for q, _ in constats_du_rapport(bilan, quartier)])
    nommes = {libelle for libelles in manques["grands_ecarts"] for libelle in libelles}
    lignes = bilan.lignes[bilan.lignes["indicateur"].map(bilan.libelles).isin(nommes)]
    return {
        (str(i), int(a)) for i, a in zip(lignes["indicateur"], lignes["millesime"], strict=True)
    }


def _situation(bilan: Bilan, code: str, constats: Sequence[Constat]) -> Iterator[Bloc]:
    """Les écarts nets les plus grands, un par thème, en phrases."""
    yield Texte("sous_titre", f"{ecrire_nom(bilan.noms[code])} ({code})")
    for constat in constats:
        yield Texte("puce", f"{majuscule(constat.texte)} ({constat.millesime})")
    if not constats:
        yield Texte(
            "paragraphe",
            "Aucun écart net n’est établi pour ce quartier avec les données disponibles.",
        )


def _actions(bilan: Bilan, quartiers: Sequence[str], annee: int) -> Iterator[Bloc]:
    financees = set(bilan.montants.loc[bilan.montants["annee"] == annee, "identifiant"])
    efforts = bilan.par_quartier(annee).set_index("quartier")
    for code in [*quartiers, VILLE_ENTIERE]:
        siennes = [
            a for a in bilan.programme.actions if code in a.parts and a.identifiant in financees
        ]
        if not siennes:
            continue
        yield Texte("sous_titre", ecrire_nom(bilan.noms[code]))
        effort = efforts.loc[code]
        par_habitant = effort["euros_par_habitant"]
        suite = ""
        if not pd.isna(par_habitant):
            suite = f", soit {ecrire_nombre(float(par_habitant))}\u00a0€ par habitant"
        accorde = ecrire_euros(effort["accorde_c"], inconnus=montants_inconnus(bilan, annee, code))
        yield Texte(
            "paragraphe",
            f"{len(siennes)} {pluriel('action', len(siennes))} {pluriel('financée', len(siennes))} ; "
            f"montant accordé : {accorde}{suite}.",
        )
        yield Tableau(
            ("Action", "Axe", "Porteur", "État"),
            tuple((a.intitule, a.axe, a.porteur, a.etat.libelle) for a in siennes),
            (0.34, 0.28, 0.24, 0.14),
        )
    yield Texte("paragraphe", bilan.prudence)


def _perspectives(bilan: Bilan, quartiers: Sequence[str]) -> Iterator[Bloc]:
    manques = _sans_action(bilan, quartiers)
    if len(manques):
        yield Texte(
            "paragraphe",
            "Thèmes où un grand écart est établi et qu’aucune action en cours ou prévue ne vise :",
        )
    for r in manques.to_dict("records"):
        yield Texte(
            "puce",
            f"{ecrire_nom(r['nom'])}, {r['libelle'].lower()} : {citer_ecarts(r['grands_ecarts'])}",
        )
    vises = {*quartiers, VILLE_ENTIERE}
    retards = [a for a in bilan.avancement()["en_retard"] if vises & set(a.parts)]
    if retards:
        yield Texte("paragraphe", f"Actions en retard : {', '.join(a.intitule for a in retards)}.")
    communs = bilan.communs("freins", parmi=vises)
    if len(communs):
        cites = ", ".join(
            f"{r['etiquette'].lower()} ({len(r['quartiers'])} quartiers)"
            for r in communs.to_dict("records")
        )
        yield Texte("paragraphe", f"Freins communs à plusieurs quartiers : {cites}.")
    yield Texte("a_ecrire", "perspectives au regard des résultats obtenus et des moyens mobilisés")


def _sans_action(bilan: Bilan, quartiers: Sequence[str]) -> pd.DataFrame:
    couverture = bilan.couverture()
    return couverture[
        (couverture["constat"] == "sans action") & couverture["quartier"].isin(list(quartiers))
    ]


def _paroles(bilan: Bilan, quartiers: Sequence[str]) -> Iterator[Bloc]:
    """Seules les paroles dont la publication est consentie : le rapport est public."""
    notes = [n for n in bilan.programme.public().notes if n.quartier in {*quartiers, VILLE_ENTIERE}]
    for note in notes:
        lieu = ecrire_nom(bilan.noms.get(note.quartier, note.quartier))
        yield Texte("puce", f"« {note.texte} » ({lieu}, {note.source}, {ecrire_date(note.date)})")
    if not notes:
        yield Texte("a_ecrire", "paroles recueillies dans les conseils citoyens et les ateliers")
