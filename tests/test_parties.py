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
