"""Page « Suivi » : vivante pour la ville fictive, absente par défaut pour une vraie ville."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from champs import html, options
from streamlit.testing.v1 import AppTest

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.interface import acces
from observatoire.interface.section_import import html_compte_rendu, html_refus
from observatoire.suivi import Changement, CompteRenduSuivi
from observatoire.suivi.acces import Role

SCRIPT = Path(__file__).resolve().parents[2] / "observatoire" / "interface" / "pages.py"


def _ouvrir(racine: Path, monkeypatch: pytest.MonkeyPatch, page: str, **choix: str) -> AppTest:
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine))
    script = f"from observatoire.interface import page_{page}\npage_{page}.afficher()\n"
    test = AppTest.from_string(script, default_timeout=90)
    for cle, valeur in choix.items():
        test.query_params[cle] = valeur
    return test.run()


def test_la_page_est_dans_la_navigation(
    racine_fictive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(racine_fictive))
    page = AppTest.from_file(str(SCRIPT), default_timeout=90).run()
    assert not page.exception
    assert ">Suivi</a>" in html(page)


def test_tableau_de_bord_de_la_ville_fictive(
    racine_fictive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _ouvrir(racine_fictive, monkeypatch, "suivi")
    assert not page.exception
    corps = html(page)
    for attendu in (
        "accordés de 2023 à 2026 au contrat de ville", "Où vont les moyens", "Besoin et effort, côte à côte",
        "ne disent pas qu’une action a causé un changement", "grand écart, aucune action en cours ou prévue",
        "Freins communs à plusieurs quartiers", "Ce que disent des habitants", "en retard",
    ):  # fmt: skip
        assert attendu in corps
    # Les paroles sans consentement ne sont pas montrées à qui n’a pas le rôle.
    assert "on manque de relais" not in corps
    assert "Mettre à jour le suivi" not in [e.label for e in page.expander]
    assert "2025" in options(page, "exercice")[0]
    choisie = _ouvrir(racine_fictive, monkeypatch, "suivi", exercice="2025")
    assert "accordés en 2025" in html(choisie)


def test_fiche_de_quartier_complete(racine_fictive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _ouvrir(racine_fictive, monkeypatch, "quartiers", qpv="QN00004M")
    assert not page.exception
    corps = html(page)
    assert "Lieux proches" in corps
    assert "à vol d’oiseau" in corps
    assert "Actions du contrat de ville" in corps
    # BR-10 et BR-05 ne sont pas publiques, et la fiche dit qu’elle ne montre pas tout.
    assert "Jardins partagés" not in corps
    assert "Seules les actions rendues publiques" in corps
    assert "début prévu le " in corps


@pytest.mark.parametrize("configuration", ["", "[acces]\nactif = true\n", "pas du toml ["])
def test_une_vraie_ville_n_a_pas_la_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configuration: str
) -> None:
    monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(tmp_path))
    monkeypatch.setattr(acces, "edition_affichee", lambda: SimpleNamespace(est_fictive=False))
    if configuration:
        (tmp_path / "suivi.toml").write_text(configuration, encoding="utf-8")
    assert acces.pages_du_suivi() == {}


def test_la_ville_fictive_ne_se_modifie_pas() -> None:
    role = acces.role_courant(SimpleNamespace(est_fictive=True))  # type: ignore[arg-type]
    assert role is Role.LECTEUR


def test_la_fiche_vaut_sans_le_suivi(racine_fictive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATOIRE_SUIVI_BASE", "postgresql://u:motdepasse@127.0.0.1:9/base")
    page = _ouvrir(racine_fictive, monkeypatch, "quartiers", qpv="QN00004M")
    assert not page.exception
    corps = html(page)
    assert "Lieux proches" in corps
    assert "ne peuvent pas être affichées en ce moment" in corps
    # Rien de la configuration n’est dit au public.
    assert "motdepasse" not in corps
    assert "127.0.0.1" not in corps


def test_un_refus_est_echappe_et_complet() -> None:
    fautes = [Anomalie(f"<img src=x> {k}", "c.xlsx, Actions!A2") for k in range(40)]
    texte = html_refus(ErreurDonnees("Le classeur « <b>![](http://ailleurs) » :", fautes))
    assert texte.count("<li>") == 40
    assert "<img" not in texte
    assert "<b>![" not in texte


def test_un_import_dit_ce_qui_a_change() -> None:
    change = Changement("action", "A1", "versé 2024, <i>Ville", "50,00 €", "")
    rendu = CompteRenduSuivi(modifies={"A1": [change]}, inchanges=2, absents=["A9"])
    texte = html_compte_rendu(rendu)
    for attendu in ("50,00 €", "versé 2024, &lt;i&gt;Ville", "Absentes du classeur, gardées : A9"):
        assert attendu in texte
