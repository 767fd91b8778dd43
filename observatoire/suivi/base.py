"""Base du suivi : SQLite dans le dossier des données, ou le serveur dont l’adresse est donnée."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from observatoire.erreurs import ErreurDonnees
from observatoire.suivi.configuration import adresse_base
from observatoire.suivi.modeles import LONGUEUR_IDENTIFIANT

__all__ = ["actions", "financements", "historique", "imports", "notes", "ouvrir", "parts"]

_metadonnees = MetaData()
actions = Table(
    "suivi_actions",
    _metadonnees,
    Column("code_commune", String(5), primary_key=True),
    Column("identifiant", String(LONGUEUR_IDENTIFIANT), primary_key=True),
    Column("intitule", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("axe", Text, nullable=False),
    Column("porteur", Text, nullable=False),
    Column("indicateur", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("etat", String(20), nullable=False),
    Column("debut", Date),
    Column("fin", Date),
    Column("evaluation", Text, nullable=False),
    Column("freins", Text, nullable=False),
    Column("leviers", Text, nullable=False),
    Column("public", Boolean, nullable=False),
)


def _lien() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["code_commune", "identifiant"],
        ["suivi_actions.code_commune", "suivi_actions.identifiant"],
        ondelete="CASCADE",
    )


parts = Table(
    "suivi_parts",
    _metadonnees,
    Column("code_commune", String(5), primary_key=True),
    Column("identifiant", String(LONGUEUR_IDENTIFIANT), primary_key=True),
    Column("quartier", String(8), primary_key=True),
    Column("part", Integer, nullable=False),
    _lien(),
)
financements = Table(
    "suivi_financements",
    _metadonnees,
    Column("code_commune", String(5), primary_key=True),
    Column("identifiant", String(LONGUEUR_IDENTIFIANT), primary_key=True),
    Column("annee", Integer, primary_key=True, autoincrement=False),
    Column("financeur", String(120), primary_key=True),
    Column("demande_c", BigInteger),
    Column("accorde_c", BigInteger),
    Column("verse_c", BigInteger),
    _lien(),
)
notes = Table(
    "suivi_notes",
    _metadonnees,
    Column("code_commune", String(5), primary_key=True),
    Column("identifiant", String(LONGUEUR_IDENTIFIANT), primary_key=True),
    Column("quartier", String(8), nullable=False),
    Column("theme", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("texte", Text, nullable=False),
    Column("publiable", Boolean, nullable=False),
)
imports = Table(
    "suivi_imports",
    _metadonnees,
    Column("numero", Integer, primary_key=True),
    Column("code_commune", String(5), nullable=False),
    Column("importe_le", DateTime(timezone=True), nullable=False),
    Column("fichier", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("auteur", Text, nullable=False),
)
historique = Table(
    "suivi_historique",
    _metadonnees,
    Column("numero", Integer, primary_key=True),
    Column("import_numero", Integer, nullable=False),
    Column("code_commune", String(5), nullable=False),
    Column("objet", String(10), nullable=False),
    Column("identifiant", String(LONGUEUR_IDENTIFIANT), nullable=False),
    Column("champ", Text, nullable=False),
    Column("avant", Text, nullable=False),
    Column("apres", Text, nullable=False),
)


_ATTENTE_S = 30
_VERROU = 7_303_014
"""Numéro du verrou des écritures dans PostgreSQL, propre au suivi."""


@contextmanager
def ouvrir(racine: Path, *, ecrire: bool = False) -> Iterator[Connection]:
    """Ouvrir une transaction : tout est écrit, ou rien.

    Deux personnes qui écrivent le font l’une après l’autre : la seconde compare à ce que la première
    a laissé.

    Parameters
    ----------
    racine : pathlib.Path
        Dossier des données.
    ecrire : bool
        Prendre le droit d’écrire dès l’ouverture ; au bout de trente secondes d’attente, c’est une erreur.

    Raises
    ------
    ErreurDonnees
        Si la base est injoignable ou refuse l’écriture ; rien n’est changé.
    """
    adresse = adresse_base(racine)
    est_sqlite = adresse.get_backend_name() == "sqlite"
    if est_sqlite:
        racine.mkdir(parents=True, exist_ok=True)
    try:
        moteur = create_engine(adresse, connect_args={"timeout": _ATTENTE_S} if est_sqlite else {})
    except ModuleNotFoundError as erreur:
        raise ErreurDonnees(
            f"Le pilote de la base du suivi manque ({erreur.name}) : « pip install observatoire[postgresql] »."
        ) from erreur
    if est_sqlite:
        event.listen(moteur, "connect", _preparer_sqlite)
    try:
        _creer_tables(moteur)
        with _transaction(moteur, ecrire=ecrire) as connexion:
            yield connexion
    except SQLAlchemyError as erreur:
        detail = str(getattr(erreur, "orig", None) or type(erreur).__name__)[:120]
        raise ErreurDonnees(
            f"La base du suivi ({adresse.drivername}) ne répond pas ou refuse l’écriture ({detail}) : "
            "rien n’a été changé ; vérifiez l’adresse, le mot de passe, que le serveur est démarré et que "
            "personne d’autre n’importe en ce moment."
        ) from erreur
    finally:
        moteur.dispose()


@contextmanager
def _transaction(moteur: Engine, *, ecrire: bool) -> Iterator[Connection]:
    """Transaction ; avec ``ecrire``, les autres écritures attendent qu’elle finisse."""
    with moteur.connect() as connexion, connexion.begin():
        if moteur.dialect.name == "sqlite":
            connexion.execute(text("BEGIN IMMEDIATE" if ecrire else "BEGIN"))
        elif ecrire and moteur.dialect.name == "postgresql":
            connexion.execute(text(f"SET LOCAL lock_timeout = '{_ATTENTE_S}s'"))
            connexion.execute(text(f"SELECT pg_advisory_xact_lock({_VERROU})"))
        yield connexion


def _creer_tables(moteur: Engine) -> None:
    """Créer les tables à la première ouverture, une seule fois même si deux personnes ouvrent."""
    with moteur.connect() as connexion:
        if inspect(connexion).has_table(historique.name):
            return
    with _transaction(moteur, ecrire=True) as connexion:
        _metadonnees.create_all(connexion)
    if moteur.dialect.name == "sqlite" and moteur.url.database:
        # Les paroles sans consentement n’ont pas à être lues des autres comptes de la machine.
        fichier = Path(moteur.url.database)
        fichier.chmod(fichier.stat().st_mode & ~0o007)


def _preparer_sqlite(connexion: Any, _enregistrement: object) -> None:
    # Les transactions sont ouvertes ici, pas par le pilote.
    connexion.isolation_level = None
    # Les liens entre tables sont tenus ; une parole effacée l’est aussi des pages libres du fichier.
    for reglage in ("foreign_keys=ON", "secure_delete=ON"):
        connexion.execute(f"PRAGMA {reglage}").close()
