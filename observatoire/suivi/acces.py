"""Qui voit quoi : rôles de ``suivi.toml``, secrets de connexion, jetons acceptés.

La connexion elle-même (OpenID Connect) est celle de Streamlit ; ce module refuse une configuration
dangereuse, et vérifie de nouveau ce que dit le jeton à chaque affichage.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from observatoire.chemins import racine_depot
from observatoire.erreurs import Anomalie, ErreurDemande, lever_si_erreurs
from observatoire.suivi.configuration import FICHIER, lire_reglages

__all__ = ["FICHIER_SECRETS", "Acces", "Role", "lire_acces", "role_de"]

FICHIER_SECRETS = "secrets.toml"
_LONGUEUR_SECRET = 32
_CARACTERES_DIFFERENTS = 10
_LOCAUX = frozenset({"localhost", "127.0.0.1", "::1"})
_DOMAINES_PUBLICS = frozenset(
    {
        "@gmail.com", "@outlook.com", "@outlook.fr", "@hotmail.com", "@hotmail.fr", "@live.fr", "@yahoo.com",
        "@yahoo.fr", "@icloud.com", "@orange.fr", "@wanadoo.fr", "@free.fr", "@sfr.fr", "@laposte.net",
        "@bbox.fr", "@proton.me", "@protonmail.com",
    }
)  # fmt: skip
_CLES = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
_TOLERANCE_HORLOGE_S = 120


class Role(StrEnum):
    """Ce qu’une personne connectée peut faire ; chaque rôle a les droits du précédent."""

    LECTEUR = "lecteur"
    """Voir le suivi."""
    OBSERVATION = "observation"
    """Voir aussi les paroles non publiables et l’historique, importer un classeur."""
    ADMINISTRATION = "administration"
    """Retirer des actions en important."""

    def permet(self, voulu: Role) -> bool:
        """Vrai si ce rôle a les droits du rôle ``voulu``."""
        ordre = list(Role)
        return ordre.index(self) >= ordre.index(voulu)


@dataclass(frozen=True, slots=True)
class Acces:
    """Configuration vérifiée de la connexion ; inactive par défaut."""

    actif: bool = False
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Adresse, ou « @domaine » → rôle."""
    duree_session_h: int = 12
    exiger_adresse_verifiee: bool = True
    client_id: str = ""


def lire_acces(racine: Path) -> Acces:
    """Lire les rôles et contrôler les secrets.

    Parameters
    ----------
    racine : pathlib.Path
        Dossier des données, qui porte ``suivi.toml`` et ``secrets.toml``.

    Returns
    -------
    Acces
        Inactif si ``[acces] actif`` n’est pas vrai ; les secrets ne sont alors pas lus.

    Raises
    ------
    ErreurDemande
        Toutes les raisons pour lesquelles la configuration est dangereuse ou incomplète.
    """
    reglages = lire_reglages(racine).acces
    if not reglages.actif:
        return Acces()
    anomalies = _fautes_des_roles(reglages.roles) + _fautes_du_fichier(racine / FICHIER)
    auth, fautes = _lire_secrets(racine)
    anomalies += fautes
    if auth is not None:
        anomalies += _fautes_des_secrets(auth)
    lever_si_erreurs(
        "La connexion n’est pas sûre ; le suivi reste fermé tant que ces fautes demeurent :",
        anomalies,
        classe=ErreurDemande,
    )
    return Acces(
        actif=True,
        roles={a.strip().lower(): Role(r) for a, r in reglages.roles.items()},
        duree_session_h=reglages.duree_session_h,
        exiger_adresse_verifiee=reglages.exiger_adresse_verifiee,
        client_id=str((auth or {})["client_id"]),
    )


