"""Préparation d’une carte : jointures, aspects, couleurs, légende."""

import math

import numpy as np
import pandas as pd
import pytest
from ville_carree import COMMUNE, VILLE, couches, tables, vue

from observatoire.cartes import palettes
from observatoire.cartes.depuis_edition import vue_depuis_edition
from observatoire.cartes.donnees_web import valeurs_web
from observatoire.cartes.gabarits_web import MOTIFS
from observatoire.cartes.modeles import Aspect
from observatoire.catalogue import charger_catalogue
from observatoire.domaine import Verdict
from observatoire.erreurs import ErreurDemande

INDICATEURS = sorted(charger_catalogue().indicateurs)


def test_seules_les_zones_de_la_commune():
    v = vue()
    assert len(v.zones) == 40
    assert set(v.zones["code_territoire"].str[:5]) == {COMMUNE}
    assert list(v.qpv["code_territoire"]) == ["QN99001M", "QN99002M"]


def test_aspects_distincts_et_comptes():
    v = vue()
    aspects = v.zones.set_index("code_territoire")["aspect"]
    assert (aspects.iloc[5:8] == Aspect.SECRET).all()
    assert (aspects.iloc[38:] == Aspect.SANS_LOGEMENT).all()
    assert dict(v.legende.aspects) == {Aspect.SECRET: 3, Aspect.SANS_LOGEMENT: 2}
    assert sum(c.effectif for c in v.legende.classes) == 35
    assert (v.zones.loc[aspects.to_numpy() != Aspect.VALEUR, "classe"] == -1).all()
    assert set(v.zones.loc[aspects.to_numpy() == Aspect.SECRET, "couleur"]) == {palettes.MASQUE}


def test_iris_d_habitat_sans_valeur_est_absent_et_non_sans_logement():
    resultats, ecarts = tables()
    resultats = resultats[resultats["code_territoire"] != f"{COMMUNE}0000"]
    ecarts = ecarts[ecarts["code_territoire"] != f"{COMMUNE}0000"]
    v = vue((resultats, ecarts))
    premiere = v.zones.iloc[0]
    assert premiere["aspect"] == Aspect.ABSENT
    assert premiere["texte_valeur"] == "non disponible"
    assert np.isnan(premiere["valeur"])


def test_un_secret_n_est_jamais_une_valeur():
    v = vue()
    masquee = v.zones.iloc[5]
    assert masquee["texte_valeur"] == "secret statistique"
    assert masquee["texte_ecart"] == ""
    assert not any(c.isdigit() for c in masquee["texte_valeur"] + masquee["texte_statut"])


@pytest.mark.parametrize("type_vue", ["ecart", "valeur"])
@pytest.mark.parametrize("indicateur", INDICATEURS)
def test_chaque_indicateur_a_une_carte_coherente(indicateur, type_vue):
    unite = charger_catalogue().indicateurs[indicateur].unite
    v = vue(
        tables(indicateur, VILLE[unite], qpv=(VILLE[unite] * 1.5, VILLE[unite] * 1.6)),
        indicateur=indicateur,
        vue=type_vue,
    )
    mesure = v.zones["ecart" if v.vue == "ecart" else "valeur"]
    for zone, valeur in zip(v.zones.itertuples(), mesure, strict=True):
        if zone.classe < 0:
            assert zone.aspect != Aspect.VALEUR
            continue
        classe = v.legende.classes[zone.classe]
        assert classe.borne_basse <= valeur <= classe.borne_haute
        assert zone.couleur == classe.couleur
    comptes = v.zones["classe"].value_counts()
    assert all(comptes.get(i, 0) == c.effectif for i, c in enumerate(v.legende.classes))
    bornes = [c.borne_basse for c in v.legende.classes]
    assert bornes == sorted(bornes, reverse=True)
    assert len({c.libelle for c in v.legende.classes}) == len(v.legende.classes)
    for texte in (v.titre, v.sous_titre, v.phrase_lecture, v.texte_alternatif):
        assert texte
        assert "nan" not in texte
        assert "None" not in texte


