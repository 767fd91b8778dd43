"""Remplaçant des sites des producteurs sur 127.0.0.1 : vrais chemins, pannes à la demande."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import geopandas as gpd
import py7zr

from observatoire.catalogue import Catalogue
from observatoire.ingestion.telechargement import ClientEditeurs, ReglagesReseau

HTML = b"<!DOCTYPE html><html><head><title>Acces refuse</title></head><body>403</body></html>"


@dataclass
class Panne:
    """Ce qui arrive à une requête ; ``fois`` requêtes, puis tout va bien."""

    genre: str
    fois: int = 1
    valeur: object = None


@dataclass
class Requete:
    chemin: str
    plage: str
    condition: str
    code: int = 0
    octets: int = 0


@dataclass
class Bouchon:
    """Serveur d’essai ; s’emploie avec ``with``."""

    fichiers: dict[str, bytes] = field(default_factory=dict)
    pannes: dict[str, list[Panne]] = field(default_factory=dict)
    requetes: list[Requete] = field(default_factory=list)
    debit: float = 0.0
    """Octets par seconde ; zéro : sans limite."""
    etag: str = ""
    """Même étiquette pour tous les fichiers, comme un serveur négligent."""
    simultanees: int = 0
    simultanees_max: int = 0

    def __enter__(self) -> Bouchon:
        bouchon = self

        class Reponses(_Reponses):
            etat = bouchon

        self._verrou = threading.Lock()
        self._serveur = _Serveur(("127.0.0.1", 0), Reponses)
        self._serveur.daemon_threads = True
        self._fil = threading.Thread(target=self._serveur.serve_forever, args=(0.02,))
        self._fil.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._serveur.shutdown()
        self._serveur.server_close()
        self._fil.join()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._serveur.server_address[1]}"

    def servir(self, catalogue: Catalogue) -> Catalogue:
        """Le même catalogue, dont chaque adresse garde son chemin mais vise ce serveur."""
        return viser(catalogue, self.base)

    def chemin(self, catalogue: Catalogue, source: str, millesime: int, commune: str = "") -> str:
        """Chemin demandé au serveur pour un fichier du catalogue."""
        declarations = catalogue.sources[source].telechargements
        trouvee = next(
            t for t in declarations if t.millesime == millesime and t.par_commune == bool(commune)
        )
        morceaux = urlsplit(trouvee.adresse_pour(commune))
        return morceaux.path + (f"?{morceaux.query}" if morceaux.query else "")

    def panne(self, chemin: str, genre: str, fois: int = 1, valeur: object = None) -> None:
        self.pannes.setdefault(chemin, []).append(Panne(genre, fois, valeur))

    def demandes(self, chemin: str) -> list[Requete]:
        return [r for r in self.requetes if r.chemin == chemin]


class _Serveur(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Silence : un client tué coupe la liaison."""


class _Reponses(BaseHTTPRequestHandler):
    etat: Bouchon
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        etat = self.etat
        with etat._verrou:
            etat.simultanees += 1
            etat.simultanees_max = max(etat.simultanees_max, etat.simultanees)
        try:
            self._repondre()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with etat._verrou:
                etat.simultanees -= 1

    def _panne(self) -> Panne:
        for panne in self.etat.pannes.get(self.path, []):
            if panne.fois > 0:
                panne.fois -= 1
                return panne
        return Panne("")

    def _repondre(self) -> None:
        entetes = self.headers
        requete = Requete(self.path, entetes.get("Range", ""), entetes.get("If-None-Match", ""))
        self.etat.requetes.append(requete)
        panne = self._panne()
        if panne.genre == "lent":
            time.sleep(float(panne.valeur))  # type: ignore[arg-type]
        contenu = self.etat.fichiers.get(self.path)
        if panne.genre == "code" or contenu is None:
            return self._envoyer(requete, int(panne.valeur or 404), b"refus")  # type: ignore[call-overload]
        if panne.genre == "redirige":
            return self._envoyer(requete, 302, b"", {"Location": str(panne.valeur)})
        if panne.genre == "html":
            annonce = str(panne.valeur)
            # Annoncée comme telle, la page n’a pas à commencer par une balise connue.
            corps = b"<!-- garde -->" + HTML if "html" in annonce else HTML
            return self._envoyer(requete, 200, corps, {"Content-Type": annonce})
        if panne.genre == "autre":
            contenu = bytes(panne.valeur)  # type: ignore[call-overload]
        etag = self.etat.etag or f'"{hashlib.sha256(contenu).hexdigest()[:16]}"'
        communs = {"ETag": etag, "Content-Type": "application/octet-stream"}
        if requete.condition == etag:
            return self._envoyer(requete, 304, b"", communs)
        coupe = int(panne.valeur) if panne.genre == "coupe" else None  # type: ignore[call-overload]
        plage = re.fullmatch(r"bytes=(\d+)-", requete.plage)
        memes = entetes.get("If-Range", etag) == etag
        if plage and memes and panne.genre != "sans_reprise":
            debut = int(plage[1])
            if debut >= len(contenu):
                return self._envoyer(requete, 416, b"")
            communs["Content-Range"] = f"bytes {debut}-{len(contenu) - 1}/{len(contenu)}"
            if panne.genre == "decale":
                communs["Content-Range"] = f"bytes {debut + 1}-{len(contenu) - 1}/{len(contenu)}"
                debut += 1
            return self._envoyer(requete, 206, contenu[debut:], communs, coupe)
        return self._envoyer(requete, 200, contenu, communs, coupe)

    def _envoyer(
        self,
        requete: Requete,
        code: int,
        corps: bytes,
        entetes: dict[str, str] | None = None,
        coupe: int | None = None,
    ) -> None:
        requete.code = code
        self.send_response(code)
        for nom, valeur in (entetes or {}).items():
            self.send_header(nom, valeur)
        if code != 304:
            self.send_header("Content-Length", str(len(corps)))
        self.end_headers()
        pas = 1024 if self.etat.debit else 1 << 16
        voulu = corps if coupe is None else corps[:coupe]
        for debut in range(0, len(voulu), pas):
            morceau = voulu[debut : debut + pas]
            self.wfile.write(morceau)
            self.wfile.flush()
            requete.octets += len(morceau)
            if self.etat.debit:
                time.sleep(len(morceau) / self.etat.debit)
        if coupe is not None:
            self.close_connection = True


