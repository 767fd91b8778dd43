"""Entrée de l’application : configuration, fichiers servis, script des pages.

Lancement : ``observatoire ouvrir`` ou ``streamlit run app.py``.
"""

from pathlib import Path

import streamlit as st

from observatoire.interface.cadre import afficher_panne
from observatoire.interface.prechauffage import prechauffer
from observatoire.interface.routes_carte import routes_carte
from observatoire.interface.routes_exports import routes_exports
from observatoire.interface.service import intergiciels, routes_statiques

SCRIPT = Path(__file__).resolve().parent / "observatoire" / "interface" / "pages.py"

app = st.App(
    SCRIPT,
    routes=[*routes_statiques(), *routes_carte(), *routes_exports()],
    middleware=intergiciels(),
    lifespan=prechauffer,
    on_script_error=afficher_panne,
)
