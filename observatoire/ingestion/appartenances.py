"""Quelles communes : celles d’une intercommunalité, celles qui ont un quartier prioritaire."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from observatoire.catalogue import Catalogue, Source
from observatoire.erreurs import Anomalie, ErreurDonnees, lever_si_erreurs
from observatoire.ingestion.codes import en_codes, separer_communes
from observatoire.ingestion.couches import lire_champs, lire_codes
from observatoire.ingestion.modeles import FichierReconnu, Inventaire
from observatoire.ingestion.reconnaissance import resoudre_colonne
from observatoire.ingestion.tableaux import lire_table_brute

__all__ = [
    "communes_a_quartier",
    "communes_de_l_epci",
    "decrire_communes_a_quartier",
    "intercommunalites",
]

_LONGUEUR_COMMUNE = 5


def communes_de_l_epci(
    siren: str, inventaire: Inventaire, catalogue: Catalogue
) -> tuple[str, list[str]]:
    """Nom et communes d’une intercommunalité.

    Les contours des quartiers portent aussi un SIREN, mais seulement pour les communes qui ont un
    quartier : ils ne servent jamais à composer une intercommunalité.

    Parameters
    ----------
    siren : str
        Neuf chiffres.
    inventaire : Inventaire
        Fichiers reconnus ; le premier qui porte cette intercommunalité l’emporte.
    catalogue : Catalogue
        Déclarations.

    Returns
    -------
    nom : str
        « Intercommunalité » et le SIREN si aucun fichier ne donne le nom.
    communes : list of str
        Codes, triés.

    Raises
    ------
    ErreurDonnees
        Si aucun fichier ne la compose ; l’erreur dit quoi déposer et où.
    """
    nom, communes, lus = "", list[str](), []
    for fichier in inventaire.reconnus:
        source = catalogue.sources[fichier.source]
        if "epci" not in source.colonnes:
            continue
        lus.append(fichier.nom)
        trouve, codes = _membres(fichier, source, siren)
        communes = communes or codes
        nom = nom or trouve
        if communes and nom:
            break
    if not communes:
        raise ErreurDonnees(_expliquer(siren, lus, catalogue))
    _verifier(communes, siren)
    return nom or f"Intercommunalité {siren}", sorted(communes)


def _membres(fichier: FichierReconnu, source: Source, siren: str) -> tuple[str, list[str]]:
    colonne_code = source.colonne_code or source.colonnes["code_commune"][0]
    noms = [source.colonnes["epci"][0], colonne_code, *source.colonnes.get("nom_epci", ())[:1]]
    colonnes = [c for n in noms if (c := resoudre_colonne(fichier.colonnes, n)) is not None]
    if source.type == "tableau":
        brute = lire_table_brute(fichier, colonnes)
        listes = [en_codes(brute.colonnes[c]).to_pylist() for c in colonnes]
    else:
        listes = [[str(v) for v in lire_codes(fichier, c)] for c in colonnes]
    lignes = [k for k, code in enumerate(listes[0]) if code == siren]
    noms_lus = {listes[2][k] for k in lignes} if len(listes) > 2 else set()
    return (noms_lus.pop() if len(noms_lus) == 1 else ""), [listes[1][k] for k in lignes]


def _verifier(communes: Sequence[str], siren: str) -> None:
    courts = [c for c in communes if len(c) != _LONGUEUR_COMMUNE]
    remede = "un zéro initial s’est perdu : reprenez le fichier sans passer par un tableur"
    message = f"« {courts[0]} » n’est pas un code de commune" if courts else ""
    lever_si_erreurs(
        f"La composition de l’intercommunalité {siren} ne peut être employée :",
        [Anomalie(message, "composition", remede=remede)] if courts else [],
    )


def _expliquer(siren: str, lus: Sequence[str], catalogue: Catalogue) -> str:
    adresses = [
        t.adresse_pour(siren)
        for s in catalogue.sources.values()
        for t in s.telechargements
        if t.par_epci
    ]
    vus = f" ({', '.join(lus)} ne la contient pas)" if lus else ""
    ou = f" enregistrée depuis {adresses[0]}" if adresses else ""
    return (
        f"Aucun fichier ne dit quelles communes composent l’intercommunalité {siren}{vus} : déposez dans "
        f"le dossier « depot » des données, ou donnez avec --depuis, la liste de ses communes{ou}, ou la "
        "table « Intercommunalités » de l’Insee (colonnes CODGEO, LIBGEO, EPCI, LIBEPCI). Vérifiez aussi "
        "le SIREN."
    )


def communes_a_quartier(inventaire: Inventaire, catalogue: Catalogue) -> list[str]:
    """Communes citées par au moins un quartier prioritaire, triées.

    Parameters
    ----------
    inventaire : Inventaire
        Fichiers reconnus.
    catalogue : Catalogue
        Déclarations ; seules comptent les couches de quartiers employées dans les calculs.
    """
    communes: set[str] = set()
    for fichier in inventaire.reconnus:
        source = catalogue.sources[fichier.source]
        if source.role != "qpv" or source.usage != "calcul":
            continue
        noms = source.colonnes.get("communes", ())
        colonne = next(
            (c for n in noms if (c := resoudre_colonne(fichier.colonnes, n)) is not None), None
        )
        if colonne is not None:
            communes |= {c for t in lire_codes(fichier, colonne) for c in separer_communes(str(t))}
    return sorted(c for c in communes if len(c) == _LONGUEUR_COMMUNE)


def decrire_communes_a_quartier(fichier: FichierReconnu, source: Source) -> pd.DataFrame:
    """Nom et intercommunalité des communes que cite une couche de quartiers prioritaires.

    Parameters
    ----------
    fichier : FichierReconnu
        Couche de quartiers.
    source : Source
        Sa déclaration ; ``noms_communes`` et ``intercommunalite`` y sont facultatives.

    Returns
    -------
    pandas.DataFrame
        ``code_commune`` (une ligne par commune, triées), ``nom`` et ``siren``, vides s’ils sont
        inconnus : un quartier de plusieurs communes n’en donne pas l’intercommunalité.
    """
    champs = {}
    for canonique in ("communes", "noms_communes", "intercommunalite"):
        noms = source.colonnes.get(canonique, ())
        trouvees = (c for n in noms if (c := resoudre_colonne(fichier.colonnes, n)) is not None)
        if (colonne := next(trouvees, None)) is not None:
            champs[canonique] = colonne
    lus = lire_champs(fichier, list(champs.values())) if champs else {}
    colonnes = {canonique: [str(t) for t in lus[champ]] for canonique, champ in champs.items()}
    listes = [separer_communes(t) for t in colonnes.get("communes", [])]
    vides = [""] * len(listes)
    decrites: dict[str, tuple[str, str]] = {}
    for codes, noms_lus, siren in zip(
        listes,
        colonnes.get("noms_communes", vides),
        colonnes.get("intercommunalite", vides),
        strict=True,
    ):
        noms_separes = [n.strip() for n in noms_lus.split(",")]
        for rang, code in enumerate(codes):
            nom, deja = decrites.get(code, ("", ""))
            lu = noms_separes[rang] if len(noms_separes) == len(codes) else ""
            decrites[code] = (nom or lu, deja or (siren if len(codes) == 1 else ""))
    lignes = [(code, *decrites[code]) for code in sorted(decrites)]
    return pd.DataFrame(lignes, columns=["code_commune", "nom", "siren"], dtype="str")


def intercommunalites(inventaire: Inventaire, catalogue: Catalogue) -> pd.Series:
    """SIREN de l’intercommunalité de chaque commune, d’après les fichiers de composition.

    Parameters
    ----------
    inventaire : Inventaire
        Fichiers reconnus ; le premier qui nomme une commune l’emporte.
    catalogue : Catalogue
        Déclarations.

    Returns
    -------
    pandas.Series of str
        Par code de commune ; vide si aucun fichier ne donne de composition.
    """
    sirens: dict[str, str] = {}
    for fichier in inventaire.reconnus:
        source = catalogue.sources[fichier.source]
        if "epci" not in source.colonnes:
            continue
        noms = (
            source.colonne_code or source.colonnes["code_commune"][0],
            source.colonnes["epci"][0],
        )
        colonnes = [c for n in noms if (c := resoudre_colonne(fichier.colonnes, n)) is not None]
        if len(colonnes) < len(noms):
            continue
        if source.type == "tableau":
            brute = lire_table_brute(fichier, colonnes)
            codes, siens = (en_codes(brute.colonnes[c]).to_pylist() for c in colonnes)
        else:
            codes, siens = ([str(v) for v in lire_codes(fichier, c)] for c in colonnes)
        for code, siren in zip(codes, siens, strict=True):
            sirens.setdefault(str(code), str(siren))
    return pd.Series(sirens, dtype="str")
