"""Isoler les villes fautives sans relire un fichier sain."""

from hypothesis import given
from hypothesis import strategies as st

from observatoire.erreurs import Anomalie, ErreurDonnees
from observatoire.parties import lire_par_parties

VILLES = [f"{n:05d}" for n in range(1, 41)]


def _lecteur(fautives, appels):
    def lire(partie):
        appels.append(list(partie))
        if touchees := sorted(set(partie) & set(fautives)):
            raise ErreurDonnees("faute", [Anomalie(f"ligne fautive en {touchees[0]}")])
        return tuple(partie)

    return lire


def test_sans_faute_un_seul_appel():
    appels = []
    lecture = lire_par_parties(VILLES, _lecteur([], appels))
    assert appels == [VILLES]
    assert lecture.parties == [tuple(VILLES)]
    assert lecture.fautes == {}


@given(st.sets(st.sampled_from(VILLES), max_size=8))
def test_les_fautives_et_elles_seules(fautives):
    appels = []
    lecture = lire_par_parties(VILLES, _lecteur(fautives, appels))
    assert set(lecture.fautes) == fautives
    lues = [v for partie in lecture.parties for v in partie]
    assert sorted(lues) == sorted(set(VILLES) - fautives)
    assert all(a[0].message.endswith(v) for v, a in lecture.fautes.items())
    # Une faute de plus ne relit que log2(40) fois.
    assert len(appels) <= 2 + 12 * len(fautives)


def test_une_faute_du_fichier_entier_n_est_pas_cherchee_ville_par_ville():
    appels = []

    def lire(partie):
        appels.append(partie)
        raise ErreurDonnees("colonne absente", [Anomalie("colonne absente")])

    lecture = lire_par_parties(VILLES, lire)
    assert len(appels) == 2
    assert set(lecture.fautes) == set(VILLES)


def test_trop_de_fautes_ne_relisent_pas_sans_fin():
    villes = [f"{n:05d}" for n in range(1, 1001)]
    appels = []
    lecture = lire_par_parties(villes, _lecteur(villes, appels))
    assert len(appels) < 150
    assert set(lecture.fautes) == set(villes)


def test_une_erreur_sans_anomalie_reste_dite():
    def lire(_):
        raise ErreurDonnees("illisible")

    lecture = lire_par_parties(["00001"], lire, fichier="f.csv")
    assert str(lecture.fautes["00001"][0]) == "f.csv : illisible"


def _lecteur_nommant(fautives, innocentes, appels, *, citees=3):
    """Nomme au plus trois des communes fautives, et parfois une qui ne l’est pas."""

    def lire(partie):
        appels.append(list(partie))
        if touchees := sorted(set(partie) & set(fautives)):
            communes = (*touchees[:citees], *sorted(set(partie) & set(innocentes)))
            message = f"ligne fautive en {touchees[0]}"
            raise ErreurDonnees("faute", [Anomalie(message, communes=communes)])
        return tuple(partie)

    return lire


@given(
    st.sets(st.sampled_from(VILLES), max_size=8),
    st.sets(st.sampled_from(VILLES), max_size=4),
    st.integers(0, 5),
)
def test_nommer_des_communes_ne_change_pas_ce_qui_est_trouve(fautives, innocentes, citees):
    lecture = lire_par_parties(
        VILLES, _lecteur_nommant(fautives, innocentes, appels := [], citees=citees)
    )
    ancienne = lire_par_parties(VILLES, _lecteur(fautives, []))
    assert lecture.fautes == ancienne.fautes
    lues = [v for partie in lecture.parties for v in partie]
    assert sorted(lues) == sorted(set(VILLES) - fautives)
    assert len(appels) < 150


def test_une_faute_qui_nomme_ses_communes_ne_fait_lire_qu_elles_a_part():
    appels = []
    lecture = lire_par_parties(VILLES, _lecteur_nommant(VILLES[10:12], [], appels))
    assert set(lecture.fautes) == set(VILLES[10:12])
    reste = [v for v in VILLES if v not in VILLES[10:12]]
    assert appels == [VILLES, [VILLES[10]], [VILLES[11]], reste]


def test_la_faute_d_une_voisine_fait_lire_les_villes_qui_l_entourent():
    """La commune 99001 n’est pas demandée : c’est une voisine de la première ville."""
    entourages = {v: {v} for v in VILLES} | {VILLES[0]: {VILLES[0], "99001"}}
    appels = []

    def lire(partie):
        appels.append(list(partie))
        if VILLES[0] in partie:
            raise ErreurDonnees("faute", [Anomalie("contour", communes=("99001",))])
        return tuple(partie)

    lecture = lire_par_parties(VILLES, lire, entourages=entourages)
    assert set(lecture.fautes) == {VILLES[0]}
    assert appels == [VILLES, [VILLES[0]], VILLES[1:]]


def test_un_arrondissement_designe_sa_ville():
    villes = ["13055", *VILLES]

    def lire(partie):
        if "13055" in partie:
            raise ErreurDonnees("faute", [Anomalie("ligne", communes=("13201",))])
        return tuple(partie)

    lecture = lire_par_parties(villes, lire)
    assert set(lecture.fautes) == {"13055"}
    assert lecture.parties == [tuple(VILLES)]
