"""Chaque faute d’une table a son message, avec le fichier, la ligne, la colonne et le remède."""

from __future__ import annotations

import pytest
from fabriques_ingestion import (
    COLONNES_FILO,
    COLONNES_RP,
    LIGNES_FILO,
    LIGNES_RP,
    ecrire_csv,
    ecrire_parquet,
    lire,
    octets_xlsx,
    seul,
    zipper,
)

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.ingestion import inventorier, lire_tableau


def fautes(chemin, catalogue, **options) -> tuple[Anomalie, ...]:
    with pytest.raises(ErreurDonnees) as erreur:
        lire(chemin, catalogue, **options)
    assert all(a.gravite == "erreur" and a.fichier and a.remede for a in erreur.value.anomalies)
    return erreur.value.anomalies


def modifier(lignes, rang, colonne, valeur, colonnes=COLONNES_FILO):
    copie = [list(ligne) for ligne in lignes]
    copie[rang][colonnes.index(colonne)] = valeur
    return copie


def test_cellule_qui_n_est_pas_un_nombre(tmp_path, catalogue):
    lignes = modifier(LIGNES_FILO, 2, "DISP_MED21", "vingt mille")
    (faute,) = fautes(
        ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue, communes=["01053"]
    )
    assert (faute.fichier, faute.ligne, faute.colonne) == ("f.csv", 4, "DISP_MED21")
    assert "vingt mille" in faute.message


def test_numero_de_ligne_malgre_titres_vides_et_sauts_de_ligne(tmp_path, catalogue):
    texte = (
        'Titre;\n\nIRIS;LIB;DISP_TP6021;DISP_MED21;DISP_D121\n"010530101";"a\nb";1,5;10000;5000\n\n'
    )
    texte += "010530102;c;2,5;x;5000\n"
    (tmp_path / "f.csv").write_text(texte, encoding="utf-8")
    (faute,) = fautes(tmp_path / "f.csv", catalogue)
    assert faute.ligne == 7


@pytest.mark.parametrize(
    "valeur",
    [
        "1.234,5",
        "1,234.5",
        "12 500",
        "1 234",
        "12,5 %",
        "#N/A",
        "1,2,3",
        "-",
        "0x10",
        "inf",
        "1e999",
    ],
)
def test_ecritures_refusees(tmp_path, catalogue, valeur):
    lignes = modifier(LIGNES_FILO, 0, "DISP_TP6021", valeur)
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (2, "DISP_TP6021")
    assert valeur in faute.message


@pytest.mark.parametrize("valeur", ["1,234", "-12,500", "123.456"])
def test_milliers_ou_decimales_sans_autre_indice(tmp_path, catalogue, valeur):
    lignes = [
        ("010530101", 20, valeur, 11000, "s", "0"),
        ("010530102", 21, 20000, 12000, "s", "0"),
    ]
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (2, "DISP_MED21")
    assert "milliers ou décimales" in faute.message


def test_l_ambiguite_se_leve_ailleurs_dans_le_fichier(tmp_path, catalogue):
    """« 1,234 » est une décimale si une autre ville du même fichier écrit « 20,3 »."""
    lignes = [
        ("010530101", "1,234", 20000, 11000, "s", "0"),
        ("693890101", "20,3", 20000, 11000, "s", "0"),
    ]
    table = lire(
        ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue, communes=["01053"]
    )
    assert table.valeurs["filo_taux_pauvrete"].tolist() == [1.234]


def test_fichier_qui_mele_point_et_virgule(tmp_path, catalogue):
    lignes = modifier(LIGNES_FILO, 2, "DISP_TP6021", "7.5")
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (4, "DISP_TP6021")
    assert "virgule" in faute.message


def test_un_millier_a_l_anglaise_dans_un_fichier_a_point(tmp_path, catalogue):
    lignes = modifier(LIGNES_FILO, 2, "DISP_MED21", "24,510")
    (faute,) = fautes(
        ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes, decimale="."), catalogue
    )
    assert (faute.ligne, faute.colonne) == (4, "DISP_MED21")