def test_ambre_du_cote_defavorable_quel_que_soit_le_sens():
    pauvrete = vue()
    median = vue(tables("niveau_vie_median", 21_500.0), indicateur="niveau_vie_median")
    assert pauvrete.legende.classes[0].couleur == palettes.AMBRES[-1]
    assert median.legende.classes[0].couleur in palettes.INDIGOS
    assert median.legende.classes[-1].couleur in palettes.AMBRES


def test_valeurs_foncees_du_cote_defavorable():
    pauvrete = vue(vue="valeur")
    median = vue(
        tables("niveau_vie_median", 21_500.0), indicateur="niveau_vie_median", vue="valeur"
    )
    assert pauvrete.legende.classes[0].couleur == palettes.AMBRES[-1]
    assert median.legende.classes[-1].couleur == palettes.AMBRES[-1]
    neutre = vue(tables("part_65_ans_plus"), indicateur="part_65_ans_plus", vue="valeur")
    assert neutre.legende.classes[0].couleur == palettes.INDIGOS[-1]


def test_neutre_annonce_qu_il_ne_juge_pas():
    neutre = vue(tables("part_65_ans_plus"), indicateur="part_65_ans_plus")
    assert "sans jugement" in neutre.legende.titre
    assert "sans jugement" not in vue().legende.titre


def test_estimation_non_interpretable_sans_couleur_quelle_que_soit_la_vue():
    lues = tables(verdict="non_interpretable")
    for type_vue in ("ecart", "valeur"):
        v = vue(lues, niveau="secteur", vue=type_vue)
        assert set(v.zones["aspect"]) == {Aspect.INCERTAIN}
        assert not v.legende.classes
        assert v.zones["texte_valeur"].str.contains(" à ").all()
        assert v.zones["texte_ecart"].str.contains("ne peut pas être comparé").all()
        # Le titre ne donne pas les valeurs que la carte refuse de colorer.
        assert "n’est pas assez connu" in v.titre
        assert not any(c.isdigit() for c in v.titre)


def test_des_bornes_qui_excluent_la_reference_donnent_un_ecart_minimal():
    resultats, ecarts = tables(verdict="ecart_net")
    resultats["bornes_seules"] = resultats["type_territoire"] == "secteur"
    v = vue((resultats, ecarts), niveau="secteur")
    assert set(v.zones["aspect"]) == {Aspect.INCERTAIN}
    assert v.zones["texte_ecart"].str.startswith("au moins ").all()


def test_un_ecart_indicatif_se_voit_sans_changer_de_classe():
    resultats, ecarts = tables()
    douteux = ecarts["verdict"].eq(Verdict.ECART_NET) & ecarts["code_territoire"].str.endswith("0")
    ecarts.loc[douteux, "verdict"] = Verdict.ECART_INDICATIF.value
    avant, v = vue(), vue((resultats, ecarts))
    assert [c.effectif for c in v.legende.classes] == [c.effectif for c in avant.legende.classes]
    marquees = v.zones[v.zones["indicatif"]]
    attendues = v.zones[
        (v.zones["verdict"] == Verdict.ECART_INDICATIF)
        & (v.zones["aspect"] == Aspect.VALEUR)
        & (v.zones["couleur"] != palettes.IVOIRE)
    ]
    assert len(marquees) > 1
    assert list(marquees.index) == list(attendues.index)
    assert dict(v.legende.aspects)[Aspect.INDICATIF] == len(marquees)
    assert f"Dans {len(marquees)}\xa0IRIS (points)" in v.precaution
    ecran = valeurs_web(v, base_visible=True)["zones"]
    for zone, dessin in zip(v.zones.to_dict("records"), ecran, strict=True):
        if zone["indicatif"]:
            assert dessin["c"] == f"url(#indicatif-{zone['couleur'][1:]})"
            assert f'id="indicatif-{zone["couleur"][1:]}"' in MOTIFS
        else:
            assert dessin["c"] == zone["couleur"]
    assert not vue((resultats, ecarts), vue="valeur").zones["indicatif"].any()


