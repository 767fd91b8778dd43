"""Chaque notebook s’exécute d’un bout à l’autre, et est livré sans sorties."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DOSSIER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(DOSSIER.glob("*.ipynb"))


def test_il_y_a_des_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("chemin", NOTEBOOKS, ids=lambda c: c.stem)
def test_le_notebook_est_livre_sans_sorties(chemin):
    notebook = nbformat.read(chemin, as_version=4)
    cellules = [c for c in notebook.cells if c.cell_type == "code"]
    assert cellules
    assert all(not c.outputs and c.execution_count is None for c in cellules)


@pytest.mark.lent
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("chemin", NOTEBOOKS, ids=lambda c: c.stem)
def test_le_notebook_s_execute(chemin, tmp_path):
    notebook = nbformat.read(chemin, as_version=4)
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
