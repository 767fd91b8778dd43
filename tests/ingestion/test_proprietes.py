"""Propriétés : l’aller-retour rend les mêmes nombres, un masque n’en devient jamais un."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from fabriques_ingestion import ecrire_csv, lire, memes_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.catalogue import charger_catalogue
from observatoire.ingestion.nombres import Colonne, choisir_decimale, convertir, recenser_ecritures

CATALOGUE = charger_catalogue()
COLONNES = ("IRIS", "DISP_TP6021", "DISP_MED21", "DISP_D121")
MASQUES = {
    "s": "secret",
    "ns": "secret",
    "nd": "secret",
    "C": "secret",
    "NS": "secret",
    "so": "absent",
    "": "secret",
}

# Des valeurs vraisemblables : un premier décile reste au-dessous de la médiane.
taux = st.floats(1, 100).map(lambda x: round(x, 1))
medianes = st.integers(15_000, 90_000)
deciles = st.integers(500, 14_999)
masque = st.sampled_from(sorted(MASQUES))
ligne = st.tuples(st.one_of(taux, masque), st.one_of(medianes, masque), st.one_of(deciles, masque))


@st.composite
def tables(draw):
    lignes = draw(st.lists(ligne, min_size=1, max_size=12))
    return [(f"0105301{k:02d}", *cellules) for k, cellules in enumerate(lignes, 1)]


def ecrire_et_lire(lignes, **options):
    with tempfile.TemporaryDirectory() as dossier:
        return lire(
            ecrire_csv(Path(dossier) / "a.csv", COLONNES, lignes, **options),
            CATALOGUE,
            communes=["01053"],
        )


@settings(max_examples=60, deadline=None)
@given(
    lignes=tables(),
    separateur=st.sampled_from([";", ",", "\t", "|"]),
    decimale=st.sampled_from([",", "."]),
    encodage=st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16"]),
    fin=st.sampled_from(["\n", "\r\n"]),
)
def test_aller_retour(lignes, separateur, decimale, encodage, fin):
    table = ecrire_et_lire(
        lignes, separateur=separateur, decimale=decimale, encodage=encodage, fin=fin
    )
    for code, *cellules in lignes:
        for variable, cellule in zip(
            ("filo_taux_pauvrete", "filo_mediane", "filo_d1"), cellules, strict=True
        ):
            valeur, statut = table.valeurs.loc[code, variable], table.statuts.loc[code, variable]
            if isinstance(cellule, str):
                assert np.isnan(valeur)
                assert statut == MASQUES[cellule]
            else:
                assert valeur == cellule
                assert statut == "publie"


@settings(max_examples=40, deadline=None)
@given(lignes=tables(), graine=st.randoms(use_true_random=False))
def test_l_ordre_des_lignes_est_indifferent(lignes, graine: random.Random):
    melangees = list(lignes)
    graine.shuffle(melangees)
    memes_tables(ecrire_et_lire(lignes), ecrire_et_lire(melangees))


def _colonne(textes: list[str]) -> Colonne:
    return Colonne(pa.array(textes, pa.string()), np.full(len(textes), np.nan))


@given(
    st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 4)), min_size=1),
    st.sampled_from(".,"),
)
def test_jamais_un_nombre_faux(nombres, decimale):
    """Quelle que soit l’écriture : le bon nombre, ou une faute."""
    textes = [repr(x).replace(".", decimale) for x in nombres]
    colonne = _colonne(textes)
    lus, fautes = convertir(colonne, choisir_decimale([colonne], lambda: [colonne]))
    for attendu, lu, faute in zip(nombres, lus, fautes, strict=True):
        assert faute or lu == attendu


@given(
    st.lists(st.integers(1000, 9_999_999), min_size=1),
    st.sampled_from([",", ".", " ", "\u202f", "\u00a0"]),
)
def test_un_separateur_de_milliers_n_est_jamais_lu_comme_decimale(entiers, milliers):
    textes = [f"{n:,}".replace(",", milliers) for n in entiers]
    colonne = _colonne(textes)
    lus, fautes = convertir(colonne, choisir_decimale([colonne], lambda: [colonne]))
    assert fautes.all()
    assert np.isnan(lus).all()


@given(st.text(max_size=8))
def test_un_texte_quelconque_est_un_nombre_ou_une_faute(texte):
    colonne = _colonne([texte.strip()])
    lus, fautes = convertir(colonne, ".")
    assert fautes[0] or np.isfinite(lus[0]) or not texte.strip()


@given(st.lists(st.sampled_from(["20,3", "1,234", "0,233", "1.5", "1.234", "12", "-3,25"])))
def test_recensement_ne_depend_pas_de_l_ordre(textes):
    assert recenser_ecritures([_colonne(textes)]) == recenser_ecritures([_colonne(textes[::-1])])
