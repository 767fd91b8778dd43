"""Un chiffre d’une édition, écrit et placé, prêt pour n’importe quel document."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from observatoire.cartes.lignes import texte_ecart, texte_intervalle, texte_valeur
from observatoire.catalogue import Indicateur
from observatoire.domaine import Methode, Reference, Statut, Verdict
from observatoire.editions import Edition
from observatoire.redaction import FINE

__all__ = ["Chiffre", "autre", "lire_chiffre", "references_de"]


@dataclass(frozen=True, slots=True)
class Chiffre:
    """Une valeur d’un quartier et ce que l’on en sait.

    Les positions (``valeur``, ``borne_…``, ``ville``, ``hors_qpv``, ``autre_reference``) sont dans l’unité de
    l’indicateur ; ``None`` : rien à placer. ``valeur`` est ``None`` quand seules les bornes comptent.
    """

    code_territoire: str
    indicateur: str
    millesime: int
    unite: str
    texte: str
    intervalle: str
    ecart: str
    certitude: str
    statut: str
    verdict: str
    est_calee: bool
    bornes_seules: bool
    valeur: float | None
    borne_basse: float | None
    borne_haute: float | None
    ville: float | None
    hors_qpv: float | None
    valeur_reference: float | None
    autre_reference: float | None
    """La référence, si ce n’est ni la ville ni la ville hors quartiers, qui ont déjà leur point."""
    ecart_signe: int
    """Côté de l’écart : 1 défavorable, −1 favorable, 0 sans objet."""
    valeur_edition: float
    ecart_edition: float

    @property
    def compare(self) -> bool:
        """Vrai si le verdict permet une comparaison."""
        return (
            self.verdict in {Verdict.ECART_NET.value, Verdict.ECART_INDICATIF.value}
            and self.ecart != "–"
        )

    @property
    def en_mots(self) -> str:
        """Texte de remplacement du dessin."""
        entre = f" ({self.intervalle})" if self.intervalle else ""
        return f"quartier{FINE}: {self.texte}{entre}{FINE}; écart{FINE}: {self.ecart}"


def autre(reference: str) -> bool:
    """Vrai si la référence n’a pas déjà son point (la ville, la ville hors quartiers)."""
    return reference not in {Reference.VILLE.value, Reference.VILLE_HORS_QPV.value}


def references_de(edition: Edition, code_commune: str) -> pd.DataFrame:
    """Valeurs de référence d’une ville, une ligne par indicateur, millésime et référence."""
    references = edition.references
    return references[references["code_commune"] == code_commune]


def lire_chiffre(
    lignes: pd.DataFrame,
    code: str,
    indicateur: Indicateur,
    references: pd.DataFrame,
    *,
    reference: str,
) -> Chiffre:
    """Écrire le chiffre d’un quartier.

    Parameters
    ----------
    lignes : pandas.DataFrame
        Indexées par ``code_territoire, indicateur`` ; une ligne qui manque est une absence.
    code : str
        Quartier.
    indicateur : Indicateur
    references : pandas.DataFrame
        Table de :func:`references_de`.
    reference : str
        Territoire de comparaison.
    """
    if (code, indicateur.id) not in lignes.index:
        annees = lignes.xs(indicateur.id, level="indicateur")["millesime"]
        return _absent(code, indicateur, int(annees.max()))
    ligne = lignes.loc[[(code, indicateur.id)]].iloc[0]
    annee = int(ligne["millesime"])
    memes = references[
        (references["indicateur"] == indicateur.id) & (references["millesime"] == annee)
    ].set_index("reference")["valeur"]
    seules = bool(ligne["bornes_seules"])
    bornes = _fini(ligne["borne_basse"]), _fini(ligne["borne_haute"])
    muette = seules and texte_valeur(ligne, indicateur.unite) == "non estimable"
    ecrit = texte_ecart(ligne, indicateur.unite)
    return Chiffre(
        code_territoire=code,
        indicateur=indicateur.id,
        millesime=annee,
        unite=indicateur.unite,
        texte=texte_valeur(ligne, indicateur.unite),
        intervalle=texte_intervalle(ligne, indicateur.unite),
        ecart=ecrit,
        certitude=_certitude(ligne),
        statut=str(ligne["statut"]),
        verdict=str(ligne["verdict"]),
        est_calee=Methode(ligne["methode"]).est_calee,
        bornes_seules=seules,
        valeur=None if seules else _fini(ligne["valeur"]),
        borne_basse=None if muette or None in bornes else bornes[0],
        borne_haute=None if muette or None in bornes else bornes[1],
        ville=_fini(memes.get(Reference.VILLE.value, math.nan)),
        hors_qpv=_fini(memes.get(Reference.VILLE_HORS_QPV.value, math.nan)),
        valeur_reference=_fini(memes.get(reference, math.nan)),
        autre_reference=_fini(memes.get(reference, math.nan)) if autre(reference) else None,
        ecart_signe=_cote(indicateur, float(ligne["ecart"])) if ecrit != "–" else 0,
        valeur_edition=float(ligne["valeur"]),
        ecart_edition=float(ligne["ecart"]),
    )


def _absent(code: str, indicateur: Indicateur, annee: int) -> Chiffre:
    return Chiffre(
        code, indicateur.id, annee, indicateur.unite, Statut.ABSENT.libelle, "", "–",
        Verdict.NON_INTERPRETABLE.libelle, Statut.ABSENT.value, Verdict.NON_INTERPRETABLE.value,
        False, False, None, None, None, None, None, None, None, 0, math.nan, math.nan,
    )  # fmt: skip


def _fini(valeur: float) -> float | None:
    return float(valeur) if math.isfinite(valeur) else None


def _cote(indicateur: Indicateur, ecart: float) -> int:
    signe = 1 if ecart > 0 else -1 if ecart < 0 else 0
    return {"defavorable_si_hausse": signe, "favorable_si_hausse": -signe}.get(indicateur.sens, 0)


def _certitude(ligne: pd.Series) -> str:
    """« estimé, calé · écart net » : d’où vient le chiffre, ce qu’il permet de dire."""
    statut = Statut(ligne["statut"])
    if statut in {Statut.SECRET, Statut.ABSENT}:
        return Verdict.NON_INTERPRETABLE.libelle
    court = Methode(ligne["methode"]).court if statut is Statut.ESTIME else ""
    origine = f"{statut.libelle}, {court}" if court else statut.libelle
    return f"{origine} · {Verdict(ligne['verdict']).libelle}"
