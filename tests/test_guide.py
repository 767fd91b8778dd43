"""Chaque commande du guide est exécutée, dans l’ordre du guide, contre la ville fictive.

Les producteurs sont remplacés par un serveur local. Ce que le guide écrit pour une vraie ville est
remplacé d’après ``SUBSTITUTIONS`` ; ce qu’une commande suppose déjà fait (un fichier déposé, une
version changée chez le producteur) est préparé d’après ``PREPARATIFS``. Une commande nouvelle dans
le guide est exécutée telle quelle ; si elle ne peut l’être, ajouter une ligne à l’une des tables.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer

from observatoire.chemins import Chemins
from observatoire.editions import (
    Edition,
    edition_courante,
    editions_a_valider,
    lire_journal,
    lister_editions,
    resoudre_edition,
)
from observatoire.editions.journal import Entree
from observatoire.ingestion.telechargement import ClientEditeurs

sys.path.insert(0, str(Path(__file__).parent / "ingestion"))
from bouchon_editeurs import Bouchon, client_d_essai, remplir, zipper

DEPOT = Path(__file__).resolve().parent.parent
GUIDE = (DEPOT / "docs" / "guide-observation.md").read_text(encoding="utf-8")
COMMUNE = "00001"
FILO = "BASE_TD_FILO_IRIS_2021_DISP.csv"


@dataclass(frozen=True)
class Bloc:
    """Un bloc de code du guide : son langage, ses lignes, sa section."""

    langage: str
    texte: str
    section: str


def lire_blocs(guide: str) -> list[Bloc]:
    """Découper le guide ; un bloc jamais fermé est une faute."""
    blocs: list[Bloc] = []
    section, langage, lignes = "", None, []
    for ligne in guide.splitlines():
        if ligne.startswith("```"):
            if langage is None:
                langage, lignes = ligne[3:].strip(), []
            else:
                blocs.append(Bloc(langage, "\n".join(lignes), section))
                langage = None
        elif langage is not None:
            lignes.append(ligne)
        elif ligne.startswith("## "):
            section = ligne[3:].replace("\u00a0", " ").replace("\u202f", " ")
    assert langage is None, f"bloc jamais fermé dans « {section} »"
    return blocs


BLOCS = lire_blocs(GUIDE)
COMMANDES = [
    ligne.strip()
    for bloc in BLOCS
    if bloc.langage == "sh"
    for ligne in bloc.texte.replace("\\\n", " ").splitlines()
    if ligne.strip() and not ligne.strip().startswith("#")
]


# --- Ce que le guide suppose --------------------------------------------------------------


@dataclass
class Scene:
    """Là où les commandes s’exécutent."""

    racine: Path
    dossier: Path
    bouchon: Bouchon
    catalogue: object
    codes: dict[str, list[int]] = field(default_factory=dict)
    """Ligne du guide → code de retour de chacune de ses exécutions."""

    @property
    def chemins(self) -> Chemins:
        return Chemins(self.racine)

    def lancer(self, *arguments: str) -> int:
        """Exécuter la commande ; rendre son code de retour."""
        from observatoire.cli import principal

        avant = sys.argv
        sys.argv = ["observatoire", *arguments]
        try:
            with pytest.raises(SystemExit) as sortie:
                principal()
        finally:
            sys.argv = avant
        return int(sortie.value.code or 0)

    def entrees(self) -> list[Entree]:
        """Journal de la ville, du plus ancien au plus récent."""
        return list(lire_journal(self.chemins, COMMUNE).entrees)


def edition_a_valider(scene: Scene) -> str:
    """La dernière édition qui attend."""
    attente = editions_a_valider(scene.chemins, COMMUNE)
    assert attente, "aucune édition n’attend"
    return sorted(attente, key=lambda e: (scene.chemins.ville(COMMUNE) / e).stat().st_mtime)[-1]


def lire_edition(scene: Scene, identifiant: str) -> Edition:
    """Relire une édition, publiée ou non."""
    return resoudre_edition(scene.chemins, COMMUNE, identifiant)


def premiere_edition(scene: Scene) -> str:
    """La première édition publiée, vers laquelle revenir."""
    return scene.entrees()[0].edition


SUBSTITUTIONS: dict[str, Callable[[Scene, str], str]] = {
    "38185": lambda _, __: COMMUNE,
    "38421": lambda _, __: "00003",
    "200040715": lambda _, __: "000000001",
    "carte.png": lambda scene, _: str(scene.dossier / "carte.png"),
    "pauvrete.png": lambda scene, _: str(scene.dossier / "pauvrete.png"),
    "calage.json": lambda scene, _: str(scene.dossier / "calage.json"),
    "mes_fichiers": lambda scene, _: str(scene.dossier / "mes_fichiers"),
    "/srv/observatoire": lambda scene, _: str(scene.racine),
    "EDITION": lambda scene, commande: (
        premiere_edition(scene) if commande == "revenir" else edition_a_valider(scene)
    ),
}
"""Mot du guide → ce qui le remplace, selon la commande."""


def une_version_changee(scene: Scene) -> None:
    """Le producteur corrige un fichier sous la même adresse ; la revérification le met de côté."""
    chemin = scene.bouchon.chemin(scene.catalogue, "rp_logement", 2022)
    nom = "base-ic-logement-2022.CSV"
    texte = (scene.dossier / "mes_fichiers" / nom).read_bytes()
    scene.bouchon.fichiers[chemin] = zipper({nom: texte + b"\n", "meta_x.csv": b"A;B\n"})
    assert scene.lancer("actualiser", "--commune", COMMUNE, "--reverifier") == 0


def un_fichier_depose(scene: Scene) -> None:
    scene.chemins.depot.mkdir(parents=True, exist_ok=True)
    shutil.copy(scene.dossier / "mes_fichiers" / "population_qp24.csv", scene.chemins.depot)


def une_adresse_corrigee(scene: Scene) -> None:
    """Le bloc TOML du guide, tel quel, dans le dossier des données."""
    (bloc,) = [b for b in BLOCS if b.langage == "toml"]
    dossier = scene.racine / "catalogue"
    dossier.mkdir(exist_ok=True)
    (dossier / "adresses.toml").write_text(bloc.texte + "\n", encoding="utf-8")


def une_seconde_edition(scene: Scene) -> None:
    """Il faut deux éditions publiées pour les comparer."""
    assert scene.lancer("actualiser", "--commune", COMMUNE, "--publier") == 0


def une_actualisation_douteuse(scene: Scene) -> None:
    chemin = scene.dossier / "mes_fichiers" / FILO
    texte = chemin.read_text(encoding="utf-8")
    assert texte.count("\n000010101;14,0;") == 1
    chemin.write_text(texte.replace("\n000010101;14,0;", "\n000010101;64,0;"), encoding="utf-8")
    arguments = ("--depuis", str(chemin.parent), "--sans-reseau")
    assert scene.lancer("actualiser", "--commune", COMMUNE, *arguments) == 0


def une_composition_deposee(scene: Scene) -> None:
    lignes = [f"0000{n};Commune {n};000000001;Pays de la Brume" for n in (1, 2, 3)]
    fichier = scene.dossier / "mes_fichiers" / "composition.csv"
    fichier.write_text("\n".join(["CODGEO;LIBGEO;EPCI;LIBEPCI", *lignes]), encoding="utf-8")


PREPARATIFS: dict[tuple[str, str], Callable[[Scene], None]] = {
    ("L’actualisation annuelle", "--accepter"): une_version_changee,
    ("Un fichier déposé à la main", "actualiser"): un_fichier_depose,
    ("Une source a changé d’adresse", "verifier"): une_adresse_corrigee,
    ("Plusieurs communes, une intercommunalité, la France", "actualiser"): une_composition_deposee,
    ("Ce qui a changé d’une édition à l’autre", "comparer"): une_seconde_edition,
    ("Publier une édition à valider", "comparer"): une_actualisation_douteuse,
}
"""Section et mot de la commande → ce qui doit s’être passé avant elle."""

CODES: dict[str, int] = {
    # Il faut des fichiers nationaux : la ville fictive n’a que quatre quartiers publiés.
    ligne: 1
    for ligne in COMMANDES
    if ligne.startswith("observatoire caler ")
}
"""Commande du guide → code de retour attendu, s’il n’est pas zéro."""


# --- Les exécuter ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Les producteurs remplacés, et un dossier de données vide."""
    from observatoire.catalogue import charger_catalogue

    dossier = tmp_path_factory.mktemp("guide")
    shutil.copytree(DEPOT / "data" / "iris", dossier / "mes_fichiers")
    with pytest.MonkeyPatch.context() as patch, Bouchon() as bouchon:
        catalogue = charger_catalogue()
        remplir(bouchon, catalogue, DEPOT / "data" / "iris")
        lieux = Scene(dossier / "donnees", dossier, bouchon, catalogue)

        class VersLeBouchon(ClientEditeurs):
            """Chaque adresse garde son chemin, mais vise le serveur local."""

            def telecharger(self, adresse: str, *args: object, **options: object) -> object:
                vue = urlsplit(adresse)._replace(scheme="", netloc="")
                return super().telecharger(bouchon.base + vue.geturl(), *args, **options)

        reglages = client_d_essai().reglages
        patch.setenv("OBSERVATOIRE_DONNEES", str(lieux.racine))
        for nom in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(nom, raising=False)
            patch.delenv(nom.lower(), raising=False)
        patch.setattr(
            "observatoire.approvisionnement.ClientEditeurs", lambda *_: VersLeBouchon(reglages)
        )
        # La ville fictive se télécharge ici comme une vraie ville.
        patch.setattr("observatoire.domaine.DEPARTEMENT_FICTIF", "zz")
        patch.setattr("observatoire.cli._lancer_application", lambda *_: None)
        yield lieux


