"""Documents de la ville fictive, composés une seule fois."""

from __future__ import annotations

import pytest

from observatoire.catalogue import charger_catalogue
from observatoire.exports.choix import Choix
from observatoire.exports.contenu import composer_contenu
from observatoire.exports.modele import Modele


@pytest.fixture(scope="session")
def contenu_fictif(edition_fictive):
    return composer_contenu(edition_fictive, charger_catalogue(), Choix())


@pytest.fixture(scope="session")
def note_fictive(contenu_fictif):
    from observatoire.exports.note import composer_note

    return composer_note(contenu_fictif, Modele())


@pytest.fixture(scope="session")
def document_fictif(contenu_fictif):
    from observatoire.exports.document import composer_document

    return composer_document(contenu_fictif, Modele())


@pytest.fixture(scope="session")
def diaporama_fictif(contenu_fictif):
    from observatoire.exports.diaporama import composer_diaporama

    return composer_diaporama(contenu_fictif, Modele())