@pytest.mark.parametrize("valeur", [-0.5, 100.5])
def test_pourcentage_hors_bornes(tmp_path, catalogue, valeur):
    lignes = modifier(LIGNES_FILO, 0, "DISP_TP6021", valeur)
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (2, "DISP_TP6021")
    assert "pourcentage" in faute.message


def test_effectif_negatif(tmp_path, catalogue):
    lignes = modifier(LIGNES_RP, 1, "P22_RP_LOCHLMV", -3.5, COLONNES_RP)
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_RP, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (3, "P22_RP_LOCHLMV")
    assert "négative" in faute.message


def test_code_en_double(tmp_path, catalogue):
    lignes = [*LIGNES_FILO, LIGNES_FILO[2]]
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (4, "IRIS")
    assert "010530103" in faute.message
    assert "ligne 7" in faute.message


def test_parties_qui_ne_font_pas_le_tout(tmp_path, catalogue):
    lignes = modifier(LIGNES_RP, 0, "P22_RP_PROP", 70.25, COLONNES_RP)
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_RP, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (2, "P22_RP")
    assert "propriétaires" in faute.message
    assert "110,5" in faute.message or "70,25" in faute.message


@pytest.mark.parametrize(
    ("source", "colonnes", "ligne", "mot"),
    [
        (
            "activite",
            ("P22_POP1564", "P22_ACT1564", "P22_CHOM1564"),
            (100.5, 80.0, 90.0),
            "chômeurs",
        ),
        ("diplomes", ("P22_NSCOL15P", "P22_NSCOL15P_DIPLMIN"), (100.5, 130.0), "sans diplôme"),
        (
            "familles",
            ("C22_MEN", "C22_FAM", "C22_FAMMONO"),
            (200.5, 100.0, 130.0),
            "monoparentales",
        ),
        (
            "population",
            (
                "P22_POP",
                "P22_POP0014",
                "P22_POP1529",
                "P22_POP3044",
                "P22_POP4559",
                "P22_POP6074",
                "P22_POP75P",
            ),
            (600.5, 100.0, 100.0, 100.0, 100.0, 100.0, 150.0),
            "groupes d’âge",
        ),
    ],
)
def test_identites_comptables(tmp_path, catalogue, source, colonnes, ligne, mot):
    chemin = ecrire_csv(
        tmp_path / "f.csv",
        ("IRIS", "COM", "TYP_IRIS", *colonnes),
        [("381850101", "38185", "H", *ligne)],
    )
    (faute,) = fautes(chemin, catalogue)
    assert faute.ligne == 2
    assert mot in faute.message


def test_une_identite_ne_se_verifie_pas_sur_un_terme_masque(tmp_path, catalogue):
    lignes = modifier(LIGNES_RP, 0, "P22_RP_PROP", None, COLONNES_RP)
    assert len(lire(ecrire_csv(tmp_path / "f.csv", COLONNES_RP, lignes), catalogue).valeurs) == 2


def test_colonne_d_un_autre_millesime(tmp_path, catalogue):
    colonnes = (*COLONNES_RP, "P17_RP_VOIT1P")
    lignes = [(*ligne, 1.0) for ligne in LIGNES_RP]
    (faute,) = fautes(ecrire_csv(tmp_path / "f.csv", colonnes, lignes), catalogue)
    assert (faute.ligne, faute.colonne) == (1, "P17_RP_VOIT1P")
    assert "2017" in faute.message
    assert "2022" in faute.message


def test_colonne_filosofi_d_un_autre_millesime(tmp_path, catalogue):
    colonnes = (*COLONNES_FILO, "DISP_RD18")
    (faute,) = fautes(
        ecrire_csv(tmp_path / "f.csv", colonnes, [(*ligne, 2.5) for ligne in LIGNES_FILO]),
        catalogue,
    )
    assert faute.colonne == "DISP_RD18"


