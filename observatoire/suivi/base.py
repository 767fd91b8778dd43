"""Base du suivi : SQLite dans le dossier des données, ou le serveur dont l’adresse est donnée."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.exc import SQLAlchemyError

from observatoire.erreurs import ErreurDonnees
from observatoire.suivi.configuration import adresse_base

__all__ = ["actions", "financements", "historique", "imports", "notes", "ouvrir", "parts"]

_metadonnees = MetaData()
actions = Table(
    "suivi_actions",
    _metadonnees,
    Column("code_commune", String(5), primary_key=True),
    Column("identifiant", String(80), primary_key=True),
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
    Column("identifiant", String(80), primary_key=True),
    Column("quartier", String(8), primary_key=True),
    Column("part", Integer, nullable=False),
    _lien(),
)
financements = Table(
    "suivi_financements",
    _metadonnees,
    Column("code_commune", String(5), primary_key=True),
    Column("identifiant", String(80), primary_key=True),
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
    Column("identifiant", String(80), primary_key=True),
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
    Column("identifiant", String(80), nullable=False),
    Column("champ", Text, nullable=False),
    Column("avant", Text, nullable=False),
    Column("apres", Text, nullable=False),
)


@contextmanager
def ouvrir(racine: Path) -> Iterator[Connection]:
    """Ouvrir une transaction : tout est écrit, ou rien.

    Parameters
    ----------
    racine : pathlib.Path
        Dossier des données.

    Raises
    ------
    ErreurDonnees
        Si la base est injoignable ou refuse l’écriture ; rien n’est changé.
    """
    adresse = adresse_base(racine)
    if adresse.drivername == "sqlite":
        racine.mkdir(parents=True, exist_ok=True)
    try:
        moteur = create_engine(adresse)
    except ModuleNotFoundError as erreur:
        raise ErreurDonnees(
            f"Le pilote de la base du suivi manque ({erreur.name}) : « pip install observatoire[postgresql] »."
        ) from erreur
    if adresse.drivername == "sqlite":
        event.listen(moteur, "connect", _exiger_les_liens)
    try:
        with moteur.begin() as connexion:
            _metadonnees.create_all(connexion)
            yield connexion
    except SQLAlchemyError as erreur:
        detail = str(getattr(erreur, "orig", None) or type(erreur).__name__)[:120]
        raise ErreurDonnees(
            f"La base du suivi ({adresse.drivername}) ne répond pas ou refuse l’écriture ({detail}) : "
            "rien n’a été changé ; vérifiez l’adresse, le mot de passe et que le serveur est démarré."
        ) from erreur
    finally:
        moteur.dispose()


def _exiger_les_liens(connexion: object, _enregistrement: object) -> None:
    curseur = connexion.cursor()  # type: ignore[attr-defined]
    curseur.execute("PRAGMA foreign_keys=ON")
    curseur.close()