def test_stock_en_cercles_et_jamais_en_aplats():
    v = vue(tables("population", 1_500.0), indicateur="population", vue="ecart")
    assert v.est_stock
    assert v.vue == "valeur"
    assert {c.couleur for c in v.legende.classes} == {palettes.STOCK}
    connues = v.zones[v.zones["aspect"] == Aspect.VALEUR]
    plus_grand = v.legende.classes[0].borne_haute
    # La surface, et non le rayon, est proportionnelle à l’effectif.
    np.testing.assert_allclose(connues["rayon_relatif"] ** 2 * plus_grand, connues["valeur"])
    assert connues["rayon_relatif"].between(0, 1).all()


def test_sans_ecart_la_carte_montre_les_valeurs():
    resultats, ecarts = tables()
    v = vue((resultats, ecarts.iloc[:0]))
    assert v.vue == "valeur"
    assert sum(c.effectif for c in v.legende.classes) == 35


def test_sans_aucune_valeur():
    resultats, ecarts = tables()
    v = vue((resultats.iloc[:0], ecarts.iloc[:0]))
    assert v.legende.classes == ()
    assert v.texte_ville == "non disponible"
    assert "n’est pas disponible" in v.titre


@pytest.mark.parametrize(("niveau", "nombre"), [("qpv", 2), ("secteur", 2), ("iris", 40)])
def test_niveaux(niveau, nombre):
    v = vue(niveau=niveau)
    assert len(v.zones) == nombre
    assert sum(c.effectif for c in v.legende.classes) == (35 if niveau == "iris" else 2)


def test_ordre_des_tables_indifferent():
    resultats, ecarts = tables()
    a = vue((resultats, ecarts))
    b = vue((resultats.sample(frac=1, random_state=2), ecarts.sample(frac=1, random_state=3)))
    assert a.legende == b.legende
    assert a.titre == b.titre
    pd.testing.assert_series_equal(a.zones["couleur"], b.zones["couleur"])


def test_sans_quartier_prioritaire():
    v = vue(fonds=couches(avec_qpv=False))
    assert v.qpv.empty
    assert {"code_territoire", "nom", "texte_valeur"} <= set(v.qpv.columns)
    assert "quartier prioritaire" not in v.titre


@pytest.mark.parametrize(
    ("options", "motif"),
    [
        ({"indicateur": "taux_bonheur"}, "taux_bonheur"),
        ({"niveau": "carreau"}, "découpage inconnu"),
        ({"reference": "lune"}, "référence inconnue"),
        ({"vue": "relief"}, "vue inconnue"),
    ],
)
def test_demandes_impossibles(options, motif):
    with pytest.raises(ErreurDemande, match=motif):
        vue(**options)


def test_plusieurs_fautes_en_une_erreur():
    with pytest.raises(ErreurDemande, match=r"taux_bonheur.*découpage inconnu.*vue inconnue"):
        vue(indicateur="taux_bonheur", niveau="carreau", vue="relief")


def test_doublon_refuse():
    resultats, ecarts = tables()
    with pytest.raises(pd.errors.MergeError):
        vue((pd.concat([resultats, resultats.iloc[:1]]), ecarts))


def test_peu_de_zones_peu_de_classes(edition_fictive):
    """Une couleur par quartier ferait d’un écart de dix euros une différence : moitié moins de classes."""
    vue = vue_depuis_edition(
        edition_fictive, indicateur="niveau_vie_median", niveau="qpv", vue="valeur"
    )
    assert 1 < len(vue.legende.classes) <= math.ceil(len(vue.zones) / 2)
    assert sum(c.effectif for c in vue.legende.classes) == len(vue.zones)
