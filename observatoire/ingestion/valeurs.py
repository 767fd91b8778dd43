"""Valeurs et statuts d’une table : codes, nombres, masques, variables du catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from observatoire.catalogue import Catalogue, Source, Variable
from observatoire.domaine import Statut
from observatoire.erreurs import Anomalie, Gravite, lever_si_erreurs
from observatoire.ingestion.codes import COLONNES_COMMUNE, controler_codes, en_codes, selectionner
from observatoire.ingestion.colonnes import controler_colonnes
from observatoire.ingestion.format_long import deplier
from observatoire.ingestion.geographies import annee_du_nom
from observatoire.ingestion.grille_carreaux import controler_grille
from observatoire.ingestion.identites import colonnes_de_controle, controler_identites
from observatoire.ingestion.modeles import FichierReconnu, TableLue
from observatoire.ingestion.nombres import Colonne, choisir_decimale, convertir
from observatoire.ingestion.reconnaissance import resoudre_colonne
from observatoire.ingestion.tableaux import TableBrute, lire_table_brute
from observatoire.redaction import ecrire_lu

__all__ = ["lire_tableau"]

_MAX_PAR_COLONNE = 20

_Formules = list[tuple[Variable, tuple[str, ...]]]


def lire_tableau(
    fichier: FichierReconnu,
    catalogue: Catalogue,
    *,
    communes: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    ensemble: bool = False,
) -> TableLue:
    """Lire et valider les lignes d’une ville dans une table.

    Parameters
    ----------
    fichier : FichierReconnu
        Rendu par :func:`inventorier`.
    catalogue : Catalogue
        Déclarations.
    communes : collection of str, optional
        Codes des communes (arrondissements compris) dont on garde les IRIS ou la ligne.
    codes : collection of str, optional
        Codes à garder : quartiers prioritaires, ou territoires nommés.
    ensemble : bool
        Garder aussi la ligne de l’ensemble des QPV, que la source déclare.

    Returns
    -------
    TableLue
        Valeurs et statuts ; les avertissements sont dans ``anomalies``.

    Raises
    ------
    ErreurDonnees
        Toutes les fautes du fichier d’un coup, avec leur ligne et leur colonne.
    """
    source = catalogue.sources[fichier.source]
    variables = catalogue.variables_de(fichier.source)
    lecture = _Lecture(fichier, source)
    if source.long is not None:
        mesures = {c for v in variables for f in v.formules(source.id, None) for c in f}
        lecture.fichier, lecture.table = deplier(fichier, source, mesures)
    lecture.controler_nom()
    if source.en_couche and fichier.format in {"ogr", "geojson"}:
        lecture.anomalies += controler_grille(fichier, source)
    formules = lecture.resoudre(variables)
    lecture.ensemble = ensemble
    table = lecture.charger(formules, communes, codes)
    lever_si_erreurs(f"Le fichier {fichier.nom} ne peut être employé :", lecture.anomalies)
    return replace(table, fichier=fichier)


@dataclass
class _Cellules:
    """Une colonne convertie, sur les lignes retenues."""

    nombres: NDArray[np.float64]
    statuts: NDArray[np.object_]


@dataclass
class _Lecture:
    fichier: FichierReconnu
    source: Source
    anomalies: list[Anomalie] = field(default_factory=list)
    table: TableBrute | None = None
    """Table longue déjà remise en largeur."""
    ensemble: bool = False
    """Garder la ligne de l’ensemble des QPV."""

    def controler_nom(self) -> None:
        """Dire que l’année est présumée, quand ni les colonnes ni le nom ne la portent."""
        muet = annee_du_nom(self.source, self.fichier.chemin, self.fichier.membre) is None
        if self.source.motif_annee and muet:
            self.signaler(
                f"année présumée : {self.fichier.millesime}, ni les colonnes ni le nom ne la disent",
                remede="gardez l’année dans le nom du fichier ou de son dossier (« Filosofi2019_… »)",
                gravite="avertissement",
            )

    def signaler(
        self,
        message: str,
        *,
        ligne: int | None = None,
        colonne: str = "",
        remede: str,
        gravite: Gravite = "erreur",
    ) -> None:
        self.anomalies.append(Anomalie(message, self.fichier.nom, ligne, colonne, remede, gravite))

    def resoudre(self, variables: Collection[Variable]) -> _Formules:
        """Colonnes de chaque variable, telles que le fichier les écrit."""
        if self.fichier.millesime is None:
            remede = "déclarez « millesime » pour cette source au catalogue"
            self.signaler("aucune colonne ne porte le millésime", remede=remede)
        self.anomalies += controler_colonnes(self.fichier, self.source, variables)
        formules: _Formules = []
        for variable in variables:
            for formule in variable.formules(self.fichier.source, self.fichier.millesime):
                colonnes = [resoudre_colonne(self.fichier.colonnes, c) for c in formule]
                if all(colonnes):
                    formules.append((variable, tuple(c for c in colonnes if c)))
                    break
        return formules

    def charger(
        self,
        formules: _Formules,
        communes: Collection[str] | None,
        codes: Collection[str] | None,
    ) -> TableLue:
        code = resoudre_colonne(self.fichier.colonnes, self.source.colonne_code)
        type_iris = (
            resoudre_colonne(self.fichier.colonnes, "TYP_IRIS")
            if self.source.niveau == "iris"
            else None
        )
        assert code is not None  # la signature contient la colonne des codes
        commune = resoudre_colonne(
            self.fichier.colonnes, COLONNES_COMMUNE.get(str(self.source.niveau), "")
        )
        appartenance = (
            resoudre_colonne(self.fichier.colonnes, "COM") if self.source.niveau == "iris" else None
        )
        controle = colonnes_de_controle(self.fichier)
        chiffrees = list(dict.fromkeys([c for _, cs in formules for c in cs] + list(controle)))
        demandees = list(
            dict.fromkeys([c for c in (code, type_iris, commune, appartenance) if c] + chiffrees)
        )
        brute = self.table or lire_table_brute(self.fichier, demandees)
        self.anomalies += brute.anomalies
        tous = en_codes(brute.colonnes[code])
        positions = selectionner(
            tous, self.source, communes, codes, brute.colonnes[commune].textes if commune else None,
            ensemble=self.ensemble,
        )  # fmt: skip
        self.anomalies += controler_codes(
            self.fichier, self.source, tous, positions, brute.numeroter, communes, codes
        )
        derniere = len(tous) - 1
        if not brute.fin_nette and self.fichier.colonnes[-1] in chiffrees and derniere in positions:
            self.signaler(
                "le fichier ne finit pas par un saut de ligne : sa dernière valeur peut être coupée",
                ligne=brute.numeroter(derniere),
                colonne=self.fichier.colonnes[-1],
                remede="comparez cette valeur à celle du producteur, ou reprenez son fichier",
                gravite="avertissement",
            )
        if appartenance is not None:
            self._controler_appartenance(tous, brute, positions, appartenance)
        cellules = self._convertir(brute, positions, chiffrees, formules)
        index = pd.Index(tous.take(pa.array(positions)).to_pylist(), dtype=str, name="code")
        nombres = {c: v.nombres for c, v in cellules.items()}
        self.anomalies += controler_identites(self.fichier, nombres, positions, brute.numeroter)
        return self._assembler(formules, cellules, index, brute, positions, type_iris)

    def _controler_appartenance(
        self,
        codes: pa.StringArray,
        brute: TableBrute,
        positions: NDArray[np.int64],
        colonne: str,
    ) -> None:
        """Le code d’un IRIS commence par celui de sa commune : sinon la ligne est décalée."""
        lues = brute.colonnes[colonne].prendre(positions).textes.to_pylist()
        ecarts = [
            (position, code, commune)
            for position, commune in zip(positions.tolist(), lues, strict=True)
            if commune and commune.zfill(5) != (code := codes[position].as_py())[:5]
        ]
        for position, code, commune in ecarts[:_MAX_PAR_COLONNE]:
            self.signaler(
                f"« {commune} » n’est pas la commune de l’IRIS {code}",
                ligne=brute.numeroter(position),
                colonne=colonne,
                remede="cellules décalées, ou code faux : reprenez le fichier du producteur",
            )

    def _convertir(
        self,
        brute: TableBrute,
        positions: NDArray[np.int64],
        chiffrees: list[str],
        formules: _Formules,
    ) -> dict[str, _Cellules]:
        preparees = {c: self._separer(brute.colonnes[c].prendre(positions)) for c in chiffrees}
        decimale = choisir_decimale(
            [p[0] for p in preparees.values()], lambda: [brute.colonnes[c] for c in chiffrees]
        )
        bornes = {c: v.bornes for v, cs in formules for c in cs}
        resultat = {}
        for nom, (colonne, statuts) in preparees.items():
            nombres, fautes = convertir(colonne, decimale)
            lignes = [
                brute.numeroter(int(positions[p]))
                for p in np.flatnonzero(fautes)[:_MAX_PAR_COLONNE]
            ]
            for ligne, position in zip(lignes, np.flatnonzero(fautes), strict=False):
                self._refuser(colonne, int(position), nom, ligne, decimale)
            # Une cellule déjà refusée ne doit pas l’être une seconde fois par une identité.
            nombres = np.where(fautes, np.nan, nombres)
            hors = self._borner(nombres, bornes.get(nom, (0.0, np.inf)), nom, brute, positions)
            resultat[nom] = _Cellules(np.where(hors, np.nan, nombres), statuts)
        return resultat

    def _separer(self, colonne: Colonne) -> tuple[Colonne, NDArray[np.object_]]:
        """Mettre à part les codes de secret, d’absence et les vides."""
        textes = pc.utf8_lower(colonne.textes)
        secrets = pc.is_in(
            textes, pa.array([c.casefold() for c in self.source.codes_secret], pa.string())
        )
        absents = pc.is_in(
            textes, pa.array([c.casefold() for c in self.source.codes_absent], pa.string())
        )
        vides = pc.is_in(textes, pa.array(["", "nan"], pa.string())).to_numpy(zero_copy_only=False)
        vides &= np.isnan(colonne.nombres)
        secrets, absents = (m.to_numpy(zero_copy_only=False) for m in (secrets, absents))
        statuts = np.full(len(textes), str(Statut.PUBLIE), dtype=object)
        statuts[vides] = self.source.vide
        statuts[absents] = str(Statut.ABSENT)
        statuts[secrets] = str(Statut.SECRET)
        restes = pc.if_else(pa.array(vides | secrets | absents), "", colonne.textes)
        return Colonne(restes, colonne.nombres), statuts

    def _refuser(
        self, colonne: Colonne, position: int, nom: str, ligne: int, decimale: str
    ) -> None:
        texte = colonne.textes[position].as_py() or repr(float(colonne.nombres[position]))
        if (
            any(s in texte for s in ".,")
            and texte.replace(".", "").replace(",", "").lstrip("+-").isdigit()
        ):
            autre = {".": "un point", ",": "une virgule"}.get(decimale)
            message = f"« {texte} » est ambigu : milliers ou décimales ?"
            if autre:
                message = f"« {texte} » : les décimales de ce fichier s’écrivent avec {autre}"
            self.signaler(
                message,
                ligne=ligne,
                colonne=nom,
                remede="reprenez le fichier du producteur sans passer par un tableur",
            )
        else:
            masques = ", ".join((*self.source.codes_secret, *self.source.codes_absent))
            remede = f"attendu : un nombre, une cellule vide ou un code de secret ({masques})"
            self.signaler(
                f"« {texte} » n’est pas un nombre", ligne=ligne, colonne=nom, remede=remede
            )

    def _borner(
        self,
        nombres: NDArray[np.float64],
        bornes: tuple[float, float],
        nom: str,
        brute: TableBrute,
        positions: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Refuser les effectifs négatifs et les pourcentages hors de leurs bornes ; dire lesquels."""
        minimum, maximum = bornes
        hors = (nombres < minimum) | (nombres > maximum)
        quoi = "valeur négative"
        if np.isfinite(maximum):
            quoi = f"pourcentage hors de {ecrire_lu(minimum)}-{ecrire_lu(maximum)}"
        for position in np.flatnonzero(hors)[:_MAX_PAR_COLONNE]:
            ligne = brute.numeroter(int(positions[position]))
            remede = "vérifiez ce chiffre chez le producteur"
            self.signaler(
                f"{quoi} ({ecrire_lu(nombres[position])})", ligne=ligne, colonne=nom, remede=remede
            )
        return np.asarray(hors)

    def _assembler(
        self,
        formules: _Formules,
        cellules: dict[str, _Cellules],
        index: pd.Index[str],
        brute: TableBrute,
        positions: NDArray[np.int64],
        type_iris: str | None,
    ) -> TableLue:
        ordre = np.argsort(index.to_numpy(dtype=str), kind="stable")
        sommes = {v.id: _sommer([cellules[c] for c in cs]) for v, cs in formules}
        types = None
        if type_iris is not None:
            lus = brute.colonnes[type_iris].prendre(positions).textes.to_pylist()
            types = pd.Series(lus, index, dtype=str).iloc[ordre]
        return TableLue(
            source=self.fichier.source,
            millesime=self.fichier.millesime or 0,
            niveau=str(self.source.niveau),
            valeurs=pd.DataFrame(
                {v: s.nombres for v, s in sommes.items()}, index=index, dtype=float
            ).iloc[ordre],
            statuts=pd.DataFrame(
                {v: s.statuts for v, s in sommes.items()}, index=index, dtype=str
            ).iloc[ordre],
            fichier=self.fichier,
            anomalies=tuple(a for a in self.anomalies if a.gravite == "avertissement"),
            types_iris=types,
            statut_ligne_manquante=self.source.ligne_manquante,
        )


def _sommer(termes: list[_Cellules]) -> _Cellules:
    """Somme ; un terme secret la rend secrète, sinon un terme absent la rend absente."""
    statuts = np.array([t.statuts for t in termes])
    # Un terme masqué vaut NaN : la somme l’est aussi.
    somme = np.sum([t.nombres for t in termes], axis=0)
    secret = (statuts == str(Statut.SECRET)).any(axis=0)
    absent = (statuts == str(Statut.ABSENT)).any(axis=0)
    resultat = np.where(
        secret, str(Statut.SECRET), np.where(absent, str(Statut.ABSENT), str(Statut.PUBLIE))
    )
    return _Cellules(somme, resultat.astype(object))