def test_colonnes_inconnues_en_avertissement(tmp_path, catalogue):
    colonnes = (*COLONNES_RP, "MA_COLONNE")
    table = lire(
        ecrire_csv(tmp_path / "f.csv", colonnes, [(*ligne, 1) for ligne in LIGNES_RP]), catalogue
    )
    avis, manque = table.anomalies
    assert "MA_COLONNE" in avis.message
    assert avis.gravite == manque.gravite == "avertissement"


def test_un_fichier_reduit_a_quelques_colonnes_est_dit_en_une_ligne(tmp_path, catalogue):
    table = lire(ecrire_csv(tmp_path / "f.csv", COLONNES_RP, LIGNES_RP), catalogue)
    (avis,) = table.anomalies
    assert avis.message.endswith("variables sont absentes de ce fichier")
    assert "P22_RP_VOIT1P" in avis.colonne
    # La définition d’avant 2022 n’est pas due dans un fichier de 2022.
    assert "HSTU1P" not in avis.colonne


def test_colonne_repetee(tmp_path, catalogue):
    colonnes = (*COLONNES_RP, "P22_RP")
    (faute,) = fautes(
        ecrire_csv(tmp_path / "f.csv", colonnes, [(*ligne, 1.0) for ligne in LIGNES_RP]), catalogue
    )
    assert (faute.ligne, faute.colonne) == (1, "P22_RP")


def test_zero_initial_perdu_dans_un_csv(tmp_path, catalogue):
    lignes = [(ligne[0].lstrip("0"), *ligne[1:]) for ligne in LIGNES_FILO]
    (faute,) = fautes(
        ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue, communes=["01053"]
    )
    assert (faute.ligne, faute.colonne) == (2, "IRIS")
    assert "« 10530101 » au lieu de « 010530101 »" in faute.message
    assert "tableur" in faute.remede


@pytest.mark.parametrize("format_", ["xlsx", "parquet"])
def test_zero_initial_perdu_dans_un_fichier_type(tmp_path, catalogue, format_):
    lignes = [(int(ligne[0]), *ligne[1:]) for ligne in LIGNES_FILO]
    chemin = tmp_path / f"f.{format_}"
    if format_ == "xlsx":
        chemin.write_bytes(octets_xlsx(COLONNES_FILO, lignes))
    else:
        ecrire_parquet(chemin, COLONNES_FILO, lignes, typer=True)
    (faute,) = fautes(chemin, catalogue, communes=["01053"])
    assert "« 10530101 »" in faute.message
    assert faute.ligne == (7 if format_ == "xlsx" else 1)


def test_zero_perdu_d_une_autre_ville_n_est_qu_un_avertissement(tmp_path, catalogue):
    lignes = [(ligne[0].lstrip("0"), *ligne[1:]) for ligne in LIGNES_FILO]
    table = lire(
        ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue, communes=["69389"]
    )
    assert list(table.valeurs.index) == ["693890101"]
    assert any("zéro initial perdu" in a.message for a in table.anomalies)


def test_zero_perdu_dans_un_code_de_commune(tmp_path, catalogue):
    colonnes = ("CODGEO", "NBPERSMENFISC21", "MED21", "TP6021")
    chemin = ecrire_csv(tmp_path / "c.csv", colonnes, [("1053", 90000, 21000, 17.5)])
    (faute,) = fautes(chemin, catalogue, communes=["01053"])
    assert "« 01053 »" in faute.message


def test_ligne_coupee(tmp_path, catalogue):
    chemin = ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, LIGNES_FILO)
    texte = chemin.read_text(encoding="utf-8").replace("010530103;7,0;24510", "010530103;24510")
    chemin.write_text(texte, encoding="utf-8")
    (faute,) = fautes(chemin, catalogue)
    assert faute.ligne == 4
    assert "5 cellules au lieu de 6" in faute.message


