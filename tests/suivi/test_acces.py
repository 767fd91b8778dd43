"""Rôles et secrets : configurations dangereuses refusées, jetons revérifiés."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from observatoire.erreurs import ErreurDemande
from observatoire.suivi.acces import Acces, Role, lire_acces, role_de

INSTANT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ACCES = Acces(
    actif=True,
    roles={"ana@ville.fr": Role.ADMINISTRATION, "@ville.fr": Role.LECTEUR},
    client_id="observatoire",
)
JETON = {
    "aud": "observatoire",
    "iat": INSTANT.timestamp() - 60,
    "exp": INSTANT.timestamp() + 3600,
    "email": "ana@ville.fr",
    "email_verified": True,
}
ROLES = '[acces]\nactif = true\n[acces.roles]\n"ana@ville.fr" = "administration"\n'
SECRETS = {
    "redirect_uri": "https://observatoire.ville.fr/oauth2callback",
    "cookie_secret": "kQ3vN8xZr1LwTf6YpB2mHs9JdCg4UaEe",
    "client_id": "observatoire",
    "client_secret": "secret-du-client",
    "server_metadata_url": "https://connexion.ville.fr/.well-known/openid-configuration",
}


def _ecrire(racine: Path, roles: str = ROLES, **secrets: str) -> Path:
    (racine / "suivi.toml").write_text(roles, encoding="utf-8")
    lignes = [f'{c} = "{v}"' for c, v in {**SECRETS, **secrets}.items() if v]
    fichier = racine / "secrets.toml"
    fichier.write_text("\n".join(["[auth]", *lignes]) + "\n", encoding="utf-8")
    fichier.chmod(0o600)
    return fichier


def test_ferme_par_defaut(tmp_path: Path) -> None:
    assert lire_acces(tmp_path) == Acces()
    assert role_de(Acces(), JETON, maintenant=INSTANT)[0] is None


def test_configuration_sure(tmp_path: Path) -> None:
    _ecrire(tmp_path)
    acces = lire_acces(tmp_path)
    assert acces.actif
    assert acces.roles == {"ana@ville.fr": Role.ADMINISTRATION}
    _ecrire(tmp_path, redirect_uri="http://localhost:8501/oauth2callback")
    assert lire_acces(tmp_path).actif


@pytest.mark.parametrize(
    ("secrets", "extrait"),
    [
        ({"cookie_secret": "court"}, "secret trop faible"),
        ({"cookie_secret": "a" * 64}, "secret trop faible"),
        ({"cookie_secret": ""}, "auth.cookie_secret : valeur absente"),
        ({"redirect_uri": "http://observatoire.ville.fr/oauth2callback"}, "connexion non chiffrée"),
        ({"redirect_uri": "http://localhost.exemple.fr/oauth2callback"}, "connexion non chiffrée"),
        ({"redirect_uri": "https://observatoire.ville.fr/"}, "ne finit pas par /oauth2callback"),
        ({"server_metadata_url": "http://connexion.ville.fr/x"}, "connexion non chiffrée"),
        ({"client_secret": ""}, "auth.client_secret : valeur absente"),
        ({"client_id": "…"}, "auth.client_id : valeur absente"),
    ],
)
def test_secrets_dangereux(tmp_path: Path, secrets: dict[str, str], extrait: str) -> None:
    _ecrire(tmp_path, **secrets)
    with pytest.raises(ErreurDemande, match=extrait) as leve:
        lire_acces(tmp_path)
    # Aucun secret n’est répété dans le message.
    assert SECRETS["client_secret"] not in str(leve.value)


def test_fautes_dites_ensemble(tmp_path: Path) -> None:
    roles = '[acces]\nactif = true\n[acces.roles]\n"@ville.fr" = "administration"\n"ana" = "chef"\n'
    roles += (
        '"@gmail.com" = "lecteur"\n"Bob@ville.fr" = "lecteur"\n"bob@ville.fr" = "observation"\n'
    )
    _ecrire(tmp_path, roles, cookie_secret="court").chmod(0o644)
    (tmp_path / "suivi.toml").chmod(0o666)
    with pytest.raises(ErreurDemande) as leve:
        lire_acces(tmp_path)
    texte = str(leve.value)
    for extrait in (
        "aurait le rôle administration",
        "ni une adresse ni un domaine",
        "rôle inconnu",
        "peuvent le lire",
        "trop faible",
        "ouverte à tous",
        "« bob@ville.fr » figure 2 fois",
        "s’y donner un rôle",
    ):
        assert extrait in texte


def test_secrets_absents_ou_dans_le_projet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _ecrire(tmp_path).unlink()
    with pytest.raises(ErreurDemande, match="fichier absent"):
        lire_acces(tmp_path)
    _ecrire(tmp_path)
    monkeypatch.setattr("observatoire.suivi.acces.racine_depot", lambda: tmp_path)
    with pytest.raises(ErreurDemande, match="dans le dossier du projet"):
        lire_acces(tmp_path)


def test_roles() -> None:
    assert role_de(ACCES, JETON, maintenant=INSTANT) == (Role.ADMINISTRATION, "")
    assert role_de(ACCES, {**JETON, "email": "Bob@Ville.FR"}, maintenant=INSTANT)[0] is Role.LECTEUR
    assert Role.ADMINISTRATION.permet(Role.OBSERVATION)
    assert not Role.LECTEUR.permet(Role.OBSERVATION)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "autre-application"},
        {"aud": []},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"iat": True},
        {"iat": INSTANT.timestamp() + 3600},
        {"exp": INSTANT.timestamp() - 7200, "iat": INSTANT.timestamp() - 60},
        {"iat": INSTANT.timestamp() - 13 * 3600},
        {"email": "ana@ailleurs.fr"},
        {"email": "ana@ville.fr.ailleurs.fr"},
        {"email": "ana@ailleurs.fr@ville.fr"},
        {"email": "@ville.fr"},
        {"email": ""},
        {"email_verified": ["true"]},
        {"email_verified": False},
        {"email_verified": None},
    ],
)
def test_jetons_refuses(change: dict[str, object]) -> None:
    role, raison = role_de(ACCES, {**JETON, **change}, maintenant=INSTANT)
    assert role is None
    assert raison
