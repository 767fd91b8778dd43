"""Titres et phrases : vrais, accordés, jamais plus sûrs que les données."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ville_carree import VILLE, couches, tables, vue

from observatoire.cartes.fractions import fraction_de_phrase, fraction_voisine
from observatoire.cartes.francais import (
    a_la_ville,
    de_la_ville,
    nom_indicateur,
    typographier,
    typographier_html,
)
from observatoire.cartes.textes import SujetCarte, composer_precaution, phrase_quartier
from observatoire.catalogue import charger_catalogue
from observatoire.redaction import FINE, INSECABLE

CATALOGUE = charger_catalogue().indicateurs


def simple(texte):
    """Remplace les espaces insécables pour comparer des phrases."""
    return texte.replace(FINE, " ").replace(INSECABLE, " ")


# --- Titres -----------------------------------------------------------------


def test_titre_des_quartiers_en_fractions():
    assert simple(vue().titre) == (
        "Dans les deux quartiers prioritaires, près d’un habitant sur deux vit sous le seuil "
        "de pauvreté, contre un sur cinq dans la ville"
    )


def test_titre_en_pourcentages_quand_aucune_fraction_n_est_juste():
    v = vue(tables(qpv=(70.0, 74.0)))
    assert simple(v.titre) == (
        "Dans les deux quartiers prioritaires, 70 à 74 % des habitants vivent sous le seuil de "
        "pauvreté, contre 20 % dans la ville"
    )


def test_titre_estime_le_dit():
    v = vue(tables(statut_qpv="estime"))
    assert "on estime que 48 à 50 % des habitants" in simple(v.titre)


@pytest.mark.parametrize("verdict", ["ecart_indicatif", "non_interpretable"])
def test_titre_des_quartiers_seulement_si_l_ecart_est_net(verdict):
    v = vue(tables(verdict_qpv=verdict))
    assert not v.titre.startswith("Dans les")


def test_titre_des_quartiers_refuse_les_sens_contraires_et_les_secrets():
    assert not vue(tables(qpv=(48.0, 12.0))).titre.startswith("Dans les")
    assert not vue(tables(qpv=(48.0, math.nan))).titre.startswith("Dans les")


def test_titre_des_iris():
    v = vue(fonds=couches(avec_qpv=False))
    ecarts = v.zones["ecart"].dropna()
    trouve = re.fullmatch(
        r"À Carré, le taux de pauvreté dépasse celui de la ville d’au moins (\d+) points dans "
        r"(\d+) IRIS sur 35",
        simple(v.titre),
    )
    assert trouve
    assert (ecarts >= int(trouve[1])).sum() == int(trouve[2])


def test_titre_indicatif_semble():
    v = vue(tables(verdict="ecart_indicatif"), fonds=couches(avec_qpv=False))
    assert "semble dépasser celui de la ville" in v.titre
    assert "semble dépasser" in v.phrase_lecture


def test_titre_non_interpretable_ne_compare_pas():
    v = vue(tables(verdict="non_interpretable"), fonds=couches(avec_qpv=False))
    assert "varie de" in v.titre
    assert "dépasse" not in v.titre


def test_titre_favorable_regarde_au_dessous():
    v = vue(tables("niveau_vie_median", 21_500.0), indicateur="niveau_vie_median")
    assert "est inférieur à celui de la ville d’au moins" in v.titre
    v = vue(tables("part_diplome_superieur", 40.0, qpv=()), indicateur="part_diplome_superieur")
    assert "est inférieure à celle de la ville" in v.titre


def test_titre_un_seul():
    valeurs = np.r_[np.full(37, 20.0), 45.0, np.nan, np.nan]
    v = vue(tables(valeurs=valeurs, qpv=()), fonds=couches(avec_qpv=False), niveau="iris")
    assert "varie de 20 % à 45 %" in simple(v.titre)
    v = vue(tables(), niveau="secteur")
    assert "dans un seul secteur sur deux" in simple(v.titre)


def test_ville_fictive_le_dit_partout():
    for options in ({}, {"vue": "valeur"}, {"niveau": "secteur"}):
        v = vue(est_fictive=True, **options)
        assert "(ville fictive)" in v.titre
        assert "(ville fictive)" in v.sous_titre
        assert "(ville fictive)" in v.texte_alternatif
    assert "fictive" not in vue().titre + vue().texte_alternatif


def _croisements():
    """Chaque indicateur sous un verdict et une vue ; le premier de chaque unité, sous tous."""
    verdicts, vues = ("ecart_net", "ecart_indicatif", "non_interpretable"), ("ecart", "valeur")
    tous = [(v, w) for v in verdicts for w in vues]
    unites = set()
    for rang, indicateur in enumerate(sorted(CATALOGUE)):
        unite = CATALOGUE[indicateur].unite
        choix = tous[rang % 6 : rang % 6 + 1] if unite in unites else tous
        unites.add(unite)
        yield from ((indicateur, *c) for c in choix)


@pytest.mark.parametrize(("indicateur", "verdict", "type_vue"), list(_croisements()))
def test_tous_les_indicateurs_tous_les_verdicts(indicateur, verdict, type_vue):
    base = VILLE[CATALOGUE[indicateur].unite]
    v = vue(
        tables(indicateur, base, verdict=verdict, verdict_qpv=verdict, qpv=(base * 2, base * 2.1)),
        indicateur=indicateur,
        vue=type_vue,
    )
    phrases = [v.titre, v.sous_titre, v.phrase_lecture, v.precaution, v.texte_alternatif]
    phrases += [v.complement_ville, v.legende.titre, v.legende.repere]
    for phrase in phrases:
        assert typographier(phrase) == phrase
        assert not re.search(r" [:;?!%]", phrase)
        assert "  " not in phrase
        assert not re.search(r"\b(pire|mauvais|nan|None|inf)\b", phrase)
        assert "{" not in phrase
        assert "'" not in phrase
    assert v.titre[0].isupper()
    assert any(c.isdigit() for c in v.titre) or "sur deux" in v.titre or "sur cinq" in v.titre
    if verdict == "non_interpretable":
        assert "dépasse" not in v.titre
        assert "inférieur" not in v.titre


def test_qpv_ecrit_en_toutes_lettres_a_la_premiere_mention():
    v = vue()
    ensemble = " ".join([v.titre, v.sous_titre, v.phrase_lecture, v.precaution])
    assert ensemble.index("politique de la ville (QPV)") + 24 == ensemble.index("QPV)") + 1


def test_precaution_compte_les_manques():
    assert simple(vue().precaution).startswith(
        "5 IRIS sur 40 n’ont pas de valeur : 3 sous secret statistique et "
        "2 sans logement ou presque."
    )


def test_lecture_vraie():
    v = vue()
    motif = r"dans les (\d+) IRIS en brun foncé, .* d’au moins (\d+) points"
    seuil = re.search(motif, simple(v.phrase_lecture))
    assert (v.zones["ecart"] >= int(seuil[2])).sum() == int(seuil[1])
    v = vue(vue="valeur")
    motif = r"dans les (\d+) IRIS les plus foncés, au moins (\d+) %"
    seuil = re.search(motif, simple(v.phrase_lecture))
    assert (v.zones["valeur"] >= int(seuil[2])).sum() == int(seuil[1])


def test_alternative_dit_les_quartiers_et_les_classes():
    v = vue()
    texte = simple(v.texte_alternatif)
    assert "Les Tilleuls, 48 % (+28 points)" in texte
    assert sum(int(n) for n in re.findall(r" : (\d+) IRIS", texte)) == 40


# --- Phrases d’un quartier ---------------------------------------------------


def phrase(indicateur="taux_pauvrete", nom="Teisseire", **options):
    reglages = {"valeur": 51.0, "ecart": 30.0, "verdict": "ecart_net", "statut": "publie"}
    return simple(phrase_quartier(nom, CATALOGUE[indicateur], **(reglages | options)))


def test_phrases_connues():
    debut = "À Teisseire, 51 % des habitants vivent sous le seuil de pauvreté"
    assert phrase() == f"{debut} : 30 points de plus que dans la ville"
    assert phrase(ecart=-4.2) == f"{debut} : 4,2 points de moins que dans la ville"
    assert phrase(ecart=0.02) == f"{debut}, comme dans la ville"
    assert phrase(ecart=1.0) == f"{debut} : 1 point de plus que dans la ville"
    assert phrase(verdict="ecart_indicatif") == (
        f"{debut} ; ce chiffre semble supérieur de 30 points à celui de la ville"
    )
    assert phrase(verdict="non_interpretable") == (
        f"{debut} ; ce chiffre ne peut pas être comparé à celui de la ville"
    )
    assert phrase(reference="ville_hors_qpv").endswith(
        "30 points de plus que dans la ville hors quartiers prioritaires"
    )


def test_phrases_d_estimation():
    bornes = {"borne_basse": 46.0, "borne_haute": 56.0, "statut": "estime"}
    assert phrase(**bornes) == (
        "À Teisseire, on estime que 51 % des habitants vivent sous le seuil de pauvreté "
        "(entre 46 % et 56 %) : 30 points de plus que dans la ville"
    )
    assert phrase(**bornes, verdict="non_interpretable") == (
        "À Teisseire, le taux de pauvreté se situe entre 46 % et 56 % ; ce chiffre ne peut pas "
        "être comparé à celui de la ville"
    )


def test_phrases_sans_valeur():
    assert phrase(statut="secret", valeur=None, ecart=None) == (
        "À Teisseire, le taux de pauvreté est couvert par le secret statistique"
    )
    assert "est couverte par" in phrase("part_logements_vacants", statut="secret", valeur=None)
    assert phrase(statut="absent", valeur=math.nan, ecart=math.nan) == (
        "À Teisseire, le taux de pauvreté n’est pas disponible"
    )


def test_un_secret_n_ecrit_jamais_la_valeur():
    assert "51" not in phrase(statut="secret")


def test_phrases_d_autres_unites():
    assert phrase("niveau_vie_median", valeur=13_452.0, ecart=-8_688.0) == (
        "À Teisseire, la moitié des habitants vivent avec moins de 13 450 € par an et par unité "
        "de consommation : 8 690 € de moins que dans la ville"
    )
    assert phrase("densite_population", valeur=7_204.0, ecart=1_996.0) == (
        "Teisseire : on y compte 7 200 hab./km², soit 2 000 hab./km² de plus que dans la ville"
    )
    assert phrase("population", valeur=6_399.0, ecart=None, verdict="non_interpretable") == (
        "Teisseire : 6 400 habitants y vivent"
    )


@pytest.mark.parametrize("indicateur", sorted(CATALOGUE))
@pytest.mark.parametrize("verdict", ["ecart_net", "ecart_indicatif", "non_interpretable"])
@pytest.mark.parametrize("statut", ["publie", "estime", "secret", "absent"])
def test_assurance_selon_le_verdict(indicateur, verdict, statut):
    texte = phrase(indicateur, verdict=verdict, statut=statut, borne_basse=40.0, borne_haute=60.0)
    compare = re.search(r"de (plus|moins) que dans", texte)
    if statut in ("secret", "absent") or CATALOGUE[indicateur].est_stock:
        assert not compare
        assert "semble" not in texte
    else:
        assert bool(compare) == (verdict == "ecart_net")
        assert ("semble" in texte) == (verdict == "ecart_indicatif")
        assert ("ne peut pas être comparé" in texte) == (verdict == "non_interpretable")
    assert ("estim" in texte or "se situe" in texte) == (statut == "estime")
    assert not texte.endswith(".")


# --- Français ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nom", "a", "de"),
    [
        ("Grenoble", "À Grenoble", "de Grenoble"),
        ("Angers", "À Angers", "d’Angers"),
        ("Échirolles", "À Échirolles", "d’Échirolles"),
        ("Le Havre", "Au Havre", "du Havre"),
        ("Les Mureaux", "Aux Mureaux", "des Mureaux"),
        ("La Rochelle", "À La Rochelle", "de La Rochelle"),
        ("L’Haÿ-les-Roses", "À L’Haÿ-les-Roses", "de L’Haÿ-les-Roses"),
    ],
)
def test_noms_de_ville(nom, a, de):
    assert a_la_ville(nom) == a
    assert de_la_ville(nom) == de


def test_article_inconnu_prudent():
    etrange = CATALOGUE["taux_pauvrete"].model_copy(update={"libelle": "Desserte du soir"})
    assert nom_indicateur(etrange) == "l’indicateur « Desserte du soir »"


@given(st.text(alphabet="aé :;?!%«»12 €\u202f\u00a0", max_size=40))
def test_typographie_idempotente_sans_changer_les_mots(texte):
    une = typographier(texte)
    assert typographier(une) == une
    lettres = [c for c in texte if not c.isspace()]
    assert [c for c in une if not c.isspace()] == lettres


@given(st.floats(0, 100))
def test_fraction_jamais_fausse(part):
    fraction = fraction_voisine(part)
    if fraction is None:
        return
    nuance, n = fraction
    exact = 100 / n
    assert abs(part / exact - 1) <= 0.13 + 1e-9
    if nuance == "près de":
        assert part < exact
    if nuance == "plus de":
        assert part > exact


def test_fractions_connues():
    assert fraction_voisine(48) == ("près de", 2)
    assert fraction_voisine(50) == ("", 2)
    assert fraction_voisine(54) == ("plus de", 2)
    assert fraction_voisine(21) == ("", 5)
    assert fraction_voisine(70) is None
    assert fraction_voisine(2) is None


def test_fraction_refuse_ce_qu_elle_ne_sait_pas_accorder():
    modele = CATALOGUE["taux_pauvrete"]
    for lecture in (
        "{valeur} des habitants sont très dépendants",
        "{valeur} des 15-64 ans ont un emploi",
        "{valeur} des habitants de 15 ans et plus sont ouvriers",
    ):
        assert fraction_de_phrase(modele.model_copy(update={"lecture": lecture}), 50) is None
    assert fraction_de_phrase(CATALOGUE["part_familles_monoparentales"], 34) == (
        "une famille sur trois",
        "est monoparentale",
    )


# --- Estimations calées ------------------------------------------------------


def test_un_intervalle_cale_est_dit_neuf_fois_sur_dix():
    bornes = {"statut": "estime", "borne_basse": 41.0, "borne_haute": 60.5}
    assert "(neuf fois sur dix entre 41 % et 60,5 %)" in phrase(**bornes, methode="calee_publie")
    assert "(entre 41 % et 60,5 %)" in phrase(**bornes, methode="carreaux")
    assert "(entre 41 % et 60,5 %)" in phrase(**bornes)


def _sujet_cale(methodes, **colonnes):
    nombre = len(methodes)
    quartiers = pd.DataFrame(
        {
            "valeur": [45.0] * nombre,
            "borne_basse": [40.0] * nombre,
            "borne_haute": [51.2] * nombre,
            "bornes_seules": [False] * nombre,
            "methode": methodes,
        }
        | colonnes
    )
    return SujetCarte(
        indicateur=CATALOGUE["taux_pauvrete"], nom_ville="Brumeval", est_fictive=True,
        niveau="iris", vue="ecart", reference="ville", millesime=2021, valeur_ville=20.0,
        valeur_reference=20.0, zones=pd.DataFrame({"aspect": [], "verdict": []}),
        quartiers=quartiers,
    )  # fmt: skip


def test_la_precaution_dit_l_erreur_des_quartiers_cales():
    texte = simple(composer_precaution(_sujet_cale(["calee", "calee_publie"])))
    assert (
        "Les chiffres des quartiers sont estimés, calés sur ceux de France qui sont publiés : "
        "neuf fois sur dix, l’erreur ne dépasse pas 7 points."
    ) in texte
    texte = simple(composer_precaution(_sujet_cale(["calee", "publie", "publie"])))
    assert "Le chiffre d’un quartier est estimé, calé" in texte
    for sujet in (
        _sujet_cale(["publie", "carreaux"]),
        _sujet_cale(["calee"], bornes_seules=[True]),
    ):
        assert "calé" not in simple(composer_precaution(sujet))


def test_les_balises_d_un_fragment_restent_entieres():
    fragment = (
        '<h2 class="obs-h2 second" data-t="a : b">Écart : 3 points ; « net »</h2><p>2 IRIS</p>'
    )
    typographie = typographier_html(fragment)
    assert typographie == (
        '<h2 class="obs-h2 second" data-t="a : b">Écart\u202f: 3 points\u202f; «\u202fnet\u202f»</h2>'
        "<p>2 IRIS</p>"
    )
    assert typographier_html(typographie) == typographie