@pytest.fixture(scope="module")
def histoire(scene: Scene) -> Scene:
    """Toutes les commandes du guide, l’une après l’autre, dans le même dossier de données."""
    for bloc in (b for b in BLOCS if b.langage == "sh"):
        for ligne in bloc.texte.splitlines():
            mots = shlex.split(ligne, comments=True)
            if mots:
                code = _executer(scene, bloc.section, mots)
                scene.codes.setdefault(ligne.strip(), []).append(code)
    return scene


def _executer(scene: Scene, section: str, mots: list[str]) -> int:
    assert mots[0] == "observatoire", f"commande que ce test ne sait pas exécuter : {mots}"
    for (ou, quoi), preparer in PREPARATIFS.items():
        if ou == section and quoi in mots:
            preparer(scene)
    remplaces = [SUBSTITUTIONS[m](scene, mots[1]) if m in SUBSTITUTIONS else m for m in mots[1:]]
    return scene.lancer(*remplaces)


@pytest.fixture(autouse=True)
def _donnees_du_guide(monkeypatch: pytest.MonkeyPatch, tmp_path_factory, request) -> None:
    """L’environnement propre à chaque test ne doit pas changer le dossier de l’histoire."""
    if "scene" in request.fixturenames or "histoire" in request.fixturenames:
        lieux = request.getfixturevalue("scene")
        monkeypatch.setenv("OBSERVATOIRE_DONNEES", str(lieux.racine))


