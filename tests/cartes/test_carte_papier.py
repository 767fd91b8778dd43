"""Carte imprimée : rien ne déborde, rien ne se chevauche, chaque fichier est complet."""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
import shapely
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from observatoire.cartes import palettes
from observatoire.cartes.carte_papier import dessiner_carte, exporter_carte
from observatoire.cartes.fond_papier import cadrer
from observatoire.cartes.mise_en_page import Cadre
from observatoire.cartes.modeles import Aspect, ClasseLegende, Legende, VueCarte
from observatoire.cartes.noms_papier import coin_libre, longueur_ronde
from observatoire.cartes.typographie import Style, couper_lignes, equilibrer_lignes, largeur_texte
from observatoire.erreurs import ErreurDemande

COLONNES, RANGS, COTE = 6, 5, 500
COULEURS = ("#8a4513", "#e3a55c", "#f5f1ea", "#7282b6")
POLICES = Path(dessiner_carte.__code__.co_filename).parent / "polices"
SVG = "{http://www.w3.org/2000/svg}"


def _couche(**colonnes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(colonnes, geometry="geometry", crs=2154)


def _zones(aspects: dict[int, Aspect]) -> gpd.GeoDataFrame:
    n = COLONNES * RANGS
    formes = [
        shapely.box(x * COTE, y * COTE, (x + 1) * COTE, (y + 1) * COTE)
        for y in range(RANGS)
        for x in range(COLONNES)
    ]
    rangs = np.arange(n) % len(COULEURS)
    etats = [aspects.get(i, Aspect.VALEUR) for i in range(n)]
    connus = np.array([a is Aspect.VALEUR for a in etats])
    valeurs = np.where(connus, 35.0 - 5 * rangs, np.nan)
    return _couche(
        code_territoire=[f"38999{i:04d}" for i in range(n)],
        nom=[f"Îlot {i}" for i in range(n)],
        valeur=valeurs,
        ecart=valeurs - 22.0,
        aspect=etats,
        classe=np.where(connus, rangs, -1),
        couleur=[COULEURS[r] if c else "#000000" for r, c in zip(rangs, connus, strict=True)],
        rayon_relatif=np.sqrt(valeurs / 35),
        texte_valeur=[f"{v:.0f}\u202f%" if c else "" for v, c in zip(valeurs, connus, strict=True)],
        texte_ecart=[f"{v - 22:+.0f}" if c else "" for v, c in zip(valeurs, connus, strict=True)],
        texte_statut=["publié" if c else "secret statistique" for c in connus],
        geometry=formes,
    )


def _vue(
    *, aspects: dict[int, Aspect] | None = None, quartiers: int = 3, **modifications: object
) -> VueCarte:
    aspects = {0: Aspect.SECRET, 7: Aspect.SECRET} if aspects is None else aspects
    zones = _zones(aspects)
    noms = [f"Quartier au nom long numéro {i:02d}" for i in range(quartiers)]
    coins = [(60 + 490 * (i * 5 % 6), 60 + 240 * (i * 7 // 6 % 10)) for i in range(quartiers)]
    qpv = _couche(
        code_territoire=[f"QN999{i:02d}M" for i in range(quartiers)],
        nom=noms,
        geometry=[shapely.box(x, y, x + 280, y + 160) for x, y in coins],
    )
    communes = _couche(
        code_commune=["38999", "38998", "38997"],
        nom=["Mervaux", "Rémy", "Combe-Haute"],
        geometry=[
            shapely.box(0, 0, COLONNES * COTE, RANGS * COTE),
            shapely.box(-9000, -9000, 0, 9000),
            shapely.box(COLONNES * COTE, -9000, 12000, 9000),
        ],
    )
    classes = tuple(
        ClasseLegende(10.0 - 5 * i, 15.0 - 5 * i, c, f"{10 - 5 * i:+d} à {15 - 5 * i:+d}", 7)
        for i, c in enumerate(COULEURS)
    )
    etats = list(aspects.values())
    vue = VueCarte(
        zones=zones,
        qpv=qpv,
        secteurs=_couche(
            code_territoire=["S1"], nom=["Nord"], geometry=[shapely.box(0, 0, 1500, 2500)]
        ),
        communes=communes,
        eau=_couche(nom=["Le lac"], geometry=[shapely.box(2600, 100, 2900, 300)]),
        indicateur_id="taux_pauvrete",
        libelle_indicateur="Taux de pauvreté",
        unite="pct",
        est_stock=False,
        millesime=2021,
        vue="ecart",
        reference="ville",
        nom_ville="Mervaux",
        est_fictive=False,
        titre="À Mervaux, la pauvreté dépasse de 10 points la moyenne de la ville dans 7 îlots",
        sous_titre="Écart du taux de pauvreté à la ville (22,0\u202f%), par IRIS, 2021",
        texte_ville="22,0\u202f%",
        complement_ville="des habitants vivent sous le seuil de pauvreté",
        phrase_lecture="Lecture\u202f: dans les îlots en brun, l’écart dépasse 10 points.",
        precaution="Deux îlots ne sont pas diffusés.",
        source="Insee, Filosofi 2021",
        edition="2024-1",
        texte_alternatif="Carte de Mervaux & environs <par IRIS>.",
        legende=Legende(
            titre="Écart à la ville, en points",
            titre_effectif="nombre d’IRIS",
            classes=classes,
            aspects=tuple((a, etats.count(a)) for a in dict.fromkeys(etats)),
            repere="ville = 22,0\u202f%",
            methode="seuils lisibles",
        ),
    )
    return replace(vue, **modifications)


def _stock() -> VueCarte:
    vue = _vue(est_stock=True, vue="valeur", unite="personnes")
    cercles = tuple(ClasseLegende(0, h, palettes.STOCK, f"{h} habitants", 3) for h in (35, 20, 5))
    return replace(vue, legende=replace(vue.legende, classes=cercles, repere=""))


LONGUE = replace(
    _vue(),
    titre="Dans cette ville au nom interminable, la part des habitants concernés dépasse " * 6,
    sous_titre="Sous-titre développé, avec territoire, date et référence, sans rien abréger " * 4,
    texte_ville="non disponible pour ce millésime",
    complement_ville="des habitants, au sens de la définition complète de l’indicateur " * 3,
    phrase_lecture="Lecture\u202f: une phrase de lecture qui prend son temps pour tout dire " * 5,
    precaution="Une précaution qui rappelle ce que le chiffre ne dit pas, longuement " * 5,
    source="Insee-DGFiP-Cnaf-Cnav-CCMSA, Filosofi 2021, diffusé le 25 janvier 2024\u202f; " * 5,
    nom_ville="Saint-Martin-de-la-Grande-Vallée-sous-Forêt",
)
LONGUE = replace(
    LONGUE,
    legende=replace(
        LONGUE.legende, titre=LONGUE.legende.titre * 4, repere="ville de référence " * 6
    ),
)


def _boites(figure: Figure) -> dict[str, shapely.Polygon]:
    """Boîtes des textes, en millimètres de la feuille, telles que le moteur les dessine."""
    toile = FigureCanvasAgg(figure)
    toile.draw()
    moteur = toile.get_renderer()
    mm = 25.4 / figure.dpi
    boites = {}
    for rang, ligne in enumerate(figure.axes[0].texts):
        etendue = ligne.get_window_extent(moteur)
        boites[f"{rang} {ligne.get_text()}"] = shapely.box(*(etendue.extents * mm))
    return boites


def _lettres(boite: shapely.Polygon) -> shapely.Polygon:
    """Corps des lettres : la boîte du moteur comprend aussi l’interligne."""
    x0, y0, x1, y1 = boite.bounds
    marge = 0.24 * (y1 - y0)
    return shapely.box(x0 + 0.2, y0 + marge, max(x1 - 0.2, x0 + 0.3), y1 - marge)


def _textes(figure: Figure) -> str:
    return "\n".join(t.get_text() for t in figure.axes[0].texts)


@pytest.mark.parametrize(
    ("format_page", "orientation"), [("A4", "paysage"), ("A4", "portrait"), ("diapo", "paysage")]
)
@pytest.mark.parametrize(
    "vue",
    [_vue(), LONGUE, _stock(), _vue(quartiers=0), replace(_vue(), centre="QN99901M")],
    ids=["simple", "longue", "stock", "sans", "quartier"],
)
def test_aucun_texte_ne_deborde_ni_ne_chevauche(
    vue: VueCarte, format_page: str, orientation: str
) -> None:
    figure = dessiner_carte(
        vue, format_page=format_page, orientation=orientation, document="ABCD-2345"
    )
    _verifier_textes(figure)


def _verifier_textes(figure: Figure) -> None:
    """Aucun texte ne sort de la page, ni n’en touche un autre."""
    boites = _boites(figure)
    largeur, hauteur = figure.get_size_inches() * 25.4
    page = shapely.box(8, 8, largeur - 8, hauteur - 8)
    assert [t for t, b in boites.items() if not page.contains(b)] == []
    corps = {t: _lettres(b) for t, b in boites.items()}
    melanges = [
        (a, b) for a, b in itertools.combinations(corps, 2) if corps[a].intersects(corps[b])
    ]
    assert melanges == []


def test_trop_de_quartiers_recoivent_un_numero_et_une_liste() -> None:
    figure = dessiner_carte(_vue(quartiers=60))
    textes = _textes(figure)
    ecrits = textes.replace("\n", " ").replace("\u00a0", " ")
    assert "Quartiers numérotés" in textes
    for i in range(60):
        assert f"numéro {i:02d}" in ecrits
    assert all(shapely.box(0, 0, 297.1, 210).contains(b) for b in _boites(figure).values())


def test_le_chiffre_d_un_quartier_garde_ses_reserves() -> None:
    vue = _vue()
    qpv = vue.qpv.assign(
        texte_ecart=[
            "+24,0\u00a0points par rapport à la ville",
            "+9,0\u00a0points par rapport à la ville (écart indicatif)",
            "ne peut pas être comparé à la ville",
        ],
        texte_valeur="",
    )
    figure = dessiner_carte(replace(vue, qpv=qpv))
    lignes = [t.get_text() for t in figure.axes[0].texts]
    assert "+24,0\u00a0points" in lignes
    assert "+9,0\u00a0points (écart indicatif)" in " ".join(lignes)
    assert not any("par rapport" in t or "comparé" in t for t in lignes)


def test_l_intervalle_d_un_quartier_tient_en_une_ligne() -> None:
    vue = _vue(vue="valeur")
    texte = "14\u202f640\u00a0€ (neuf fois sur dix entre 13\u202f890\u00a0€ et 15\u202f380\u00a0€)"
    figure = dessiner_carte(replace(vue, qpv=vue.qpv.assign(texte_valeur=texte)))
    lignes = [t.get_text() for t in figure.axes[0].texts]
    assert lignes.count("14\u202f640\u00a0€") == len(vue.qpv)
    assert lignes.count("entre 13\u202f890 et 15\u202f380\u00a0€") == len(vue.qpv)


@pytest.mark.parametrize(
    ("bornes", "au_dessus"),
    [([(10.0, 20.0), (0.0, 10.0)], True), ([(40.0, 50.0), (30.0, 40.0)], False)],
)
def test_le_repere_est_du_cote_de_la_ville(
    bornes: list[tuple[float, float]], au_dessus: bool
) -> None:
    """Hors de toutes les classes, le chiffre de la ville (22) est au bout où il se trouve."""
    vue = _vue(vue="valeur")
    classes = tuple(ClasseLegende(b, h, palettes.STOCK, f"{b} à {h}", 3) for b, h in bornes)
    figure = dessiner_carte(replace(vue, legende=replace(vue.legende, classes=classes)))
    hauteurs = {t.get_text(): t.get_position()[1] for t in figure.axes[0].texts}
    repere = hauteurs[vue.legende.repere]
    assert all((repere < hauteurs[c.libelle]) is au_dessus for c in classes)


def test_des_quartiers_seuls_ne_reduisent_pas_la_ville() -> None:
    vue = _vue()
    seuls = replace(vue, zones=vue.zones.iloc[[2, 9]].reset_index(drop=True))
    cadre = Cadre(10, 20, 180, 150)
    entiere, partielle = cadrer(vue, cadre), cadrer(seuls, cadre)
    assert partielle.mm_par_metre == pytest.approx(entiere.mm_par_metre)
    assert partielle.ville.area == pytest.approx(entiere.ville.area, rel=1e-6)


def test_sous_les_cercles_les_zones_sont_neutres() -> None:
    vue = _stock()
    zones = max(
        (c for c in dessiner_carte(vue).axes[0].collections if isinstance(c, PathCollection)),
        key=lambda c: len(c.get_paths()),
    )
    neutres = {palettes.IVOIRE, palettes.FOND_ASPECT[Aspect.SECRET]}
    assert {to_hex(c) for c in zones.get_facecolor()} == neutres


def test_l_echelle_ne_couvre_pas_la_ville() -> None:
    # Une ville carrée dans un cadre carré occupe les quatre coins : une bande s’ouvre dessous.
    vue = _vue(quartiers=0)
    cadre = Cadre(10, 20, 180, 150)
    assert not coin_libre(cadrer(vue, cadre))[1]
    coin, libre = coin_libre(cadrer(vue, cadre, bande=11))
    assert libre
    assert not shapely.box(coin.x, coin.y, coin.droite, coin.bas).intersects(
        cadrer(vue, cadre, bande=11).ville
    )


def test_les_couleurs_sont_celles_de_la_vue() -> None:
    vue = _vue()
    zones = max(
        (c for c in dessiner_carte(vue).axes[0].collections if isinstance(c, PathCollection)),
        key=lambda c: len(c.get_paths()),
    )
    attendues = [
        palettes.FOND_ASPECT[Aspect.SECRET] if a == Aspect.SECRET else c
        for a, c in zip(vue.zones["aspect"], vue.zones["couleur"], strict=True)
    ]
    assert [to_hex(c) for c in zones.get_facecolor()] == attendues


@pytest.mark.parametrize("aspect", [a for a in Aspect if a is not Aspect.VALEUR])
def test_un_aspect_n_est_dans_la_legende_que_s_il_est_present(aspect: Aspect) -> None:
    assert aspect.libelle in _textes(dessiner_carte(_vue(aspects={3: aspect})))
    assert aspect.libelle not in _textes(dessiner_carte(_vue(aspects={})))


def test_la_legende_la_lecture_et_le_pied_sont_complets() -> None:
    textes = _textes(dessiner_carte(_vue()))
    attendus = ["+10 à +15", "ville = 22,0\u202f%", "Lecture", "Précaution", "limite de secteur"]
    attendus += ["Licence Ouverte 2.0", "Édition 2024-1", "\nN\n", "Rémy", "\n500\u00a0m\n"]
    for attendu in attendus:
        assert attendu in textes
    assert "quartier prioritaire de la politique de la ville" in textes.replace("\n", " ")
    # L’intertitre annonce déjà la lecture.
    assert "Lecture\u202f:" not in textes
    assert "Ville fictive" not in textes


def test_une_ville_fictive_est_annoncee() -> None:
    textes = _textes(dessiner_carte(_vue(est_fictive=True)))
    assert "Ville fictive : données inventées pour la démonstration" in textes
    assert "Licence Ouverte" not in textes


@pytest.mark.parametrize(
    ("format_page", "orientation", "pixels"),
    [
        ("A4", "paysage", (3508, 2480)),
        ("A4", "portrait", (2480, 3508)),
        ("A3", "paysage", (4961, 3507)),
        ("diapo", "paysage", (4000, 2250)),
    ],
)
def test_png_a_300_points_par_pouce(
    tmp_path: Path, format_page: str, orientation: str, pixels: tuple[int, int]
) -> None:
    sortie = tmp_path / "carte.png"
    fichiers = exporter_carte(_vue(), sortie, format_page=format_page, orientation=orientation)
    assert fichiers == [sortie, tmp_path / "carte.txt"]
    with Image.open(sortie) as image:
        assert image.size == pixels
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.info["Title"].startswith("À Mervaux")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["carte.png", "carte.txt"]


def test_svg_en_vrai_texte_accessible_et_autonome(tmp_path: Path) -> None:
    exporter_carte(_vue(), tmp_path / "carte.svg")
    contenu = (tmp_path / "carte.svg").read_text("utf-8")
    racine = ET.fromstring(contenu)
    assert racine.get("role") == "img"
    assert racine.get("lang") == "fr"
    titre, description = racine.find(f"{SVG}title"), racine.find(f"{SVG}desc")
    assert titre is not None
    assert description is not None
    assert titre.get("id") == racine.get("aria-labelledby")
    assert description.text == "Carte de Mervaux & environs <par IRIS>."
    ecrits = " ".join("".join(t.itertext()) for t in racine.iter(f"{SVG}text"))
    assert "+10 à +15" in ecrits
    assert "À Mervaux, la pauvreté" in ecrits
    assert "'Observatoire Sans', 'Source Sans 3'" in contenu
    assert "url(http" not in contenu
    assert 'href="http' not in contenu
    assert contenu.count("@font-face") >= 4


def test_pdf_avec_polices_et_titre(tmp_path: Path) -> None:
    exporter_carte(_vue(), tmp_path / "carte.pdf")
    octets = (tmp_path / "carte.pdf").read_bytes()
    assert octets.startswith(b"%PDF")
    for attendu in (
        b"/FontFile2",
        b"ObservatoireSerif-SemiBold",
        b"/Title",
        b"/Author",
        b"/Subject",
    ):
        assert attendu in octets
    assert b"/Type3" not in octets
    # La langue et le titre sont ceux du catalogue que lit un lecteur d’écran.
    catalogue = re.findall(rb"/Type /Catalog[^>]*>>", octets)[-1]
    assert b"/Lang (fr-FR)" in catalogue


def test_l_identifiant_est_imprime_et_dans_les_metadonnees(tmp_path: Path) -> None:
    for extension in ("png", "svg", "pdf"):
        sortie = tmp_path / f"carte.{extension}"
        _, texte = exporter_carte(_vue(), sortie, document="ABCD-2345")
        assert "Document ABCD-2345" in texte.read_text("utf-8")
        if extension == "png":
            with Image.open(sortie) as image:
                assert image.info["Identifier"] == "ABCD-2345"
                assert image.info["Language"] == "fr-FR"
        else:
            octets = sortie.read_bytes()
            # Un texte accentué des métadonnées d’un PDF est en UTF-16.
            assert b"ABCD-2345" in octets or "ABCD-2345".encode("utf-16-be") in octets
    assert "Document ABCD-2345" in _textes(dessiner_carte(_vue(), document="ABCD-2345"))


def test_un_quartier_centre_est_entier_et_le_cadre_ne_trace_pas_de_contour() -> None:
    vue = replace(_vue(), centre="QN99901M")
    cadre = Cadre(10, 20, 180, 150)
    carte = cadrer(vue, cadre)
    boite = shapely.box(cadre.x, cadre.y, cadre.droite, cadre.bas)
    assert boite.contains(carte.qpv[1])
    assert carte.mm_par_metre > cadrer(_vue(), cadre).mm_par_metre
    assert all(f.is_empty or boite.buffer(0.01).contains(f) for f in carte.zones)


@pytest.mark.parametrize("extension", ["png", "svg", "pdf"])
def test_meme_carte_memes_octets(tmp_path: Path, extension: str) -> None:
    vue = _vue()
    premier, second = tmp_path / f"a.{extension}", tmp_path / f"b.{extension}"
    exporter_carte(vue, premier)
    exporter_carte(vue, second)
    assert premier.read_bytes() == second.read_bytes()


def test_le_texte_dit_chaque_zone(tmp_path: Path) -> None:
    vue = _vue(est_fictive=True)
    _, texte = exporter_carte(vue, tmp_path / "carte.png")
    lignes = texte.read_text("utf-8").splitlines()
    assert lignes[0].startswith("VILLE FICTIVE")
    assert vue.titre in lignes
    assert vue.texte_alternatif in lignes
    assert "Îlot 1\u202f; 30\u202f%\u202f; +8\u202f; publié" in lignes
    assert "Îlot 0\u202f; sans objet\u202f; sans objet\u202f; secret statistique" in lignes
    assert sum(ligne.startswith("Îlot ") for ligne in lignes) == COLONNES * RANGS


@pytest.mark.parametrize("nom", ["carte.jpg", "carte", "carte.tiff"])
def test_extension_inconnue(tmp_path: Path, nom: str) -> None:
    with pytest.raises(ErreurDemande, match=r"\.png, \.svg ou \.pdf"):
        exporter_carte(_vue(), tmp_path / nom)
    assert list(tmp_path.iterdir()) == []


def test_demandes_impossibles(tmp_path: Path) -> None:
    with pytest.raises(ErreurDemande, match="A4, A3 ou diapo"):
        dessiner_carte(_vue(), format_page="A9")
    with pytest.raises(ErreurDemande, match="paysage ou portrait"):
        dessiner_carte(_vue(), orientation="travers")
    with pytest.raises(ErreurDemande, match="toujours en paysage"):
        dessiner_carte(_vue(), format_page="diapo", orientation="portrait")
    with pytest.raises(ErreurDemande, match="n’existe pas"):
        exporter_carte(_vue(), tmp_path / "nulle" / "carte.png")


def test_un_echec_laisse_l_ancien_fichier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sortie = tmp_path / "carte.svg"
    sortie.write_text("ancienne")

    def refuser(*_: object) -> None:
        raise OSError("disque plein")

    monkeypatch.setattr(Path, "replace", refuser)
    with pytest.raises(OSError, match="disque plein"):
        exporter_carte(_vue(), sortie)
    assert sortie.read_text() == "ancienne"
    assert [p.name for p in tmp_path.iterdir()] == ["carte.svg"]


def test_plusieurs_fils_sans_toucher_aux_reglages(tmp_path: Path) -> None:
    avant = dict(mpl.rcParams)
    vue = _vue()
    sorties = [tmp_path / f"{i}.svg" for i in range(3)]
    fils = [threading.Thread(target=exporter_carte, args=(vue, s)) for s in sorties]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len({s.read_bytes() for s in sorties}) == 1
    assert dict(mpl.rcParams) == avant


def test_les_polices_sont_completes_renommees_et_legeres() -> None:
    fichiers = sorted(POLICES.glob("*.ttf"))
    assert len(fichiers) == 6
    assert sum(f.stat().st_size for f in fichiers) < 600_000
    assert "SIL OPEN FONT LICENSE" in (POLICES / "OFL.txt").read_text("utf-8")
    for fichier in fichiers:
        with TTFont(fichier) as police:
            # « Source » est un nom réservé par la licence.
            assert not police["name"].getDebugName(1).startswith("Source")
            assert "Adobe" in police["name"].getDebugName(0)
            lettres = set(map(ord, "ÀÉÇŒœ«»’–—…€²\u202f\u00a0\u2212"))
            assert lettres <= set(police.getBestCmap())


@given(
    st.lists(st.text("abcdéœ’\u00a0", min_size=1, max_size=40), min_size=1, max_size=12),
    st.floats(12, 80),
)
def test_les_lignes_tiennent_et_ne_perdent_rien(mots: list[str], largeur: float) -> None:
    style, texte = Style(9), " ".join(mots)
    for lignes in (couper_lignes(texte, style, largeur), equilibrer_lignes(texte, style, largeur)):
        assert all(largeur_texte(ligne, style) <= largeur for ligne in lignes)
        nu = str.maketrans({"\u00a0": None, " ": None})
        assert "".join(lignes).translate(nu) == texte.translate(nu)


def test_un_titre_ne_laisse_pas_un_petit_mot_en_fin_de_ligne() -> None:
    titre = "Le niveau de vie médian va du simple au double d’un îlot à l’autre de la ville"
    for largeur in range(40, 120, 7):
        lignes = equilibrer_lignes(titre, Style(12), largeur)
        fins = {ligne.rsplit(" ", 1)[-1].rsplit("\u00a0", 1)[-1] for ligne in lignes[:-1]}
        assert not fins & {"à", "au", "de", "du", "la"}


def test_un_tiret_ne_commence_pas_une_ligne() -> None:
    style = Style(9, graisse=700)
    for largeur in range(22, 50):
        lignes = equilibrer_lignes("Saint-Aubert – Les Ateliers", style, largeur)
        assert not any(ligne.startswith("–") for ligne in lignes)
        assert " ".join(lignes) == "Saint-Aubert – Les Ateliers"


@given(st.floats(1.0, 1e7))
def test_l_echelle_a_une_longueur_ronde(maximum: float) -> None:
    longueur = longueur_ronde(maximum)
    assert maximum / 2.5 - 1e-6 <= longueur <= maximum
    assert f"{longueur:.0e}"[0] in "125"
