"""Le seul module qui emploie le réseau : télécharger un fichier, ou dire pourquoi non.

Un fichier partiel garde à côté de lui ce qu’il faut pour le reprendre ; il n’est repris
que si le serveur confirme (``If-Range``) que c’est toujours le même fichier.
"""

from __future__ import annotations

import re
import shutil
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx
import truststore

from observatoire.erreurs import ErreurReseau
from observatoire.ingestion.fautes_reseau import (
    ErreurPassagere,
    erreur_disque,
    erreur_reseau,
    octets,
    traduire_transport,
)
from observatoire.ingestion.partiel import FichierPartiel

__all__ = [
    "HOTES_ADMIS",
    "Avancement",
    "ClientEditeurs",
    "ReglagesReseau",
    "Reponse",
    "Suivi",
    "hote_admis",
    "lire_en_memoire",
]

HOTES_ADMIS = frozenset(
    {"insee.fr", "data.geopf.fr", "data.gouv.fr", "geo.api.gouv.fr", "data.education.gouv.fr"}
)
"""Hôtes des producteurs, sous-domaines compris."""
_DELAIS_PROPRES = {"api.insee.fr": 2.0}  # Melodi : trente requêtes par minute.
_CODES_A_REESSAYER = frozenset({408, 425, 429, 500, 502, 503, 504})
_HTML = re.compile(rb"^\s*(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head)", re.IGNORECASE)
_ENTETES_GARDEES = ("etag", "last-modified", "content-type", "content-length", "date")


@dataclass(frozen=True, slots=True)
class ReglagesReseau:
    """Patience et politesse du client.

    Parameters
    ----------
    delai_s : float
        Temps minimal entre deux requêtes à un même hôte, en secondes.
    essais : int
        Échecs de suite admis ; un essai qui fait progresser le fichier remet à zéro.
    attente_s : float
        Attente avant le deuxième essai ; elle double ensuite, jusqu’à une minute.
    expiration_s : float
        Silence admis du serveur, en secondes.
    redirections_max : int
        Redirections suivies au plus.
    marge_disque : int
        Octets à laisser libres.
    taille_max : int
        Octets d’un fichier au plus.
    hotes_essai : frozenset of str
        Pour les seuls essais : hôtes admis en plus, et sans chiffrement.
    """

    delai_s: float = 0.5
    essais: int = 5
    attente_s: float = 1.0
    expiration_s: float = 60.0
    redirections_max: int = 5
    marge_disque: int = 200 * 2**20
    taille_max: int = 8 * 2**30
    hotes_essai: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Avancement:
    """Où en est un téléchargement ; ``total`` vaut ``None`` si le serveur ne le dit pas."""

    fichier: str
    recus: int
    total: int | None
    fini: bool = False


Suivi = Callable[[Avancement], None]


@dataclass(frozen=True, slots=True)
class Reponse:
    """Ce que le serveur a répondu ; ``inchange`` : rien n’a été transféré."""

    adresse_finale: str
    entetes: dict[str, str]
    taille: int
    inchange: bool = False


def hote_admis(adresse: str, hotes_essai: frozenset[str] = frozenset()) -> bool:
    """Vrai si l’adresse est chiffrée et chez un producteur connu.

    Parameters
    ----------
    adresse : str
        Adresse complète.
    hotes_essai : frozenset of str
        Hôtes admis en plus, pour les seuls essais.
    """
    url = httpx.URL(adresse)
    if url.host in hotes_essai:
        return True
    connu = any(url.host == h or url.host.endswith("." + h) for h in HOTES_ADMIS)
    return url.scheme == "https" and connu


