"""Garder un programme : mise à jour par identifiant, changements dits, historique."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from observatoire.chemins import Chemins
from observatoire.erreurs import Anomalie, ErreurDemande
from observatoire.ingestion import empreinte_fichier
from observatoire.redaction import ecrire_nombre
from observatoire.suivi import base
from observatoire.suivi.configuration import lire_reglages
from observatoire.suivi.lecture import Vocabulaire, lire_programme
from observatoire.suivi.modeles import Action, Etat, Financement, Note, Programme

__all__ = [
    "Changement",
    "CompteRenduSuivi",
    "dernier_import",
    "effacer_paroles",
    "importer",
    "lire_historique",
    "programme_de",
    "purger",
]


@dataclass(frozen=True, slots=True)
class Changement:
    """Un champ qui a changé ; une parole d’habitant ne garde pas son ancien texte."""

    objet: str
    identifiant: str
    champ: str
    avant: str
    apres: str


@dataclass
class CompteRenduSuivi:
    """Ce qu’un import a fait."""

    ajouts: list[str] = field(default_factory=list)
    modifies: dict[str, list[Changement]] = field(default_factory=dict)
    inchanges: int = 0
    absents: list[str] = field(default_factory=list)
    """Actions gardées bien qu’elles ne soient pas dans ce classeur, ou retirées si on l’a demandé."""
    retires: bool = False
    notes: int = 0
    purgees: int = 0
    avertissements: list[Anomalie] = field(default_factory=list)


def importer(
    chemins: Chemins,
    classeur: Path,
    vocabulaire: Vocabulaire,
    *,
    code_commune: str,
    auteur: str = "",
    remplacer: bool = False,
    maintenant: dt.datetime | None = None,
) -> CompteRenduSuivi:
    """Contrôler un classeur et mettre le programme à jour, en une transaction.

    Parameters
    ----------
    chemins : Chemins
        Racine des données.
    classeur : pathlib.Path
        Classeur XLSX rempli.
    vocabulaire : Vocabulaire
        Ce que les cellules peuvent nommer.
    code_commune : str
        Ville.
    auteur : str
        Qui importe, pour l’historique.
    remplacer : bool
        Retirer les actions que le classeur n’a plus ; sinon elles sont gardées et dites.
    maintenant : datetime, optional
        Par défaut, l’instant présent (UTC).

    Raises
    ------
    ErreurDonnees
        Toutes les fautes du classeur, ou base injoignable ; rien n’est perdu.
    """
    instant = maintenant or dt.datetime.now(dt.UTC)
    programme, anomalies = lire_programme(classeur, vocabulaire, jour=instant.date())
    compte_rendu = CompteRenduSuivi(avertissements=list(anomalies))
    with base.ouvrir(chemins.racine, ecrire=True) as connexion:
        ancien = _lire(connexion, code_commune)
        changements = _mettre_a_jour(
            connexion, code_commune, ancien, programme, compte_rendu, remplacer=remplacer
        )
        limite = lire_reglages(chemins.racine).notes.limite(instant.date())
        perimees = _purger(connexion, code_commune, limite)
        compte_rendu.purgees = len(perimees)
        _inscrire(
            connexion, code_commune, [*changements, *perimees], instant,
            auteur=auteur, fichier=classeur.name, sha256=empreinte_fichier(classeur),
        )  # fmt: skip
    return compte_rendu


def programme_de(chemins: Chemins, code_commune: str, *, jour: dt.date | None = None) -> Programme:
    """Programme d’une ville, actions par identifiant, notes de la plus récente à la plus ancienne.

    Une note plus ancienne que la durée de conservation n’est jamais rendue.
    """
    limite = lire_reglages(chemins.racine).notes.limite(jour or dt.datetime.now(dt.UTC).date())
    with base.ouvrir(chemins.racine) as connexion:
        programme = _lire(connexion, code_commune)
    gardees = tuple(n for n in programme.notes if n.date >= limite)
    return Programme(programme.actions, gardees)


def dernier_import(chemins: Chemins, code_commune: str) -> str:
    """Empreinte SHA-256 du dernier classeur importé ; vide s’il n’y en a pas."""
    i = base.imports
    requete = (
        select(i.c.sha256)
        .where(i.c.code_commune == code_commune, i.c.sha256 != "")
        .order_by(i.c.numero.desc())
    )
    with base.ouvrir(chemins.racine) as connexion:
        return str(connexion.execute(requete).scalars().first() or "")


def lire_historique(chemins: Chemins, code_commune: str) -> list[dict[str, Any]]:
    """Changements, l’opération la plus récente d’abord, dans l’ordre des champs.

    Returns
    -------
    list of dict
        ``importe_le`` (heure de cette machine), ``fichier`` (vide si ce n’est pas un import), ``auteur, objet,
        identifiant, champ, avant, apres``.
    """
    h, i = base.historique, base.imports
    requete = (
        select(
            i.c.importe_le, i.c.fichier, i.c.auteur,
            h.c.objet, h.c.identifiant, h.c.champ, h.c.avant, h.c.apres,
        )
        .join_from(h, i, h.c.import_numero == i.c.numero)
        .where(h.c.code_commune == code_commune)
        .order_by(i.c.numero.desc(), h.c.numero)
    )  # fmt: skip
    with base.ouvrir(chemins.racine) as connexion:
        return [
            {**r, "importe_le": _a_l_heure_d_ici(r["importe_le"])}
            for r in connexion.execute(requete).mappings()
        ]


def _a_l_heure_d_ici(instant: dt.datetime) -> dt.datetime:
    # SQLite rend une heure UTC sans le dire.
    return (instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)).astimezone()


def purger(
    chemins: Chemins, code_commune: str, *, jour: dt.date | None = None, auteur: str = ""
) -> int:
    """Effacer les paroles plus anciennes que la durée de conservation ; rend leur nombre."""
    instant = dt.datetime.now(dt.UTC)
    limite = lire_reglages(chemins.racine).notes.limite(jour or instant.date())
    with base.ouvrir(chemins.racine, ecrire=True) as connexion:
        changements = _purger(connexion, code_commune, limite)
        if changements:
            _inscrire(connexion, code_commune, changements, instant, auteur=auteur)
    return len(changements)


def effacer_paroles(
    chemins: Chemins, code_commune: str, identifiants: Sequence[str], *, auteur: str = ""
) -> None:
    """Effacer des paroles avant leur terme : consentement retiré, personne reconnaissable.

    L’historique garde leur numéro et la date, jamais leur texte.

    Raises
    ------
    ErreurDemande
        Si l’une n’existe pas ; aucune n’est alors effacée.
    """
    voulus = list(dict.fromkeys(i.strip() for i in identifiants))
    with base.ouvrir(chemins.racine, ecrire=True) as connexion:
        connus = {n.identifiant for n in _lire(connexion, code_commune).notes}
        inconnus = [i for i in voulus if i not in connus]
        if inconnus:
            raise ErreurDemande(
                f"Aucune parole {', '.join(f'« {i} »' for i in inconnus)} pour la commune {code_commune} ; "
                f"gardées : {', '.join(sorted(connus)) or 'aucune'}. Rien n’a été effacé."
            )
        for identifiant in voulus:
            _effacer(connexion, base.notes, code_commune, identifiant)
        changements = [_parole(i, "effacée sur demande") for i in voulus]
        _inscrire(connexion, code_commune, changements, dt.datetime.now(dt.UTC), auteur=auteur)


def _parole(identifiant: str, sort: str) -> Changement:
    # L’historique ne garde pas le texte : une parole effacée l’est partout.
    return Changement("note", identifiant, "parole", "", sort)


def _inscrire(
    connexion: Connection,
    code_commune: str,
    changements: Sequence[Changement],
    instant: dt.datetime,
    *,
    auteur: str,
    fichier: str = "",
    sha256: str = "",
) -> None:
    """Inscrire une opération et ce qu’elle a changé ; sans fichier, ce n’est pas un import."""
    valeurs = {
        "code_commune": code_commune, "importe_le": instant, "fichier": fichier, "sha256": sha256, "auteur": auteur,
    }  # fmt: skip
    numero = connexion.execute(insert(base.imports).values(valeurs)).inserted_primary_key
    lignes = [
        {"import_numero": numero[0] if numero is not None else 0, "code_commune": code_commune, **asdict(c)}
        for c in changements
    ]  # fmt: skip
    if lignes:
        connexion.execute(insert(base.historique), lignes)


def _purger(connexion: Connection, code_commune: str, limite: dt.date) -> list[Changement]:
    n = base.notes
    perimees = (n.c.code_commune == code_commune, n.c.date < limite)
    noms = connexion.execute(select(n.c.identifiant).where(*perimees).order_by(n.c.identifiant))
    changements = [_parole(i, "effacée, trop ancienne") for i in noms.scalars()]
    connexion.execute(delete(n).where(*perimees))
    return changements


def _mettre_a_jour(
    connexion: Connection,
    code_commune: str,
    ancien: Programme,
    nouveau: Programme,
    compte_rendu: CompteRenduSuivi,
    *,
    remplacer: bool,
) -> list[Changement]:
    avant = {a.identifiant: a for a in ancien.actions}
    changements: list[Changement] = []
    for action in nouveau.actions:
        precedente = avant.get(action.identifiant)
        siens = _comparer("action", action.identifiant, _decrire(precedente), _decrire(action))
        if precedente is None:
            compte_rendu.ajouts.append(action.identifiant)
        elif siens:
            compte_rendu.modifies[action.identifiant] = siens
        else:
            compte_rendu.inchanges += 1
            continue
        changements += siens
        _ecrire_action(connexion, code_commune, action)
    if nouveau.actions:
        presents = {a.identifiant for a in nouveau.actions}
        compte_rendu.absents = [i for i in avant if i not in presents]
    if remplacer:
        compte_rendu.retires = True
        for identifiant in compte_rendu.absents:
            changements += _comparer("action", identifiant, _decrire(avant[identifiant]), {})
            _effacer(connexion, base.actions, code_commune, identifiant)
    changements += _mettre_a_jour_notes(connexion, code_commune, ancien.notes, nouveau.notes)
    compte_rendu.notes = len(nouveau.notes)
    return changements


def _mettre_a_jour_notes(
    connexion: Connection, code_commune: str, anciennes: Sequence[Note], nouvelles: Sequence[Note]
) -> list[Changement]:
    avant = {n.identifiant: n for n in anciennes}
    changements = []
    for note in nouvelles:
        if avant.get(note.identifiant) == note:
            continue
        mot = "modifiée" if note.identifiant in avant else "ajoutée"
        changements.append(_parole(note.identifiant, mot))
        _effacer(connexion, base.notes, code_commune, note.identifiant)
        connexion.execute(
            insert(base.notes).values(
                code_commune=code_commune,
                identifiant=note.identifiant,
                quartier=note.quartier,
                theme=note.theme,
                date=note.date,
                source=note.source,
                texte=note.texte,
                publiable=note.publiable,
            )
        )
    return changements


def _effacer(connexion: Connection, table: Table, code_commune: str, identifiant: str) -> None:
    connexion.execute(
        delete(table).where(
            table.c.code_commune == code_commune, table.c.identifiant == identifiant
        )
    )


def _ecrire_action(connexion: Connection, code_commune: str, action: Action) -> None:
    # Ses parts et ses financements partent avec elle (lien « en cascade »).
    _effacer(connexion, base.actions, code_commune, action.identifiant)
    cle = {"code_commune": code_commune, "identifiant": action.identifiant}
    connexion.execute(
        insert(base.actions).values(
            **cle,
            intitule=action.intitule,
            description=action.description,
            axe=action.axe,
            porteur=action.porteur,
            indicateur=action.indicateur,
            theme=action.theme,
            etat=action.etat.value,
            debut=action.debut,
            fin=action.fin,
            evaluation=action.evaluation,
            freins=" ; ".join(action.freins),
            leviers=" ; ".join(action.leviers),
            public=action.public,
        )
    )
    connexion.execute(
        insert(base.parts), [{**cle, "quartier": q, "part": p} for q, p in action.parts.items()]
    )
    if action.financements:
        connexion.execute(
            insert(base.financements),
            [
                {
                    **cle,
                    "annee": f.annee,
                    "financeur": f.financeur,
                    "demande_c": f.demande_c,
                    "accorde_c": f.accorde_c,
                    "verse_c": f.verse_c,
                }
                for f in action.financements
            ],
        )


def _lire(connexion: Connection, code_commune: str) -> Programme:
    def lignes(table: Table) -> list[Mapping[str, Any]]:
        requete = select(table).where(table.c.code_commune == code_commune)
        return [dict(r) for r in connexion.execute(requete).mappings()]

    parts, financements = dict[str, dict[str, int]](), dict[str, list[Financement]]()
    for r in lignes(base.parts):
        parts.setdefault(r["identifiant"], {})[r["quartier"]] = int(r["part"])
    for r in lignes(base.financements):
        financements.setdefault(r["identifiant"], []).append(
            Financement(r["annee"], r["financeur"], r["demande_c"], r["accorde_c"], r["verse_c"])
        )
    actions = [
        Action(
            identifiant=r["identifiant"],
            intitule=r["intitule"],
            description=r["description"],
            axe=r["axe"],
            porteur=r["porteur"],
            indicateur=r["indicateur"],
            theme=r["theme"],
            etat=Etat(r["etat"]),
            debut=r["debut"],
            fin=r["fin"],
            evaluation=r["evaluation"],
            freins=_etiquettes(r["freins"]),
            leviers=_etiquettes(r["leviers"]),
            public=bool(r["public"]),
            parts=dict(sorted(parts.get(r["identifiant"], {}).items())),
            financements=tuple(
                sorted(financements.get(r["identifiant"], []), key=lambda f: (f.annee, f.financeur))
            ),
        )
        for r in lignes(base.actions)
    ]
    notes = [
        Note(
            r["identifiant"],
            r["quartier"],
            r["theme"],
            r["date"],
            r["source"],
            r["texte"],
            bool(r["publiable"]),
        )
        for r in lignes(base.notes)
    ]
    return Programme(
        tuple(sorted(actions, key=lambda a: a.identifiant)),
        tuple(sorted(notes, key=lambda n: (n.date, n.identifiant), reverse=True)),
    )


def _etiquettes(texte: str) -> tuple[str, ...]:
    return tuple(texte.split(" ; ")) if texte else ()


def _decrire(action: Action | None) -> dict[str, str]:
    """Champs d’une action en texte, pour dire ce qui a changé."""
    if action is None:
        return {}
    champs = {
        "intitulé": action.intitule,
        "description": action.description,
        "axe": action.axe,
        "porteur": action.porteur,
        "indicateur visé": action.indicateur,
        "thème": action.theme,
        "état": action.etat.libelle,
        "début": _jour(action.debut),
        "fin": _jour(action.fin),
        "évaluation": action.evaluation,
        "freins": " ; ".join(action.freins),
        "leviers": " ; ".join(action.leviers),
        "public": "oui" if action.public else "non",
    }
    champs |= {f"part {q}": f"{p / 100:g} %".replace(".", ",") for q, p in action.parts.items()}
    for f in action.financements:
        for nom, centimes in (
            ("demandé", f.demande_c),
            ("accordé", f.accorde_c),
            ("versé", f.verse_c),
        ):
            if centimes is not None:
                euros = f"{ecrire_nombre(centimes / 100, 2)} €"
                champs[f"{nom} {f.annee}, {f.financeur}"] = euros
    return {c: v for c, v in champs.items() if v}


def _comparer(
    objet: str, identifiant: str, avant: Mapping[str, str], apres: Mapping[str, str]
) -> list[Changement]:
    champs: Iterable[str] = dict.fromkeys([*avant, *apres])
    return [
        Changement(objet, identifiant, c, avant.get(c, ""), apres.get(c, ""))
        for c in champs
        if avant.get(c, "") != apres.get(c, "")
    ]


def _jour(date: dt.date | None) -> str:
    return "" if date is None else date.strftime("%d/%m/%Y")
