"""Projection légale de chaque territoire."""

from __future__ import annotations

import pytest

from observatoire.erreurs import ErreurGeographie
from observatoire.territoires.projections import projection_legale


@pytest.mark.parametrize(
    ("code", "epsg"),
    [
        ("38", 2154),
        ("38185", 2154),
        ("01", 2154),
        ("2A", 2154),
        ("2B033", 2154),
        ("971", 5490),
        ("97209", 5490),
        ("973", 2972),
        ("97411", 2975),
        ("976", 4471),
        ("978", 5490),
        ("00001", 2154),  # ville fictive
    ],
)
def test_chaque_territoire_a_sa_projection(code: str, epsg: int) -> None:
    crs = projection_legale(code)
    assert crs.to_epsg() == epsg
    assert crs.is_projected
    assert {axe.unit_name for axe in crs.axis_info} == {"metre"}


@pytest.mark.parametrize(
    "code", ["", "1", "1001", "20", "20001", "96", "97", "975", "988", "2C", "38 185"]
)
def test_un_code_inconnu_est_une_erreur_et_non_une_supposition(code: str) -> None:
    with pytest.raises(ErreurGeographie, match="code"):
        projection_legale(code)


def test_un_code_lu_comme_un_nombre_est_refuse() -> None:
    with pytest.raises(ErreurGeographie, match="texte"):
        projection_legale(38185)  # type: ignore[arg-type]