def role_de(
    acces: Acces, jeton: Mapping[str, Any], *, maintenant: dt.datetime | None = None
) -> tuple[Role | None, str]:
    """Rôle de la personne que décrit un jeton d’identité, ou pourquoi elle n’en a pas.

    Streamlit a vérifié la signature et la date ; l’audience, la durée de la session et l’adresse le
    sont ici, à chaque affichage.

    Parameters
    ----------
    acces : Acces
        Configuration vérifiée.
    jeton : mapping
        Revendications du jeton (``aud, exp, iat, email, email_verified``).
    maintenant : datetime, optional
        Instant présent par défaut.

    Returns
    -------
    role : Role or None
    raison : str
        Phrase à montrer quand il n’y a pas de rôle ; elle ne répète rien du jeton.
    """
    instant = (maintenant or dt.datetime.now(dt.UTC)).timestamp()
    if refus := _refus_du_jeton(acces, jeton, instant):
        return None, refus
    adresse = str(jeton.get("email") or "").strip().lower()
    domaine = "@" + adresse.rsplit("@", 1)[1]
    role = acces.roles.get(adresse) or acces.roles.get(domaine)
    if role is None:
        return (
            None,
            "Votre compte n’a pas de rôle dans l’observatoire : demandez-le à l’administration.",
        )
    return role, ""


def _refus_du_jeton(acces: Acces, jeton: Mapping[str, Any], instant: float) -> str:
    """Pourquoi ce jeton ne vaut rien ici ; vide s’il est bon."""
    audience = jeton.get("aud")
    publics = [audience] if isinstance(audience, str) else list(audience or [])
    if not acces.client_id or acces.client_id not in publics:
        return "Ce jeton n’est pas destiné à l’observatoire. Reconnectez-vous."
    debut = _secondes(jeton.get("iat"))
    fin = _secondes(jeton.get("exp"))
    if debut is None or fin is None or fin < debut or debut > instant + _TOLERANCE_HORLOGE_S:
        return "Ce jeton n’a pas de dates valables. Reconnectez-vous."
    if instant > debut + acces.duree_session_h * 3600:
        return "Votre session est terminée. Reconnectez-vous."
    adresse = str(jeton.get("email") or "").strip().lower()
    # « ana@ailleurs.fr@ville.fr » n’est pas du domaine « @ville.fr ».
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", adresse):
        return "Votre compte ne donne pas d’adresse électronique : voyez avec votre service informatique."
    if acces.exiger_adresse_verifiee and jeton.get("email_verified") not in (True, "true"):
        return "Votre adresse électronique n’est pas vérifiée par le service de connexion."
    return ""


def _secondes(valeur: Any) -> float | None:
    return (
        float(valeur) if isinstance(valeur, int | float) and not isinstance(valeur, bool) else None
    )


def _fautes_des_roles(roles: Mapping[str, str]) -> list[Anomalie]:
    permis = ", ".join(r.value for r in Role)
    anomalies = []
    if not roles:
        remede = '[acces.roles] puis "prenom.nom@ville.fr" = "administration"'
        anomalies.append(Anomalie("aucun rôle n’est donné", FICHIER, None, "acces.roles", remede))
    for adresse, fois in Counter(a.strip().lower() for a in roles).items():
        if fois > 1:
            message = f"« {adresse} » figure {fois} fois"
            remede = "gardez une ligne : les majuscules ne distinguent pas deux adresses"
            anomalies.append(Anomalie(message, FICHIER, None, "acces.roles", remede))
    for adresse, role in roles.items():
        propre = adresse.strip().lower()
        if propre in _DOMAINES_PUBLICS:
            message = f"« {adresse} » est le domaine d’une messagerie ouverte à tous"
            remede = "donnez les rôles à des adresses, une par une"
            anomalies.append(Anomalie(message, FICHIER, None, "acces.roles", remede))
        if propre.count("@") != 1 or "." not in propre.rsplit("@", 1)[1]:
            message = f"« {adresse} » n’est ni une adresse ni un domaine (@ville.fr)"
            anomalies.append(Anomalie(message, FICHIER, None, "acces.roles", "corrigez-la"))
        if role not in list(Role):
            message = f"rôle inconnu « {role} » pour « {adresse} »"
            anomalies.append(Anomalie(message, FICHIER, None, "acces.roles", f"rôles : {permis}"))
        elif propre.startswith("@") and Role(role) is Role.ADMINISTRATION:
            message = f"tout le domaine « {adresse} » aurait le rôle administration"
            remede = "donnez ce rôle à des adresses, une par une"
            anomalies.append(Anomalie(message, FICHIER, None, "acces.roles", remede))
    return anomalies


