"""Programme d’actions par quartier, en PDF : besoin, actions, moyens, couverture, paroles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from observatoire.cartes.francais import de_la_ville, du_quartier, enumerer, typographier
from observatoire.exports.demande import Contexte
from observatoire.exports.modele import Modele
from observatoire.exports.points import dessiner_svg
from observatoire.exports.programme_contenu import (
    Effort,
    PageQuartier,
    composer_quartiers,
    lignes_de_moyens,
)
from observatoire.exports.reperes import (
    AVIS_FICTIF,
    AVIS_SOURCES_FICTIVES,
    Definition,
    citer_suivi,
    composer_methode,
    dire_document,
)
from observatoire.exports.typographe import SERRES, chiffre_en_json, composer_pdf, presentation
from observatoire.redaction import (
    INSECABLE,
    ecrire_date,
    ecrire_nom,
    ecrire_nombre,
    majuscule,
    pluriel,
)
from observatoire.suivi.bilan import PART_GRAND_ECART, Bilan
from observatoire.suivi.modeles import VILLE_ENTIERE, Action, Etat
from observatoire.suivi.phrases import (
    dire_actions,
    ecrire_euros,
    euros_par_habitant,
    message_du_programme,
)

__all__ = ["ProgrammeEcrit", "composer_programme", "composer_programme_pdf"]

_GABARIT = "programme.typ"
_ETATS = (
    ("en_retard", "en retard"), ("en_cours", "en cours"), ("prevue", "prévue"),
    ("terminee", "terminée"), ("abandonnee", "abandonnée"),
)  # fmt: skip


@dataclass(frozen=True)
class ProgrammeEcrit:
    """Un programme composé : le contenu du gabarit, et ce qu’il cite de l’édition."""

    donnees: dict[str, Any]
    cites: set[tuple[str, str, int]]
    """Territoire, indicateur et millésime de chaque chiffre cité."""
    publiee_le: str


def composer_programme_pdf(programme: ProgrammeEcrit, modele: Modele) -> bytes:
    """Mettre le programme en PDF ; le même contenu donne toujours les mêmes octets.

    Raises
    ------
    ErreurDemande
        Logo que typst ne sait pas lire.
    """
    ranger = partial(_ranger, programme, modele)
    return composer_pdf(_GABARIT, ranger, publiee_le=programme.publiee_le, serres=SERRES)


def _ranger(programme: ProgrammeEcrit, modele: Modele, dossier: Path) -> dict[str, Any]:
    return {**presentation(modele, dossier), **programme.donnees}


def composer_programme(
    bilan: Bilan,
    contexte: Contexte,
    *,
    quartiers: Sequence[str] = (),
    annee: int | None = None,
    identifiant: str = "",
) -> ProgrammeEcrit:
    """Composer le programme d’une ville, ou de quelques quartiers.

    Parameters
    ----------
    bilan : Bilan
        Programme joint à l’édition protégée du contexte.
    contexte : Contexte
    quartiers : sequence of str
        Codes ; tous sinon, dans l’ordre de leurs noms.
    annee : int, optional
        Une seule année de financement ; toutes sinon.
    identifiant : str
        Identifiant du document au registre.
    """
    edition = contexte.edition
    noms = {c: n for c, n in bilan.noms.items() if c != VILLE_ENTIERE}
    ordre = sorted((c for c in noms if not quartiers or c in quartiers), key=lambda c: (noms[c], c))
    pages = composer_quartiers(bilan, edition, contexte.catalogue, ordre, annee=annee)
    chiffres = tuple(e.chiffre for p in pages for e in p.efforts)
    seul = pages[0] if len(pages) == 1 else None
    lieu = f"{du_quartier(seul.nom)}, {edition.nom_commune}" if seul else _de_la_ville(contexte)
    cites = {(c.code_territoire, c.indicateur, c.millesime) for c in chiffres}
    cites |= {(p.code, b.indicateur, b.millesime) for p in pages for b in (*p.besoins, *p.atouts)}
    date_edition = ecrire_date(datetime.fromisoformat(str(edition.manifeste["publiee_le"])).date())
    donnees = {
        "surtitre": typographier(f"Contrat de ville : programme d’actions {lieu}"),
        "titre": _titre(bilan, seul, annee, complet=not quartiers),
        "sous_titre": typographier(
            "Quartiers prioritaires de la politique de la ville (QPV) · état du suivi au "
            f"{ecrire_date(bilan.jour)}"
        ),
        "nom_document": typographier(
            f"Programme d’actions du contrat de ville {lieu}"
            + (" (ville fictive)" if edition.est_fictive and seul else "")
        ),
        "mots_cles": [
            edition.nom_commune, "contrat de ville", "quartiers prioritaires", edition.identifiant,
        ],
        "avis_fictif": AVIS_FICTIF if edition.est_fictive else "",
        "nom_ville": edition.nom_commune,
        "edition": edition.identifiant,
        "identifiant": identifiant,
        "ensemble": None if seul else _ensemble(bilan, pages, annee, complet=not quartiers),
        "quartiers": [_page(p) for p in pages],
        "prudence": typographier(bilan.prudence),
        "methode": [[d.terme, d.sens] for d in (*_METHODE, *composer_methode(chiffres, reference="ville"))],
        "sources": [
            s.en_ligne for s in citer_suivi(edition, bilan.jour, {(i, a) for _, i, a in cites})
        ],
        "avis_sources": AVIS_SOURCES_FICTIVES if edition.est_fictive else "",
        "dernier": dire_document(
            identifiant, edition.identifiant, date_edition, suivi=ecrire_date(bilan.jour)
        ),
    }  # fmt: skip
    return ProgrammeEcrit(donnees, cites, str(edition.manifeste["publiee_le"]))


_METHODE = tuple(
    Definition(
        terme, typographier(majuscule(sens).format(grand=ecrire_nombre(100 * PART_GRAND_ECART)))
    )
    for terme, sens in (
        (
            "Après chaque écart",
            (
                "l’assurance avec laquelle il est affirmé, l’année du chiffre, puis sa qualité : « complète » s’il est publié "
                "ou exact, « estimée » s’il est reconstitué, « partiellement masquée » si une partie des habitants manque."
            ),
        ),
        (
            "Grand écart",
            (
                "écart net à la ville, défavorable, d’au moins {grand} % de sa valeur. Un écart non interprétable n’est "
                "jamais compté comme une absence d’écart."
            ),
        ),
        (
            "Montants",
            (
                "un montant est partagé entre les quartiers d’une action selon leurs parts, au centime près, puis "
                "arrondi à l’euro. « Au moins » : une partie des réponses n’est pas connue, et les euros par habitant sont alors un minimum ; "
                "« non connu » : aucune ne l’est."
            ),
        ),
        (
            "Par habitant et par an",
            (
                "montant accordé, divisé par la population du quartier que donne l’observatoire ; plusieurs années sont "
                "ramenées à une moyenne annuelle."
            ),
        ),
        (
            "En retard",
            "fin prévue dépassée sans que l’action soit terminée, ou début dépassé sans qu’elle ait commencé.",
        ),
    )
)


def _de_la_ville(contexte: Contexte) -> str:
    edition = contexte.edition
    return de_la_ville(edition.nom_commune + (" (ville fictive)" if edition.est_fictive else ""))


def _titre(bilan: Bilan, seul: PageQuartier | None, annee: int | None, *, complet: bool) -> str:
    if seul is not None:
        return typographier(f"{seul.nom} : {seul.message[:1].lower()}{seul.message[1:]}")
    if complet:
        return message_du_programme(bilan, annee)
    return "Le programme d’actions, quartier par quartier"


def _ensemble(
    bilan: Bilan, pages: Sequence[PageQuartier], annee: int | None, *, complet: bool
) -> dict[str, Any]:
    """Première page d’un programme de plusieurs quartiers."""
    efforts = bilan.par_quartier(annee)
    codes = {p.code for p in pages} | ({VILLE_ENTIERE} if complet else set())
    inconnus = bilan.inconnus("quartier", annee=annee).set_index("quartier")
    retenus = efforts[efforts["quartier"].isin(codes)]
    maximum = retenus["euros_par_habitant"].max()
    return {
        "essentiel": _essentiel(bilan, pages),
        "efforts": [
            {
                "nom": ecrire_nom(str(r["nom"])),
                "actions": str(r["actions"]),
                "montants": [
                    ecrire_euros(r[m], inconnus=int(inconnus[m].get(str(r["quartier"]), 0)))
                    for m in ("demande_c", "accorde_c", "verse_c")
                ],
                "par_habitant": euros_par_habitant(r["euros_par_habitant"]),
                "part": _part(r["euros_par_habitant"], maximum),
            }
            for r in sorted(
                retenus.to_dict("records"),
                key=lambda r: (r["quartier"] == VILLE_ENTIERE, str(r["nom"])),
            )
        ],
        "moyens": _moyens(lignes_de_moyens(bilan, annee)) if complet else [],
        "retards": [
            {
                "intitule": a.intitule,
                "porteur": a.porteur,
                "quartiers": ", ".join(ecrire_nom(bilan.noms[q]) for q in a.parts),
                "echeance": _echeance(a),
            }
            for a in bilan.avancement()["en_retard"]
            if codes & set(a.parts)
        ],
        "couverture": [
            {
                "nom": p.nom,
                "sans_action": enumerer([theme.lower() for theme, _ in p.sans_action]),
                "sans_ecart": enumerer([theme.lower() for theme in p.sans_ecart]),
            }
            for p in pages
        ],
    }


def _echeance(action: Action) -> str:
    """Ce qui est dépassé : la fin d’une action en cours, le début d’une action prévue."""
    if action.etat is Etat.PREVUE and action.debut is not None:
        return f"début prévu en {action.debut:%m/%Y}"
    return "" if action.fin is None else f"fin prévue en {action.fin:%m/%Y}"


def _part(effort: Any, maximum: Any) -> float:
    """Longueur d’une barre, de 0 à 1 ; 0 si l’effort n’est pas connu."""
    connu = effort is not None and effort == effort and bool(maximum)  # noqa: PLR0124 – NaN
    return float(effort) / float(maximum) if connu else 0.0


def _essentiel(bilan: Bilan, pages: Sequence[PageQuartier]) -> list[str]:
    """Où en est le programme, et ce qu’il laisse de côté, en trois ou quatre phrases."""
    groupes = bilan.avancement()
    etats = [
        f"{len(groupes[cle])}{INSECABLE}{mot if mot.startswith('en ') else pluriel(mot, len(groupes[cle]))}"
        for cle, mot in _ETATS
        if groupes[cle]
    ]
    nombre = len(bilan.programme.actions)
    phrases = [
        f"Aucune {dire_actions(bilan, 1)} n’est encore suivie"
        if not nombre
        else f"{nombre}{INSECABLE}{dire_actions(bilan, nombre)} {'est suivie' if nombre < 2 else 'sont suivies'} : {enumerer(etats)}"
    ]
    manques = [p for p in pages if p.sans_action]
    if manques:
        quartiers = enumerer([p.nom for p in manques])
        phrases.append(
            f"Un grand écart au moins n’est visé par aucune action en cours ou prévue dans {len(manques)} "
            f"{pluriel('quartier', len(manques))} : {quartiers}"
        )
    elif any(p.a_des_ecarts for p in pages) and bilan.se_voit_en_entier:
        phrases.append(
            "Chaque grand écart établi est visé par au moins une action en cours ou prévue"
        )
    communs = bilan.communs("freins")
    if len(communs):
        cites = [
            f"{str(r['etiquette']).lower()} ({len(r['quartiers'])} quartiers)"
            for r in communs.head(3).to_dict("records")
        ]
        phrases.append(f"Freins les plus partagés : {enumerer(cites)}")
    phrases.append(bilan.prudence.rstrip("."))
    return [typographier(p) for p in phrases]


def _moyens(lignes: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "annee": m.titre,
            "financeur": m.sous_titre,
            "montants": list(m.montants),
            "total": m.est_total,
        }
        for m in lignes
    ]


def _page(page: PageQuartier) -> dict[str, Any]:
    return {
        "code": page.code,
        "nom": page.nom,
        "habitants": page.habitants,
        "message": page.message,
        "besoins": [_constat(c) for c in page.besoins],
        "atouts": [_constat(c) for c in page.atouts],
        "efforts": [_effort(e) for e in page.efforts],
        "actions": [_action(a) for a in page.actions],
        "actions_ville": [_action(a) for a in page.actions_ville],
        "moyens": _moyens(page.moyens),
        "couverture": page.couverture,
        "sans_action": [[theme, ecarts] for theme, ecarts in page.sans_action],
        "sans_ecart": enumerer([t.lower() for t in page.sans_ecart]),
        "paroles": [
            {
                "texte": typographier(f"« {n.texte} »"),
                "source": f"{n.source}, {ecrire_date(n.date)}",
            }
            for n in page.paroles
        ],
    }


def _constat(constat: Any) -> dict[str, Any]:
    qualite = f" · {constat.qualite}" if constat.qualite else ""
    return {
        "texte": majuscule(constat.texte),
        "verdict": constat.verdict,
        "note": typographier(f"{constat.millesime}{qualite}"),
    }


def _effort(effort: Effort) -> dict[str, Any]:
    return {
        "libelle": effort.libelle,
        "annee": effort.chiffre.millesime,
        "points": dessiner_svg(effort.chiffre, effort.echelle),
        "alternative": effort.chiffre.en_mots,
        "actions": str(effort.actions),
        "accorde": effort.accorde,
        "par_habitant": effort.par_habitant,
        **chiffre_en_json(effort.chiffre),
    }


def _action(action: Any) -> dict[str, Any]:
    return {
        "intitule": action.intitule,
        "porteur": action.porteur,
        "axe": action.axe,
        "etat": action.etat,
        "en_retard": action.en_retard,
        "fin": action.fin,
        "part": action.part,
        "accorde": action.accorde,
    }
