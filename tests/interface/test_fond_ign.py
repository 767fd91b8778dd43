"""Fond de plan de l’IGN : jamais sans l’accord de l’administration, et servi par l’application."""

import pytest
from starlette.requests import Request

from observatoire.erreurs import ErreurDemande, ErreurReseau
from observatoire.ingestion import tuiles
from observatoire.ingestion.telechargement import ClientEditeurs, hote_admis
from observatoire.interface import routes_carte
from observatoire.interface.composants import html_carte

PNG = b"\x89PNG\r\n\x1a\nimage"


def _demander(zoom=12, colonne=2100, rang=1480):
    place = {"zoom": zoom, "colonne": colonne, "rang": rang}
    portee = {"type": "http", "path_params": place, "headers": [], "query_string": b""}
    return routes_carte._tuile(Request(portee))


def _carte():
    return html_carte(nom="carte", geometries="g", valeurs="v", alternative="a")


def test_sans_accord_ni_tuile_ni_fond(monkeypatch):
    monkeypatch.delenv(tuiles.VARIABLE, raising=False)
    monkeypatch.setattr(routes_carte, "lire_tuile", lambda *_: pytest.fail("demandée"))
    assert _demander().status_code == 404
    assert "data-fond" not in _carte()


def test_avec_accord_la_tuile_passe_par_l_application(monkeypatch):
    monkeypatch.setenv(tuiles.VARIABLE, "ign")
    monkeypatch.setattr(routes_carte, "lire_tuile", lambda *_: PNG)
    reponse = _demander()
    assert reponse.body == PNG
    assert reponse.headers["content-type"] == "image/png"
    # Le navigateur ne connaît que l’application.
    assert 'data-fond="./api/carte/fond/{z}/{x}/{y}"' in _carte()
    assert "Plan IGN" in _carte()


def test_une_panne_du_producteur_n_est_pas_une_trace(monkeypatch):
    monkeypatch.setenv(tuiles.VARIABLE, "ign")

    def en_panne(*_):
        raise ErreurReseau("Le service de tuiles ne répond pas.")

    monkeypatch.setattr(routes_carte, "lire_tuile", en_panne)
    reponse = _demander()
    assert (reponse.status_code, reponse.body.decode()) == (
        502,
        "Le service de tuiles ne répond pas.",
    )


@pytest.mark.parametrize("lieu", [(19, 0, 0), (-1, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)])
def test_hors_de_la_pyramide(lieu):
    with pytest.raises(ErreurDemande, match="n’existe pas"):
        tuiles.adresse_tuile(*lieu)


def test_l_adresse_est_celle_d_un_site_admis():
    adresse = tuiles.adresse_tuile(12, 2114, 1480)
    assert hote_admis(adresse)
    assert "TILEMATRIX=12&TILECOL=2114&TILEROW=1480" in adresse


@pytest.mark.parametrize("octets", [PNG, b"<html>maintenance</html>"])
def test_seule_une_image_est_servie(monkeypatch, octets):
    monkeypatch.setattr(
        ClientEditeurs, "telecharger", lambda _client, _adresse, cible: cible.write_bytes(octets)
    )
    tuiles.lire_tuile.cache_clear()
    if octets == PNG:
        assert tuiles.lire_tuile(12, 2100, 1480) == PNG
    else:
        with pytest.raises(ErreurReseau, match="pas répondu par une image"):
            tuiles.lire_tuile(12, 2100, 1480)
    tuiles.lire_tuile.cache_clear()