@pytest.mark.parametrize("ligne", sorted(set(COMMANDES)))
def test_chaque_commande_du_guide_reussit(histoire, ligne):
    assert set(histoire.codes[ligne]) == {CODES.get(ligne, 0)}
    assert len(histoire.codes[ligne]) == COMMANDES.count(ligne)


def test_ce_que_le_guide_promet(histoire):
    """Publiée, puis remise en place ; le fichier déposé et l’adresse corrigée ont servi."""
    gestes = {e.action for e in histoire.entrees()}
    assert {"actualiser", "a_valider", "publier", "revenir"} <= gestes, gestes
    assert edition_courante(histoire.chemins, COMMUNE).identifiant == premiere_edition(histoire)
    adresses = (histoire.racine / "catalogue" / "adresses.toml").read_text(encoding="utf-8")
    (nouvelle,) = tomllib.loads(adresses)["rp_logement"].values()
    demandees = {r.chemin for r in histoire.bouchon.requetes}
    assert any(nouvelle.endswith(c) for c in demandees), "la nouvelle adresse n’a pas été demandée"
    ensembles = [
        {e["fichier"].partition("/")[0] for e in lire_edition(histoire, i).manifeste["entrees"]}
        for i in lister_editions(histoire.chemins, COMMUNE)
    ]
    assert any({"population_qp24.csv", "base-ic-logement-2022_csv.zip"} <= e for e in ensembles), (
        "le fichier déposé n’a pas été lu avec les fichiers téléchargés"
    )
    anciens = list(histoire.chemins.cache.glob("rp_logement/2022/anciens/*.zip"))
    assert anciens, "la version changée n’a pas été acceptée"