def test_numeros_de_ligne_apres_une_ligne_coupee(tmp_path, catalogue):
    lignes = modifier(LIGNES_FILO, 2, "DISP_MED21", "x")
    chemin = ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes)
    texte = chemin.read_text(encoding="utf-8").replace("010530102;ns;", "010530102;")
    chemin.write_text(texte, encoding="utf-8")
    assert [f.ligne for f in fautes(chemin, catalogue)] == [3, 4]


def test_separateur_en_trop_sur_toutes_les_lignes(tmp_path, catalogue):
    lignes = [(f"3818501{k:02d}", *LIGNES_FILO[0][1:], "") for k in range(1, 40)]
    relevees = fautes(ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue)
    assert [f.ligne for f in relevees] == [*range(2, 12), None]
    assert "29 autres lignes" in relevees[-1].message


def test_codes_malformes_signales(tmp_path, catalogue):
    lignes = [*LIGNES_FILO, ("Total", 15.0, 22000, 11000, 0.3, "0")]
    table = lire(
        ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, lignes), catalogue, communes=["01053"]
    )
    (avis,) = [a for a in table.anomalies if "forme" in a.message]
    assert avis.ligne == 7
    assert "Total" in avis.message


def test_toutes_les_fautes_d_un_coup(tmp_path, catalogue):
    lignes = modifier(LIGNES_FILO, 0, "DISP_TP6021", "abc")
    lignes = modifier(lignes, 2, "DISP_TP6021", 120.5)
    lignes = modifier(lignes, 3, "DISP_MED21", "1.234,5")
    lignes += [LIGNES_FILO[1], ("10530105", 1.0, 20000, 11000, 0.5, "0")]
    relevees = fautes(
        ecrire_csv(tmp_path / "f.csv", (*COLONNES_FILO, "DISP_D918"), [(*x, 1.5) for x in lignes]),
        catalogue,
    )
    assert len(relevees) == 6
    textes = "\n".join(str(f) for f in relevees)
    for attendu in ("abc", "120,5", "1.234,5", "010530102", "zéro initial perdu", "DISP_D918"):
        assert attendu in textes


def test_le_nom_du_membre_figure_dans_le_message(tmp_path, catalogue):
    csv = ecrire_csv(
        tmp_path / "f.csv", COLONNES_FILO, modifier(LIGNES_FILO, 0, "DISP_MED21", "x")
    ).read_bytes()
    (faute,) = fautes(zipper(tmp_path / "z.zip", {"d/f.csv": csv}), catalogue)
    assert faute.fichier == "z.zip/d/f.csv"
    assert faute.ligne == 2


def test_archive_corrompue_a_la_lecture(tmp_path, catalogue):
    """Une somme de contrôle fausse n’est vue qu’en lisant tout le membre."""
    csv = ecrire_csv(tmp_path / "f.csv", COLONNES_FILO, LIGNES_FILO * 200).read_bytes()
    fichier = seul(zipper(tmp_path / "z.zip", {"f.csv": csv}), catalogue)
    octets = bytearray(fichier.chemin.read_bytes())
    octets[octets.index(b"f.csv") + 60] ^= 0xFF
    fichier.chemin.write_bytes(octets)
    with pytest.raises(ErreurDonnees, match="décompressez l’archive à la main"):
        lire_tableau(fichier, catalogue)


def test_deux_millesimes_complets_ne_sont_pas_departages(tmp_path, catalogue):
    colonnes = (
        "IRIS",
        *(c for a in ("18", "21") for c in (f"DISP_MED{a}", f"DISP_TP60{a}", f"DISP_D1{a}")),
    )
    ecrire_csv(tmp_path / "f.csv", colonnes, [("381850101", 1, 2, 3, 4, 5, 6)])
    inventaire = inventorier([tmp_path], catalogue)
    assert not inventaire.reconnus
    assert "2018, 2021" in inventaire.non_reconnus[0][1]
