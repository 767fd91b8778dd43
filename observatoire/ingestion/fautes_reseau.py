"""Ce qui peut manquer à un téléchargement, dit en français avec le remède."""

from __future__ import annotations

import errno
import socket
import ssl
from pathlib import Path

import httpx

from observatoire.erreurs import Anomalie, ErreurReseau

__all__ = ["ErreurPassagere", "erreur_disque", "erreur_reseau", "octets", "traduire_transport"]

_UNITES = ("octets", "ko", "Mo", "Go", "To")
_MEME_PANNE = "vérifiez la connexion et le mandataire (HTTPS_PROXY), puis relancez"
_PANNES: tuple[tuple[type[httpx.HTTPError], str, str], ...] = (
    (httpx.TimeoutException, "{hote} ne répond pas dans le temps imparti", _MEME_PANNE),
    (httpx.ProxyError, "le mandataire (proxy) a refusé la liaison vers {hote}", _MEME_PANNE),
    (httpx.ConnectError, "liaison impossible avec {hote}", _MEME_PANNE),
    (httpx.RemoteProtocolError, "la liaison a été coupée : fichier tronqué", "relancez"),
    (httpx.ReadError, "la liaison a été coupée : fichier tronqué", "relancez"),
)


class ErreurPassagere(Exception):
    """Panne qu’un nouvel essai peut réparer ; elle ne sort jamais du client."""


def octets(taille: float) -> str:
    """Taille lisible : « 12,3 Mo ».

    Parameters
    ----------
    taille : float
        Nombre d’octets.
    """
    rang = 0
    while taille >= 1000 and rang < len(_UNITES) - 1:
        taille, rang = taille / 1000, rang + 1
    nombre = f"{taille:.0f}" if rang == 0 else f"{taille:.1f}".replace(".", ",")
    return f"{nombre}\N{NO-BREAK SPACE}{_UNITES[rang]}"


def erreur_reseau(
    message: str, adresse: str, depot: Path | None, *, avant: str = ""
) -> ErreurReseau:
    """Erreur de téléchargement, dont le remède est toujours le dépôt à la main.

    Parameters
    ----------
    message : str
        Ce qui s’est passé.
    adresse : str
        Adresse demandée.
    depot : pathlib.Path or None
        Dossier de dépôt.
    avant : str
        Ce qu’il faut essayer d’abord.
    """
    dossier = f"dans {depot}" if depot else "dans le dossier de dépôt"
    remede = f"téléchargez ce fichier dans votre navigateur à {adresse} et déposez-le {dossier}"
    remede = f"{avant} ; sinon {remede}" if avant else remede
    nom = adresse.partition("?")[0].rsplit("/", 1)[-1] or adresse
    return ErreurReseau("Téléchargement impossible :", [Anomalie(message, nom, remede=remede)])


def _causes(erreur: BaseException) -> list[BaseException]:
    chaine: list[BaseException] = []
    courante: BaseException | None = erreur
    while courante is not None and courante not in chaine:
        chaine.append(courante)
        courante = courante.__cause__ or courante.__context__
    return chaine


def traduire_transport(erreur: httpx.HTTPError, adresse: str) -> tuple[str, str, bool]:
    """Message, premier remède, et s’il vaut la peine de recommencer.

    Parameters
    ----------
    erreur : httpx.HTTPError
        Panne de transport.
    adresse : str
        Adresse demandée.
    """
    hote = httpx.URL(adresse).host
    causes = _causes(erreur)
    if any(isinstance(c, ssl.SSLCertVerificationError) for c in causes):
        avant = (
            "demandez au service informatique d’installer le certificat du mandataire "
            "dans le système"
        )
        return f"le certificat de {hote} n’est pas reconnu par cet ordinateur", avant, False
    if any(isinstance(c, socket.gaierror) for c in causes):
        return f"le nom {hote} est introuvable (DNS)", _MEME_PANNE, True
    for genre, message, avant in _PANNES:
        if isinstance(erreur, genre):
            return message.format(hote=hote), avant, True
    return f"panne de réseau avec {hote} ({type(erreur).__name__})", _MEME_PANNE, True


def erreur_disque(erreur: OSError, cible: Path) -> ErreurReseau:
    """Erreur d’écriture ; ce qui est déjà reçu sera repris.

    Parameters
    ----------
    erreur : OSError
        Erreur du système.
    cible : pathlib.Path
        Fichier écrit.
    """
    if erreur.errno in {errno.ENOSPC, errno.EDQUOT}:
        message = "il n’y a plus de place sur le disque"
        remede = "libérez de la place ou changez de dossier (--donnees), puis relancez : le téléchargement reprendra"
    else:
        message = f"écriture impossible ({erreur.strerror or erreur})"
        remede = "vérifiez les droits sur ce dossier"
    faute = Anomalie(message, str(cible.parent), remede=remede)
    return ErreurReseau("Téléchargement interrompu :", [faute])