def test_evaluer_dessine_et_caler_dit_ce_qui_manque(histoire, capsys):
    image = (histoire.dossier / "pauvrete.png").read_bytes()
    assert image.startswith(b"\x89PNG")
    assert not (histoire.dossier / "calage.json").exists()
    (ligne,) = [c for c in COMMANDES if c.startswith("observatoire caler ")]
    assert _executer(histoire, "", shlex.split(ligne)) == 1
    assert "fichiers nationaux" in " ".join(capsys.readouterr().err.split())


def test_un_refus_dit_aussi_ce_qui_n_a_pas_ete_telecharge(scene, tmp_path, capsys, monkeypatch):
    """Sans contours, l’erreur seule ferait chercher un fichier que le producteur a refusé."""
    contours = {scene.bouchon.chemin(scene.catalogue, "contours_iris", 2026, COMMUNE)} | {
        scene.bouchon.chemin(scene.catalogue, "contours_iris", a) for a in (2024, 2025, 2026)
    }
    reste = {c: f for c, f in scene.bouchon.fichiers.items() if c not in contours}
    monkeypatch.setattr(scene.bouchon, "fichiers", reste)
    arguments = ("--vers-millesime", "2021", "--donnees", str(tmp_path))
    assert scene.lancer("actualiser", "--commune", COMMUNE, *arguments) == 1
    texte = capsys.readouterr().err
    assert "Aucun contour d’IRIS" in texte
    assert "Contours… IRIS (2023)" in texte
    assert "adresses.toml" in texte


def test_le_guide_couvre_chaque_geste():
    sections = {b.section for b in BLOCS}
    for attendue in (
        "Première ville",
        "L’actualisation annuelle",
        "Une source a changé d’adresse",
        "Un fichier déposé à la main",
        "Publier une édition à valider",
        "Revenir en arrière, et savoir qui a fait quoi",
    ):
        assert attendue in sections
    employes = {
        (s, m) for s, m in PREPARATIFS if any(b.section == s and m in b.texte for b in BLOCS)
    }
    assert employes == set(PREPARATIFS), "un préparatif ne sert plus à rien"


# --- La forme ----------------------------------------------------------------------------------


def _commandes_connues() -> dict[str, set[str]]:
    """Commande → ses options, d’après la ligne de commande elle-même."""
    from observatoire.cli import application

    groupe = typer.main.get_command(application)
    connues: dict[str, set[str]] = {"": set()}
    for nom, commande in groupe.commands.items():  # type: ignore[attr-defined]
        sous = getattr(commande, "commands", {"": commande})
        for second, feuille in sous.items():
            options = {o for p in feuille.params for o in p.opts if o.startswith("-")}
            connues[f"{nom} {second}".strip()] = options
    return connues


