"""Connexion de bout en bout avec un petit fournisseur OpenID Connect sur cette machine."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from observatoire.suivi.acces import Role, lire_acces, role_de

DEPOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(DEPOT / "tests" / "navigateur"))

from serveur_essai import lancer, port_libre  # noqa: E402

SECRET = "kQ3vN8xZr1LwTf6YpB2mHs9JdCg4UaEe"
CLIENT = "observatoire"
ADRESSE = "ana@ville.fr"

pytestmark = [
    pytest.mark.lent,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]


@dataclass
class Essai:
    """L’application, son dossier, et le fournisseur que l’on peut dérégler."""

    application: str
    racine: Path


@pytest.fixture(scope="module")
def essai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Essai]:
    import oidc_provider_mock

    racine = tmp_path_factory.mktemp("acces")
    personne = oidc_provider_mock.User(
        sub=ADRESSE, claims={"email": ADRESSE, "email_verified": True}
    )
    with oidc_provider_mock.run_server_in_thread(user_claims=[personne]) as fournisseur:
        port = port_libre()
        secrets = racine / "secrets.toml"
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "essai"\n'
            f'server_metadata_url = "http://localhost:{fournisseur.server_port}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        secrets.chmod(0o600)
        (racine / "suivi.toml").write_text(
            f'[acces]\nactif = true\n[acces.roles]\n"{ADRESSE}" = "observation"\n', encoding="utf-8"
        )
        commande = [
            sys.executable, "-m", "streamlit", "run", str(DEPOT / "app.py"),
            "--server.port", str(port), "--server.headless", "true", "--secrets.files", str(secrets),
        ]  # fmt: skip
        with lancer(commande, port) as (adresse, _):
            yield Essai(adresse, racine)


def _se_connecter(essai: Essai) -> dict[str, object] | None:
    """Parcourir la connexion ; rend ce que l’application a retenu de la personne, ou rien."""
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    contenu = {"provider": "default", "exp": int(time.time()) + 60}
    laissez_passer = jwt.encode({"alg": "HS256"}, contenu, OctKey.import_key(SECRET))
    with httpx.Client(follow_redirects=True, timeout=30, trust_env=False) as client:
        page = client.get(f"{essai.application}/auth/login", params={"provider": laissez_passer})
        assert "oauth2/authorize" in str(page.url), page.text[:300]
        client.post(page.url, data={"sub": ADRESSE})
        biscuit = next((c.value for c in client.cookies.jar if c.name == "_streamlit_user"), None)
    if not biscuit:
        return None
    propre = re.sub(r'^"|"$', "", biscuit).encode()
    decode = decode_signed_value(SECRET, "_streamlit_user", propre)
    return None if decode is None else dict(json.loads(decode))


def test_bon_jeton_ouvre_avec_son_role(essai: Essai) -> None:
    jeton = _se_connecter(essai)
    assert jeton is not None
    assert role_de(lire_acces(essai.racine), jeton) == (Role.OBSERVATION, "")


def test_jeton_forge_refuse(essai: Essai, monkeypatch: pytest.MonkeyPatch) -> None:
    from oidc_provider_mock import _app

    d_origine = _app.OpenIDCode.get_jwt_config
    autre = RSAKey.generate_key(2048).as_dict(private=True)

    def forger(self: object, grant: object, client: object = None) -> dict[str, object]:
        return {**d_origine(self, grant, client), "key": autre}  # type: ignore[arg-type]

    monkeypatch.setattr(_app.OpenIDCode, "get_jwt_config", forger)
    assert _se_connecter(essai) is None


def test_jeton_perime_refuse(essai: Essai, monkeypatch: pytest.MonkeyPatch) -> None:
    from oidc_provider_mock import _app

    d_origine = _app.OpenIDCode.get_jwt_config

    def vieillir(self: object, grant: object, client: object = None) -> dict[str, object]:
        perime = -int(timedelta(hours=1).total_seconds())
        return {**d_origine(self, grant, client), "exp": perime}  # type: ignore[arg-type]

    monkeypatch.setattr(_app.OpenIDCode, "get_jwt_config", vieillir)
    assert _se_connecter(essai) is None


def test_jeton_d_une_autre_application_refuse(
    essai: Essai, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Que la bibliothèque l’arrête ou non, aucun rôle n’est donné."""
    from oidc_provider_mock import _app

    d_origine = _app.OpenIDCode.get_authorization_code_claims

    def detourner(self: object, code: object) -> dict[str, object]:
        return {**d_origine(self, code), "aud": ["autre-application"]}  # type: ignore[arg-type]

    monkeypatch.setattr(_app.OpenIDCode, "get_authorization_code_claims", detourner)
    jeton = _se_connecter(essai)
    if jeton is not None:
        assert jeton["aud"] in ("autre-application", ["autre-application"])
        role, raison = role_de(lire_acces(essai.racine), jeton)
        assert role is None
        assert "pas destiné à l’observatoire" in raison