def _fautes_du_fichier(chemin: Path) -> list[Anomalie]:
    """Un fichier de rôles que tous peuvent écrire donne à chacun le rôle qu’il veut."""
    if os.name != "posix" or not chemin.stat().st_mode & stat.S_IWOTH:
        return []
    message = "tout compte de la machine peut l’écrire, et s’y donner un rôle"
    return [Anomalie(message, FICHIER, remede=f"chmod o-w {FICHIER}")]


def _lire_secrets(racine: Path) -> tuple[Mapping[str, Any] | None, list[Anomalie]]:
    chemin = racine / FICHIER_SECRETS
    if not chemin.is_file():
        remede = "créez-le dans le dossier des données, section [auth] (docs/suivi.md)"
        return None, [Anomalie("fichier absent", FICHIER_SECRETS, remede=remede)]
    anomalies = []
    if os.name == "posix" and stat.S_IMODE(chemin.stat().st_mode) & 0o077:
        message = "d’autres comptes de la machine peuvent le lire"
        anomalies.append(Anomalie(message, FICHIER_SECRETS, remede=f"chmod 600 {FICHIER_SECRETS}"))
    if racine_depot() in chemin.resolve().parents:
        message = "il est dans le dossier du projet, d’où il pourrait être publié"
        remede = "placez les données hors du projet (--donnees)"
        anomalies.append(Anomalie(message, FICHIER_SECRETS, remede=remede))
    try:
        contenu = tomllib.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as erreur:
        # Le contenu n’est pas répété : il porte des secrets.
        message = f"illisible ({type(erreur).__name__})"
        return None, [*anomalies, Anomalie(message, FICHIER_SECRETS, remede="vérifiez le TOML")]
    auth = contenu.get("auth")
    if not isinstance(auth, dict):
        remede = "ajoutez la section [auth] (docs/suivi.md)"
        return None, [
            *anomalies,
            Anomalie("section [auth] absente", FICHIER_SECRETS, remede=remede),
        ]
    return auth, anomalies


def _fautes_des_secrets(auth: Mapping[str, Any]) -> list[Anomalie]:
    def faute(cle: str, message: str, remede: str) -> Anomalie:
        return Anomalie(message, FICHIER_SECRETS, None, f"auth.{cle}", remede)

    anomalies = [
        faute(c, "valeur absente", "remplissez-la (docs/suivi.md)")
        for c in _CLES
        if not isinstance(auth.get(c), str) or not str(auth[c]).strip(" .…")
    ]
    secret = str(auth.get("cookie_secret") or "")
    if secret and (len(secret) < _LONGUEUR_SECRET or len(set(secret)) < _CARACTERES_DIFFERENTS):
        message = f"secret trop faible : il en faut {_LONGUEUR_SECRET} caractères tirés au hasard"
        remede = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        anomalies.append(faute("cookie_secret", message, remede))
    retour = str(auth.get("redirect_uri") or "")
    if retour and not urlsplit(retour).path.endswith("/oauth2callback"):
        anomalies.append(
            faute("redirect_uri", "elle ne finit pas par /oauth2callback", "corrigez-la")
        )
    for cle in ("redirect_uri", "server_metadata_url"):
        adresse = urlsplit(str(auth.get(cle) or ""))
        if adresse.geturl() and not _sure(adresse.scheme, adresse.hostname):
            message = "connexion non chiffrée (http) hors de cette machine"
            anomalies.append(faute(cle, message, "employez https"))
    return anomalies


def _sure(schema: str, hote: str | None) -> bool:
    return schema == "https" or (schema == "http" and hote in _LOCAUX)