class ClientEditeurs:
    """Client poli des sites des producteurs ; s’emploie avec ``with``."""

    def __init__(self, reglages: ReglagesReseau | None = None) -> None:
        self.reglages = reglages or ReglagesReseau()
        try:
            self._http = httpx.Client(
                verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                timeout=httpx.Timeout(self.reglages.expiration_s),
                headers={
                    "User-Agent": "observatoire-territoires/0.1",
                    "Accept-Encoding": "identity",
                },
            )
        except (ImportError, ValueError, httpx.InvalidURL) as erreur:
            raise ErreurReseau(
                f"Le mandataire déclaré dans l’environnement n’est pas utilisable ({erreur}) : "
                "corrigez HTTPS_PROXY et ALL_PROXY (http://hôte:port)."
            ) from erreur
        self._verrous: dict[str, threading.Lock] = {}
        self._dernieres: dict[str, float] = {}
        self._garde = threading.Lock()

    def __enter__(self) -> ClientEditeurs:
        return self

    def __exit__(
        self,
        genre: type[BaseException] | None,
        erreur: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def telecharger(
        self,
        adresse: str,
        cible: Path,
        *,
        depot: Path | None = None,
        suivi: Suivi | None = None,
        connues: dict[str, str] | None = None,
    ) -> Reponse:
        """Télécharger un fichier, en reprenant ce qui est déjà reçu.

        Parameters
        ----------
        adresse : str
            Adresse complète.
        cible : pathlib.Path
            Fichier à écrire ; incomplet, il est gardé pour être repris.
        depot : pathlib.Path, optional
            Dossier de dépôt cité dans les messages.
        suivi : callable, optional
            Appelé à chaque morceau reçu.
        connues : dict, optional
            En-têtes de la version connue : si elle n’a pas changé, rien n’est transféré.

        Returns
        -------
        Reponse

        Raises
        ------
        ErreurReseau
            Refus, page web, fichier tronqué, détour, disque plein, panne qui dure.
        """
        cible.parent.mkdir(parents=True, exist_ok=True)
        partiel = FichierPartiel(cible, adresse)
        partiel.relire()
        echecs, motif, avant = 0, "", ""
        while not partiel.complet:
            recus = partiel.recus
            try:
                reponse = self._essayer(partiel, depot, suivi, connues or {})
                if reponse.inchange:
                    return reponse
                break
            except ErreurPassagere as panne:
                motif, avant = str(panne), "relancez plus tard"
            except httpx.HTTPError as panne:
                motif, avant, utile = traduire_transport(panne, adresse)
                if not utile:
                    raise erreur_reseau(motif, adresse, depot, avant=avant) from panne
            except OSError as erreur:
                raise erreur_disque(erreur, cible) from erreur
            echecs = 1 if partiel.recus > recus else echecs + 1
            if echecs >= self.reglages.essais:
                if partiel.recus:
                    total = f" sur {octets(partiel.total)}" if partiel.total else ""
                    motif += f" ({octets(partiel.recus)} reçus{total}, gardés pour la reprise)"
                raise erreur_reseau(motif, adresse, depot, avant=avant)
            time.sleep(min(60.0, self.reglages.attente_s * 2 ** (echecs - 1)))
        reponse = Reponse(partiel.finale or adresse, partiel.entetes, partiel.recus)
        if suivi:
            suivi(Avancement(cible.name, reponse.taille, reponse.taille, fini=True))
        return reponse

    def _essayer(
        self,
        partiel: FichierPartiel,
        depot: Path | None,
        suivi: Suivi | None,
        connues: dict[str, str],
    ) -> Reponse:
        entetes = {}
        if partiel.recus and partiel.validateur:
            entetes = {"Range": f"bytes={partiel.recus}-", "If-Range": partiel.validateur}
        elif connues:
            paires = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
            entetes = {q: connues[r] for q, r in paires.items() if connues.get(r)}
        with self._ouvrir(partiel.adresse, entetes, depot) as reponse:
            if reponse.status_code == 304:
                return Reponse(str(reponse.url), dict(connues), 0, inchange=True)
            self._controler(reponse, partiel, depot)
            self._recevoir(reponse, partiel, depot, suivi)
        return Reponse(partiel.finale, partiel.entetes, partiel.recus)

    @contextmanager
    def _ouvrir(
        self, adresse: str, entetes: dict[str, str], depot: Path | None
    ) -> Iterator[httpx.Response]:
        """Suivre les redirections une à une : chaque hôte doit être admis."""
        courante = httpx.URL(adresse)
        for _ in range(self.reglages.redirections_max + 1):
            if not hote_admis(str(courante), self.reglages.hotes_essai):
                detour = (
                    "l’adresse" if str(courante) == adresse else "le serveur renvoie ailleurs :"
                )
                message = f"{detour} {courante.scheme}://{courante.host} n’est pas un site admis"
                avant = "vérifiez « adresse » dans le catalogue des sources"
                raise erreur_reseau(message, adresse, depot, avant=avant)
            with self._tour_de_parole(courante.host):
                flux = self._http.stream("GET", courante, headers=entetes)
                with flux as reponse:
                    if not reponse.has_redirect_location:
                        yield reponse
                        return
                    try:
                        courante = courante.join(reponse.headers["location"])
                    except httpx.InvalidURL as erreur:
                        message = "le serveur renvoie vers une adresse illisible"
                        raise erreur_reseau(message, adresse, depot) from erreur
        raise erreur_reseau("le serveur redirige sans fin", adresse, depot)

    @contextmanager
    def _tour_de_parole(self, hote: str) -> Iterator[None]:
        """Une requête à la fois par hôte, et un délai entre deux."""
        with self._garde:
            verrou = self._verrous.setdefault(hote, threading.Lock())
        with verrou:
            delai = max(self.reglages.delai_s, _DELAIS_PROPRES.get(hote, 0.0))
            prochaine = self._dernieres.get(hote, -delai) + delai
            time.sleep(max(0.0, prochaine - time.monotonic()))
            self._dernieres[hote] = time.monotonic()
            yield

    def _controler(
        self, reponse: httpx.Response, partiel: FichierPartiel, depot: Path | None
    ) -> None:
        code, adresse = reponse.status_code, partiel.adresse
        if code in _CODES_A_REESSAYER:
            attente = reponse.headers.get("retry-after", "")
            if attente.isdigit():
                time.sleep(min(120, int(attente)))
            raise ErreurPassagere(f"le serveur répond par une erreur {code}")
        if code == 416:
            # Le fichier a changé de taille : ce qui est reçu ne vaut plus rien.
            partiel.oublier()
            raise ErreurPassagere("le fichier a changé pendant la reprise")
        if code in {401, 403}:
            raise erreur_reseau(f"le site refuse le téléchargement ({code})", adresse, depot)
        if code in {404, 410}:
            avant = "cherchez la nouvelle adresse et écrivez-la dans catalogue/adresses.toml (voir le guide)"
            message = f"le fichier n’est plus à cette adresse ({code})"
            raise erreur_reseau(message, adresse, depot, avant=avant)
        if code not in {200, 206}:
            raise erreur_reseau(f"réponse inattendue du serveur ({code})", adresse, depot)
        if "text/html" in reponse.headers.get("content-type", "").lower():
            raise _page_web(partiel, depot)

    def _recevoir(
        self,
        reponse: httpx.Response,
        partiel: FichierPartiel,
        depot: Path | None,
        suivi: Suivi | None,
    ) -> None:
        repris = _position_reprise(reponse, partiel)
        if not repris:
            partiel.oublier()
        longueur = reponse.headers.get("content-length", "")
        code = reponse.headers.get("content-encoding", "identity") != "identity"
        partiel.total = repris + int(longueur) if longueur.isdigit() and not code else None
        garde = partiel.validateur if repris else ""
        partiel.validateur = "" if code else _validateur(reponse) or garde
        if not repris:
            partiel.entetes = {
                n: reponse.headers[n] for n in _ENTETES_GARDEES if n in reponse.headers
            }
        partiel.finale = str(reponse.url)
        self._controler_place(partiel, repris)
        partiel.noter()
        recus = repris
        with partiel.cible.open("ab" if repris else "wb") as sortie:
            # Sans taille imposée : httpx perdrait la fin d’un lot à une coupure.
            for morceau in reponse.iter_bytes():
                if not recus and _HTML.match(morceau):
                    raise _page_web(partiel, depot)
                recus += len(morceau)
                if recus > self.reglages.taille_max:
                    message = f"le fichier dépasse {octets(self.reglages.taille_max)}"
                    raise erreur_reseau(message, partiel.adresse, depot)
                sortie.write(morceau)
                if suivi:
                    suivi(Avancement(partiel.cible.name, recus, partiel.total))
        if partiel.total is not None and recus != partiel.total:
            raise ErreurPassagere("le fichier reçu est tronqué")

    def _controler_place(self, partiel: FichierPartiel, repris: int) -> None:
        libre = shutil.disk_usage(partiel.cible.parent).free
        besoin = (partiel.total or 0) - repris + self.reglages.marge_disque
        if libre < besoin:
            message = f"{octets(libre)} libres, {octets(besoin)} nécessaires"
            raise ErreurReseau(
                f"Il n’y a pas assez de place sur le disque pour {partiel.cible.name} : {message}. "
                f"Libérez de la place dans {partiel.cible.parent} ou changez de dossier (--donnees)."
            )


def _page_web(partiel: FichierPartiel, depot: Path | None) -> ErreurReseau:
    partiel.oublier()
    message = "le site a envoyé une page web (HTML) à la place du fichier"
    return erreur_reseau(message, partiel.adresse, depot)


def _validateur(reponse: httpx.Response) -> str:
    """Preuve que le fichier est le même : un ETag fort, ou la date de modification."""
    etag = str(reponse.headers.get("etag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    return str(reponse.headers.get("last-modified", ""))


def _position_reprise(reponse: httpx.Response, partiel: FichierPartiel) -> int:
    """Octets gardés : zéro si le serveur renvoie tout, ou un autre morceau que demandé."""
    if reponse.status_code != 206:
        return 0
    annonce = re.match(r"bytes (\d+)-", reponse.headers.get("content-range", ""))
    if annonce and int(annonce[1]) == partiel.recus:
        return partiel.recus
    partiel.oublier()
    raise ErreurPassagere("le serveur a repris au mauvais endroit")


def lire_en_memoire(adresse: str, *, delai_s: float) -> bytes:
    """Courte réponse d’un producteur, demandée pendant qu’une personne attend : un essai, quatre secondes.

    Parameters
    ----------
    adresse : str
        Adresse complète, chez un producteur connu.
    delai_s : float
        Temps minimal entre deux requêtes à un même hôte, en secondes.

    Raises
    ------
    ErreurReseau
        Si le service ne répond pas, ou répond plus d’un mégaoctet.
    """
    reglages = ReglagesReseau(delai_s=delai_s, essais=1, expiration_s=4.0, taille_max=2**20)
    with tempfile.TemporaryDirectory() as dossier, ClientEditeurs(reglages) as client:
        cible = Path(dossier) / "reponse"
        client.telecharger(adresse, cible)
        return cible.read_bytes()
