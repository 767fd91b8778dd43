"""Connexion au suivi dans un vrai navigateur : refus, rôle, import fautif puis bon."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from serveur_essai import lancer, port_libre

pytestmark = [
    pytest.mark.navigateur,
    pytest.mark.lent,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
SECRET = "kQ3vN8xZr1LwTf6YpB2mHs9JdCg4UaEe"
MEMBRE, ETRANGERE = "ana@ville.fr", "zoe@ailleurs.fr"


def _racine_reelle(source: Path, racine: Path) -> None:
    """La ville fictive, dite réelle pour l’essai, et sans programme."""
    shutil.copytree(source, racine)
    (racine / "suivi.sqlite").unlink()
    for manifeste in racine.glob("editions/00001/*/manifeste.json"):
        contenu = json.loads(manifeste.read_text(encoding="utf-8"))
        manifeste.write_text(json.dumps({**contenu, "ville_fictive": False}), encoding="utf-8")


def _classeurs(dossier: Path, edition) -> tuple[Path, Path]:  # type: ignore[no-untyped-def]
    from observatoire.catalogue import charger_catalogue
    from observatoire.suivi import ecrire_classeur, vocabulaire_de

    vocabulaire = vocabulaire_de(edition, charger_catalogue())
    action = [
        "G1",
        "Garde d’enfants",
        "",
        "Cohésion sociale",
        "Asso",
        "taux_chomage_15_64",
        "",
        "en cours",
    ]
    lignes = {
        "Actions": [action],
        "Quartiers": [["G1", "QN00001M", 100]],
        "Financements": [["G1", 2025, "Ville", 20_000, 18_000, None]],
        "Habitants": [
            ["P1", "QN00001M", "Emploi", "01/03/2026", "Atelier", "Parole réservée.", "non"]
        ],
    }
    bon, mauvais = dossier / "bon.xlsx", dossier / "mauvais.xlsx"
    ecrire_classeur(bon, vocabulaire, lignes=lignes)
    ecrire_classeur(mauvais, vocabulaire, lignes={**lignes, "Quartiers": [["G1", "QN00001M", 50]]})
    return bon, mauvais


def test_de_la_connexion_a_l_import(
    navigateur, racine_fictive: Path, edition_fictive, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    import oidc_provider_mock
    from playwright.sync_api import expect

    racine = tmp_path / "donnees"
    _racine_reelle(racine_fictive, racine)
    bon, mauvais = _classeurs(tmp_path, edition_fictive)
    comptes = [
        oidc_provider_mock.User(sub=c, claims={"email": c, "email_verified": True})
        for c in (MEMBRE, ETRANGERE)
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=comptes) as fournisseur:
        port = port_libre()
        secrets = racine / "secrets.toml"
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
            'client_id = "observatoire"\nclient_secret = "essai"\n'
            f'server_metadata_url = "http://localhost:{fournisseur.server_port}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        secrets.chmod(0o600)
        roles = f'[acces]\nactif = true\n[acces.roles]\n"{MEMBRE}" = "observation"\n'
        (racine / "suivi.toml").write_text(roles, encoding="utf-8")
        commande = [
            sys.executable, "-m", "observatoire", "ouvrir", "--port", str(port), "--donnees", str(racine),
        ]  # fmt: skip
        with lancer(commande, port):
            adresse = f"http://localhost:{port}"
            expect.set_options(timeout=60_000)

            def connecter(compte: str):  # type: ignore[no-untyped-def]
                onglet = navigateur.new_context().new_page()
                onglet.set_default_timeout(60_000)
                onglet.goto(f"{adresse}/suivi")
                onglet.get_by_role("button", name="Se connecter").click()
                onglet.wait_for_url("**/oauth2/authorize**")
                onglet.get_by_text(compte).first.click()
                onglet.wait_for_url(f"{adresse}/**")
                onglet.goto(f"{adresse}/suivi")
                return onglet

            expect(connecter(ETRANGERE).locator("h1")).to_have_text("Accès refusé")
            onglet = connecter(MEMBRE)
            expect(onglet.locator("h1")).to_have_text("Aucune action n’est encore suivie")
            onglet.get_by_text("Mettre à jour le suivi").click()
            bouton = onglet.get_by_role("button", name="Contrôler et importer")
            onglet.set_input_files("input[type=file]", mauvais)
            bouton.click()
            expect(onglet.get_by_text("au lieu de 100 %").first).to_be_visible()
            onglet.set_input_files("input[type=file]", bon)
            expect(onglet.get_by_text("bon.xlsx").first).to_be_visible()
            bouton.click()
            expect(onglet.get_by_text("1 action(s) ajoutée(s)").first).to_be_visible()
            onglet.goto(f"{adresse}/suivi")
            expect(onglet.get_by_text("Où vont les moyens")).to_be_visible()
            # Le rôle « observation » voit la parole sans consentement ; le public ne la voit pas.
            expect(onglet.get_by_text("Parole réservée.")).to_be_visible()
            publique = navigateur.new_context().new_page()
            publique.goto(f"{adresse}/quartiers?qpv=QN00001M")
            expect(publique.get_by_text("Comment lire cette fiche")).to_be_visible()
            assert "Parole réservée." not in publique.content()
            assert "Garde d’enfants" not in publique.content()
