# Deux commandes suffisent : « make demo » et « make test ».
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test verifications tests banc captures donnees nettoyer

demo: $(VENV)/.application  ## construit l’édition de démonstration et ouvre l’application
	$(BIN)/observatoire demo --port $(PORT)

test: verifications tests  ## installe tout et lance toutes les vérifications

verifications: $(VENV)/.developpement
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

tests: $(VENV)/.developpement
	$(BIN)/python -m pytest -q -n auto --dist loadfile --cov --cov-report=term:skip-covered

banc: $(VENV)/.banc  ## durées et mémoire, face à geopandas et à tobler ; erreurs face à la vérité
	$(BIN)/python tests/bancs/banc_poids.py
	$(BIN)/python tests/bancs/banc_calage.py
	$(BIN)/python tests/bancs/banc_distributions.py
	$(BIN)/python tests/bancs/banc_ville.py
	$(BIN)/python tests/bancs/banc_france.py
	$(BIN)/python tests/bancs/banc_cartes.py
	$(BIN)/python tests/bancs/banc_documents.py
	$(BIN)/python tests/bancs/banc_application.py
	$(BIN)/python tests/bancs/banc_verite.py --tout

captures: $(VENV)/.developpement  ## captures d’écran de chaque page (dossier captures/)
	$(BIN)/python tests/navigateur/captures.py

donnees: $(VENV)/.application  ## régénère les fichiers de la ville fictive
	NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR" $(BIN)/python -m observatoire.ville_fictive --sortie data/iris --verite tests/donnees/verite_ville_fictive.csv

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.application: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.developpement: $(VENV)/.application
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

$(VENV)/.banc: $(VENV)/.developpement
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,banc]"
	@touch $@

nettoyer:
	rm -rf $(VENV) captures .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
