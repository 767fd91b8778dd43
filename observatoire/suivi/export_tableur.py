"""Programme par quartier en classeur : montants, avancement, besoin et effort, couverture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from observatoire.domaine import Statut, Verdict
from observatoire.impression import hauteur_ligne, regler_impression
from observatoire.suivi.bilan import PART_GRAND_ECART, Bilan

__all__ = ["ecrire_programme"]

_ETATS = {
    "en_retard": "en retard", "en_cours": "en cours", "prevue": "prévue",
    "terminee": "terminée", "abandonnee": "abandonnée",
}  # fmt: skip
_LARGEUR_LISEZ_MOI = 100
_INCONNUS = ("Accords non connus", 12, "entier")


def ecrire_programme(
    bilan: Bilan,
    sortie: Path,
    *,
    nom_ville: str,
    quartier: str | None = None,
    annee: int | None = None,
) -> None:
    """Écrire le programme d’actions.

    Parameters
    ----------
    bilan : Bilan
        Tableaux du suivi.
    sortie : pathlib.Path
        Fichier ``.xlsx``.
    nom_ville : str
        Pour les titres.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    annee : int, optional
        Une seule année financée ; toutes sinon.
    """
    classeur = xlsxwriter.Workbook(
        str(sortie), {"default_date_format": "dd/mm/yyyy", "nan_inf_to_errors": False}
    )
    lieu = bilan.noms[quartier] if quartier else nom_ville
    titre = f"Programme du contrat de ville – {lieu}" + (f", en {annee}" if annee else "")
    feuilles = _Feuilles(classeur, titre, f"État au {bilan.jour:%d/%m/%Y}")
    feuilles.lisez_moi(bilan)
    _actions(feuilles, bilan, quartier, annee)
    _par_quartier(feuilles, bilan, quartier, annee)
    for cles, nom in ((("axe", "annee"), "Par axe"), (("financeur", "annee"), "Par financeur")):
        _sommes(feuilles, bilan, cles, nom, quartier, annee)
    _besoin(feuilles, bilan, quartier, annee)
    _couverture(feuilles, bilan, quartier)
    if quartier is None:
        _communs(feuilles, bilan)
    classeur.close()


class _Feuilles:
    """Feuilles de même présentation."""

    def __init__(self, classeur: Any, sujet: str, mention: str) -> None:
        self.sujet, self.mention = sujet, mention
        police = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
        self.classeur = classeur
        self.titre = classeur.add_format(
            {**police, "bold": True, "font_size": 16, "font_color": "#14213d"}
        )
        self.entete = classeur.add_format(
            {
                **police,
                "bold": True,
                "bg_color": "#14213d",
                "font_color": "#ffffff",
                "text_wrap": True,
            }
        )
        self.texte = classeur.add_format({**police, "text_wrap": True})
        self.euros = classeur.add_format({**police, "num_format": '#,##0.00 "€"'})
        self.nombre = classeur.add_format({**police, "num_format": "#,##0.0"})
        self.entier = classeur.add_format({**police, "num_format": "#,##0"})
        self.date = classeur.add_format({**police, "num_format": "dd/mm/yyyy"})

    def lisez_moi(self, bilan: Bilan) -> None:
        feuille = self.classeur.add_worksheet("Lisez-moi")
        feuille.set_column(0, 0, _LARGEUR_LISEZ_MOI, self.texte)
        phrases = (
            f"État au {bilan.jour:%d/%m/%Y}. Montants en euros ; une case vide veut dire que le montant n’est pas connu.",
            "« Accords non connus » : nombre de réponses que l’on attend ; la somme accordée est alors un minimum.",
            "Le montant d’une action est partagé entre ses quartiers selon leurs parts, au centime près.",
            "Euros accordés par habitant et par an : moyenne des années financées, population du quartier de l’observatoire.",
            bilan.prudence,
            "Grand écart : écart net et défavorable à la ville, d’au moins "
            f"{PART_GRAND_ECART:.0%} de sa valeur".replace("%", " %")
            + ". Un écart non interprétable n’est jamais compté comme une absence d’écart.",
            "Les indicateurs ont leur source, leur millésime et leur méthode dans l’application, page « Données et méthode ».",
        )
        feuille.write(0, 0, self.sujet, self.titre)
        feuille.set_row(0, 26)
        for rang, phrase in enumerate(phrases, start=2):
            feuille.write(rang, 0, phrase, self.texte)
            feuille.set_row(rang, 6 + hauteur_ligne([(phrase, _LARGEUR_LISEZ_MOI)]))
        regler_impression(
            feuille, self.sujet, largeurs=[_LARGEUR_LISEZ_MOI], lignes=len(phrases) + 2,
            mention=self.mention, portrait=True, entetes=0,
        )  # fmt: skip

    def table(
        self,
        nom: str,
        colonnes: Sequence[tuple[str, int, str]],
        lignes: Sequence[Sequence[Any]],
        *,
        imprimees: int | None = None,
    ) -> None:
        """Une feuille : titre, largeur et genre (``texte``, ``euros``, ``nombre``, ``entier``, ``date``) de chaque colonne.

        ``imprimees`` : nombre de colonnes qui s’impriment, depuis la première ; toutes sinon.
        """
        feuille = self.classeur.add_worksheet(nom)
        feuille.freeze_panes(1, 1)
        for rang, (titre, largeur, genre) in enumerate(colonnes):
            forme = getattr(self, genre)
            feuille.set_column(rang, rang, largeur, forme)
            feuille.write(0, rang, titre, self.entete)
            for k, ligne in enumerate(lignes, start=1):
                _ecrire(feuille, k, rang, ligne[rang], genre, forme)
        largeurs = [largeur for _, largeur, _ in colonnes]
        feuille.set_row(0, 4 + hauteur_ligne((t, 0.9 * w) for t, w, _ in colonnes))
        for k, ligne in enumerate(lignes, start=1):
            textes = [
                (str(v), float(w))
                for v, (_, w, genre) in zip(ligne, colonnes, strict=True)
                if genre == "texte" and v is not None
            ]
            feuille.set_row(k, hauteur_ligne(textes))
        feuille.autofilter(0, 0, max(len(lignes), 1), len(colonnes) - 1)
        regler_impression(
            feuille, f"{nom} – {self.sujet}", largeurs=largeurs[:imprimees], lignes=len(lignes) + 1,
            mention=self.mention, colonnes_repetees=2,
        )  # fmt: skip


def _ecrire(feuille: Any, k: int, rang: int, valeur: Any, genre: str, forme: Any) -> None:
    """Un montant inconnu laisse la case vide : ce n’est pas zéro."""
    if valeur is None or valeur is pd.NA or (isinstance(valeur, float) and pd.isna(valeur)):
        feuille.write_blank(k, rang, None, forme)
    elif genre == "euros":
        feuille.write_number(k, rang, int(valeur) / 100, forme)
    elif genre in ("nombre", "entier"):
        feuille.write_number(k, rang, float(valeur), forme)
    elif genre == "date":
        feuille.write_datetime(k, rang, valeur, forme)
    else:
        # Jamais de formule : un texte qui commence par « = » reste un texte.
        feuille.write_string(k, rang, str(valeur), forme)


def _actions(feuilles: _Feuilles, bilan: Bilan, quartier: str | None, annee: int | None) -> None:
    etats = {a.identifiant: _ETATS[e] for e, siennes in bilan.avancement().items() for a in siennes}
    retenues = bilan.programme.actions if quartier is None else bilan.actions_de(quartier)
    accordes = bilan.sommes("identifiant", annee=annee).set_index("identifiant")
    portee = "" if quartier is None else ", action entière"
    par_action = {
        str(i): dict(r) for i, r in zip(accordes.index, accordes.to_dict("records"), strict=True)
    }
    lignes = []
    for a in retenues:
        m: dict[Any, Any] = par_action.get(a.identifiant, {})
        quartiers = " ; ".join(
            f"{bilan.noms.get(q, q)} {p / 100:g} %".replace(".", ",") for q, p in a.parts.items()
        )
        lignes.append(
            [
                a.identifiant, a.intitule, a.axe, a.porteur, quartiers,
                etats[a.identifiant], a.fin, m.get("accorde_c"), m.get("verse_c"),
                m.get("demande_c"), a.debut, bilan.libelles.get(a.indicateur, ""), a.evaluation, " ; ".join(a.freins), " ; ".join(a.leviers),
            ]
        )  # fmt: skip
    colonnes = [
        ("Identifiant", 12, "texte"), ("Intitulé", 34, "texte"), ("Axe", 26, "texte"), ("Porteur", 24, "texte"),
        ("Quartiers et parts", 36, "texte"), ("État", 11, "texte"), ("Fin", 12, "date"),
        (f"Accordé{portee}", 15, "euros"), (f"Versé{portee}", 15, "euros"), (f"Demandé{portee}", 15, "euros"), ("Début", 12, "date"),
        ("Indicateur visé", 36, "texte"), ("Évaluation", 36, "texte"), ("Freins", 26, "texte"), ("Leviers", 26, "texte"),
    ]  # fmt: skip
    # Le reste se lit à l’écran, ou dans le programme imprimé (PDF).
    feuilles.table("Actions", colonnes, lignes, imprimees=9)


def _par_quartier(
    feuilles: _Feuilles, bilan: Bilan, quartier: str | None, annee: int | None
) -> None:
    lignes = []
    for exercice in [annee] if annee else [None, *bilan.annees]:
        table = bilan.par_quartier(exercice)
        inconnus = bilan.inconnus("quartier", annee=exercice).set_index("quartier")["accorde_c"]
        lignes += [
            [
                r["quartier"], r["nom"], "toutes" if exercice is None else exercice, r["actions"], r["demande_c"],
                r["accorde_c"], r["verse_c"], r["habitants"], r["euros_par_habitant"], inconnus.get(r["quartier"], 0),
            ]
            for r in table.to_dict("records")
            if quartier is None or r["quartier"] == quartier
        ]  # fmt: skip
    colonnes = [
        ("Quartier", 12, "texte"), ("Nom", 34, "texte"), ("Année", 10, "texte"), ("Actions", 10, "texte"),
        ("Demandé", 15, "euros"), ("Accordé", 15, "euros"), ("Versé", 15, "euros"), ("Habitants", 12, "entier"),
        ("Accordé par habitant et par an (€)", 20, "nombre"), _INCONNUS,
    ]  # fmt: skip
    feuilles.table("Par quartier", colonnes, lignes)


def _sommes(
    feuilles: _Feuilles,
    bilan: Bilan,
    cles: tuple[str, str],
    nom: str,
    quartier: str | None,
    annee: int | None,
) -> None:
    toutes = ("quartier", *cles) if quartier else cles
    table = bilan.sommes(*toutes, annee=annee).merge(
        bilan.inconnus(*toutes, annee=annee), on=list(toutes), validate="one_to_one", suffixes=("", "_inconnus"),
    )  # fmt: skip
    if quartier:
        table = table[table["quartier"] == quartier]
    montants = ["demande_c", "accorde_c", "verse_c", "accorde_c_inconnus"]
    lignes = table[[*cles, *montants]].to_numpy(dtype=object).tolist()
    colonnes = [
        (cles[0].capitalize(), 36, "texte"), ("Année", 10, "texte"),
        ("Demandé", 15, "euros"), ("Accordé", 15, "euros"), ("Versé", 15, "euros"), _INCONNUS,
    ]  # fmt: skip
    feuilles.table(nom, colonnes, lignes)


def _besoin(feuilles: _Feuilles, bilan: Bilan, quartier: str | None, annee: int | None) -> None:
    lignes = [
        [
            r["nom"], r["libelle"], r["millesime"], r["valeur"], r["ecart"],
            Verdict(r["verdict"]).libelle if r["verdict"] else Statut(r["statut"]).libelle,
            r["actions"], r["accorde_c"], r["euros_par_habitant"],
        ]
        for r in bilan.besoin_et_effort(annee).to_dict("records")
        if quartier is None or r["quartier"] == quartier
    ]  # fmt: skip
    colonnes = [
        ("Quartier", 34, "texte"), ("Indicateur visé", 40, "texte"), ("Année", 9, "texte"),
        ("Valeur du quartier", 14, "nombre"), ("Écart à la ville", 14, "nombre"), ("Ce que l’on sait", 20, "texte"),
        ("Actions", 9, "texte"), ("Accordé", 15, "euros"), ("Accordé par habitant et par an (€)", 20, "nombre"),
    ]  # fmt: skip
    feuilles.table("Besoin et effort", colonnes, lignes)


def _couverture(feuilles: _Feuilles, bilan: Bilan, quartier: str | None) -> None:
    lignes = [
        [r["nom"], r["libelle"], " ; ".join(r["grands_ecarts"]), r["actions"], r["constat"]]
        for r in bilan.couverture().to_dict("records")
        if r["constat"] and (quartier is None or r["quartier"] == quartier)
    ]
    colonnes = [
        ("Quartier", 34, "texte"), ("Thème", 26, "texte"), ("Grands écarts", 70, "texte"),
        ("Actions en cours ou prévues", 14, "texte"), ("Constat", 28, "texte"),
    ]  # fmt: skip
    feuilles.table("Couverture", colonnes, lignes)


def _communs(feuilles: _Feuilles, bilan: Bilan) -> None:
    lignes = [
        [mot, r["etiquette"], " ; ".join(r["quartiers"]), r["actions"]]
        for champ, mot in (("freins", "frein"), ("leviers", "levier"))
        for r in bilan.communs(champ).to_dict("records")
    ]
    colonnes = [
        ("Nature", 10, "texte"),
        ("Étiquette", 30, "texte"),
        ("Quartiers", 70, "texte"),
        ("Actions", 9, "texte"),
    ]
    feuilles.table("Freins et leviers communs", colonnes, lignes)