def _en_ligne() -> list[str]:
    """Commandes citées dans le texte, et dans les exemples de cron et de systemd."""
    sans_blocs = re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)
    citees = re.findall(r"`(observatoire [^`]+)`", sans_blocs)
    autres = [b.texte for b in BLOCS if b.langage in {"cron", "ini"}]
    return citees + re.findall(r"observatoire (?=[a-z]).*", "\n".join(autres))


@pytest.mark.parametrize("citee", sorted({*COMMANDES, *_en_ligne()}))
def test_chaque_commande_citee_existe(citee):
    mots = shlex.split(citee.replace("observatoire", "", 1), comments=True)
    connues = _commandes_connues()
    commande = next((c for c in (" ".join(mots[:2]), mots[0]) if c in connues), None)
    assert commande is not None, f"commande inconnue : {citee}"
    inconnues = {m for m in mots if m.startswith("--")} - connues[commande]
    assert not inconnues, f"options inconnues de « {commande} » : {inconnues}"


@pytest.mark.parametrize(
    "ligne", [x for b in BLOCS if b.langage == "cron" for x in b.texte.splitlines()]
)
def test_la_ligne_de_cron(ligne):
    champs = ligne.split(None, 5)
    bornes = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    assert len(champs) == 6
    for champ, (bas, haut) in zip(champs[:5], bornes, strict=True):
        assert re.fullmatch(r"\*|\d+(-\d+)?(,\d+(-\d+)?)*", champ), champ
        assert all(bas <= int(n) <= haut for n in re.findall(r"\d+", champ)), champ
    # cron exécute la ligne dès que l’un des deux convient : restreindre les deux est un piège.
    assert "*" in {champs[2], champs[4]}, "quantième et jour de la semaine à la fois"
    # Un « % » non échappé est une fin de ligne pour cron.
    assert not re.search(r"(?<!\\)%", champs[5])
    assert "/observatoire actualiser --commune " in champs[5]


def test_le_cron_n_agit_que_le_premier_dimanche():
    (ligne,) = [x for b in BLOCS if b.langage == "cron" for x in b.texte.splitlines()]
    quand, _, garde = ligne.partition("[")
    assert quand.split()[2:] == ["1-7", "*", "*"]
    essai = "[" + garde.partition("&&")[0].replace("\\%", "%").replace("date", "date -d $JOUR")
    codes = {}
    for jour in ("2026-12-05", "2026-12-06", "2026-12-07"):  # samedi, dimanche, lundi
        commande = ["/bin/sh", "-c", f"JOUR={jour}; {essai}"]
        codes[jour] = subprocess.run(commande, check=False).returncode
    assert [c == 0 for c in codes.values()] == [False, True, False]


def test_les_unites_systemd(tmp_path):
    unites = [b.texte for b in BLOCS if b.langage == "ini"]
    noms = [
        n[1]
        for u in unites
        if (n := re.match(r"# (?:/\S+/)?(observatoire\S*\.(?:service|timer))\n", u))
    ]
    assert noms == ["observatoire.service", "observatoire.timer", "observatoire-web.service"]
    assert "OnCalendar=Sun *-*-1..7 04:00" in unites[1]
    programme = tmp_path / "observatoire"
    programme.write_text("#!/bin/sh\n", encoding="utf-8")
    programme.chmod(0o755)
    for nom, unite in zip(noms, unites, strict=True):
        texte = re.sub(r"/opt\S*/observatoire", str(programme), unite)
        (tmp_path / nom).write_text(texte + "\n", encoding="utf-8")
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze absent : seule la forme est vérifiée")
    retour = subprocess.run(
        ["systemd-analyze", "verify", *sorted(str(tmp_path / n) for n in noms)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    plaintes = [x for x in retour.stderr.splitlines() if "observatoire" in x]
    assert not plaintes, plaintes