def viser(catalogue: Catalogue, base: str) -> Catalogue:
    """Faire viser un autre serveur à chaque adresse, sans changer son chemin."""
    sources = {}
    for nom, source in catalogue.sources.items():
        neufs = []
        for t in source.telechargements:
            morceaux = urlsplit(t.adresse)
            suite = f"?{morceaux.query}" if morceaux.query else ""
            neufs.append(
                t.model_copy(
                    update={"adresse": base + morceaux.path + suite, "lignes_attendues": None}
                )
            )
        sources[nom] = source.model_copy(update={"telechargements": tuple(neufs)})
    return catalogue.model_copy(update={"sources": sources})


def client_d_essai(**reglages: object) -> ClientEditeurs:
    """Client qui admet 127.0.0.1, sans politesse et vite lassé."""
    choix = {
        "hotes_essai": frozenset({"127.0.0.1"}),
        "delai_s": 0.0,
        "attente_s": 0.001,
        "expiration_s": 5.0,
        "essais": 3,
        "marge_disque": 0,
        **reglages,
    }
    return ClientEditeurs(ReglagesReseau(**choix))  # type: ignore[arg-type]


def zipper(membres: dict[str, bytes]) -> bytes:
    """Archive ZIP en mémoire."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return tampon.getvalue()


def septzipper(membres: dict[str, bytes]) -> bytes:
    """Archive 7z en mémoire."""
    with tempfile.TemporaryDirectory() as dossier:
        cible = Path(dossier) / "a.7z"
        with py7zr.SevenZipFile(cible, "w") as archive:
            for nom, contenu in membres.items():
                archive.writestr(contenu, nom)
        return cible.read_bytes()


def remplir(bouchon: Bouchon, catalogue: Catalogue, ville: Path) -> None:
    """Servir la ville fictive aux vrais chemins des producteurs."""

    def poser(source: str, millesime: int, contenu: bytes, commune: str = "") -> None:
        bouchon.fichiers[bouchon.chemin(catalogue, source, millesime, commune)] = contenu

    lire = lambda nom: (ville / nom).read_bytes()  # noqa: E731
    themes = ("evol-struct-pop", "activite-residents", "diplomes-formation")
    for theme in (*themes, "couples-familles-menages", "logement"):
        for annee in (2017, 2022):
            nom = f"base-ic-{theme}-{annee}.CSV"
            source = "rp_" + theme.replace("-", "_")
            if (source, annee) != ("rp_logement", 2017):
                membres = {nom: lire(nom), f"meta_{nom}": b"COD_VAR;LIB_VAR\n"}
                poser(source, annee, zipper(membres))
    for nom, annee in (
        ("BASE_TD_FILO_IRIS_2021_DISP.csv", 2021),
        ("BASE_TD_FILO_DISP_IRIS_2018.csv", 2018),
    ):
        poser("filosofi_iris", annee, zipper({nom: lire(nom), f"meta_{nom}": b"x;y\n"}))
    nom = "revenus_pauvrete_2021_qp24_v2.csv"
    poser("filosofi_qpv", 2021, zipper({nom: lire(nom)}))
    nom = "Filosofi2021_carreaux_200m_met.csv"
    poser("carreaux_200m", 2021, zipper({nom: lire(nom)}))
    nom = "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
    poser("qpv_2024", 2024, zipper({f"GEOJSON/{nom}": lire(nom)}))
    gpkg = "CONTOURS-IRIS_3-0/CONTOURS-IRIS/1_DONNEES_LIVRAISON/iris.gpkg"
    archive = septzipper({gpkg: lire("iris.gpkg"), "CONTOURS-IRIS_3-0/LISEZ-MOI.txt": b"notice"})
    for annee in (2024, 2025, 2026):
        poser("contours_iris", annee, archive)
    iris = gpd.read_file(ville / "iris.gpkg").to_crs(4326)
    for commune, objets in iris.groupby("code_insee"):
        poser("contours_iris", 2026, objets.to_json().encode(), str(commune))
    communes = gpd.read_file(ville / "communes_00.geojson")
    for code, objets in communes.groupby("code"):
        poser("fond_communes", 2026, objets.to_json().encode(), str(code))


def telecharger_tout(base: str, racine: str, demandes: list[tuple[str, int]]) -> None:
    """Tout télécharger dans un autre processus, qui peut être tué."""
    from observatoire.catalogue import charger_catalogue
    from observatoire.chemins import Chemins
    from observatoire.ingestion.depot import telecharger_source

    os.environ["NO_PROXY"] = "127.0.0.1"
    local = viser(charger_catalogue(), base)
    with client_d_essai() as client:
        for source, millesime in demandes:
            telecharger_source(source, millesime, Chemins(Path(racine)), local, client=client)
