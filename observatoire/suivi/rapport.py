"""Trame du rapport annuel sur la mise en œuvre de la politique de la ville, en DOCX.

Cadre : articles L. 1111-2 et L. 1811-2 du code général des collectivités territoriales, contenu
fixé par le décret n° 2015-1118 du 3 septembre 2015. L’observatoire remplit ce qu’il sait et laisse
à la ville, entre crochets, ce qu’elle seule peut écrire.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
import pandas as pd
from docx.shared import Pt, RGBColor

from observatoire.cartes.quartier import phrase_quartier
from observatoire.domaine import Verdict
from observatoire.redaction import ecrire_nom, ecrire_nombre, pluriel
from observatoire.suivi.bilan import PHRASE_PRUDENCE, Bilan
from observatoire.suivi.modeles import VILLE_ENTIERE, Etat

__all__ = ["CADRE_LEGAL", "ecrire_euros", "ecrire_rapport"]

CADRE_LEGAL = (
    "Articles L. 1111-2 et L. 1811-2 du code général des collectivités territoriales ; "
    "décret n° 2015-1118 du 3 septembre 2015."
)
_PHRASES_PAR_QUARTIER = 4


def ecrire_euros(centimes: Any) -> str:
    """Montant en euros, arrondi à l’euro ; « non connu » s’il manque."""
    if centimes is None or pd.isna(centimes):
        return "non connu"
    return f"{ecrire_nombre(round(int(centimes) / 100))}\u00a0€"


def ecrire_rapport(
    bilan: Bilan,
    sortie: Path,
    *,
    nom_ville: str,
    annee: int | None = None,
    quartier: str | None = None,
) -> None:
    """Écrire la trame.

    Parameters
    ----------
    bilan : Bilan
        Tableaux du suivi.
    sortie : pathlib.Path
        Fichier ``.docx``.
    nom_ville : str
        Nom de la ville.
    annee : int, optional
        Année retracée ; la dernière financée sinon.
    quartier : str, optional
        Un seul quartier ; tous sinon.
    """
    retenue = annee if annee is not None else next(iter(bilan.annees), bilan.jour.year - 1)
    document = docx.Document()
    _styles(document)
    document.add_heading(
        f"Rapport sur la mise en œuvre de la politique de la ville – {nom_ville}, {retenue}", 0
    )
    document.add_paragraph(CADRE_LEGAL)
    _a_ecrire(
        document,
        "Trame produite par l’observatoire le "
        f"{bilan.jour:%d/%m/%Y}. Les passages entre crochets sont à écrire par la ville ; les chiffres viennent de "
        "l’observatoire et du suivi. Le projet de rapport est soumis pour avis aux conseils municipaux concernés et "
        "aux conseils citoyens, dont les contributions sont annexées ; vérifiez les textes en vigueur",
    )
    quartiers = [q for q in bilan.noms if q != VILLE_ENTIERE and quartier in {None, q}]
    document.add_heading("1. Orientations du contrat de ville et projet de territoire", 1)
    _a_ecrire(document, "rappel des orientations du contrat de ville et du projet de territoire")
    document.add_heading("2. Évolution de la situation dans les quartiers prioritaires", 1)
    for code in quartiers:
        _situation(document, bilan, code)
    _a_ecrire(document, "lecture de cette situation au regard des objectifs du contrat de ville")
    document.add_heading(f"3. Actions menées au bénéfice des habitants en {retenue}", 1)
    _actions(document, bilan, quartiers, retenue)
    document.add_heading("4. Perspectives et améliorations nécessaires", 1)
    _perspectives(document, bilan, quartiers)
    document.add_heading("5. Articulation des volets social, économique et urbain", 1)
    _a_ecrire(document, "articulation des volets et, s’il y a lieu, avec le renouvellement urbain")
    document.add_heading(
        "6. Développement social urbain financé par la dotation de solidarité urbaine", 1
    )
    _a_ecrire(document, "à remplir si la ville a reçu cette dotation au titre de l’année écoulée")
    document.add_heading("7. Parole des habitants", 1)
    _paroles(document, bilan, quartiers)
    document.add_heading("Annexes", 1)
    _a_ecrire(
        document,
        "avis des conseils municipaux, des conseils citoyens et des signataires du contrat",
    )
    document.save(str(sortie))


def _styles(document: Any) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    for nom in ("Title", "Heading 1", "Heading 2"):
        document.styles[nom].font.color.rgb = RGBColor(0x14, 0x21, 0x3D)
    document.core_properties.language = "fr-FR"


def _a_ecrire(document: Any, consigne: str) -> None:
    document.add_paragraph().add_run(f"[{consigne}]").italic = True


def _situation(document: Any, bilan: Bilan, code: str) -> None:
    """Les écarts nets les plus grands de chaque thème, en phrases."""
    nom = ecrire_nom(bilan.noms[code])
    document.add_heading(f"{nom} ({code})", 2)
    nets = bilan.lignes[
        (bilan.lignes["code_territoire"] == code)
        & (bilan.lignes["verdict"] == Verdict.ECART_NET.value)
        & ~bilan.lignes["bornes_seules"]
        & bilan.lignes["indicateur"].isin(bilan.indicateurs)
    ]
    nets = nets.assign(taille=(nets["ecart_relatif"] - 1).abs()).sort_values(
        "taille", ascending=False
    )
    phrases, vus = list[str](), set[str]()
    for _, ligne in nets.iterrows():
        indicateur = bilan.indicateurs[str(ligne["indicateur"])]
        if indicateur.theme in vus or bilan.defavorables[indicateur.id] is None:
            continue
        phrase = phrase_quartier(
            nom,
            indicateur,
            valeur=float(ligne["valeur"]),
            ecart=float(ligne["ecart"]),
            verdict=str(ligne["verdict"]),
            statut=str(ligne["statut"]),
            reference="ville",
            borne_basse=float(ligne["borne_basse"]),
            borne_haute=float(ligne["borne_haute"]),
            methode=str(ligne["methode"]),
        )
        if phrase:
            vus.add(indicateur.theme)
            phrases.append(f"{phrase} ({int(ligne['millesime'])})")
    for phrase in phrases[:_PHRASES_PAR_QUARTIER]:
        document.add_paragraph(phrase, style="List Bullet")
    if not phrases:
        document.add_paragraph(
            "Aucun écart net n’est établi pour ce quartier avec les données disponibles."
        )


def _actions(document: Any, bilan: Bilan, quartiers: list[str], annee: int) -> None:
    financees = set(bilan.montants.loc[bilan.montants["annee"] == annee, "identifiant"])
    efforts = bilan.par_quartier(annee).set_index("quartier")
    for code in [*quartiers, VILLE_ENTIERE]:
        siennes = [
            a for a in bilan.programme.actions if code in a.parts and a.identifiant in financees
        ]
        if not siennes:
            continue
        document.add_heading(ecrire_nom(bilan.noms[code]), 2)
        effort = efforts.loc[code]
        par_habitant = effort["euros_par_habitant"]
        suite: str = (
            ""
            if pd.isna(par_habitant)
            else f", soit {ecrire_nombre(float(par_habitant))}\u00a0€ par habitant"
        )
        document.add_paragraph(
            f"{len(siennes)} {pluriel('action', len(siennes))} "
            f"{pluriel('financée', len(siennes))} ; montant accordé : {ecrire_euros(effort['accorde_c'])}{suite}."
        )
        table = document.add_table(rows=1, cols=4, style="Light Grid Accent 1")
        for cellule, titre in zip(
            table.rows[0].cells, ("Action", "Axe", "Porteur", "État"), strict=True
        ):
            cellule.text = titre
        for action in siennes:
            textes = (action.intitule, action.axe, action.porteur, action.etat.libelle)
            for cellule, texte in zip(table.add_row().cells, textes, strict=True):
                cellule.text = texte
    document.add_paragraph(PHRASE_PRUDENCE)


def _perspectives(document: Any, bilan: Bilan, quartiers: list[str]) -> None:
    couverture = bilan.couverture()
    manques = couverture[
        (couverture["constat"] == "sans action") & couverture["quartier"].isin(quartiers)
    ]
    if len(manques):
        document.add_paragraph(
            "Thèmes où un grand écart est établi et qu’aucune action en cours ou prévue ne vise :"
        )
    for r in manques.to_dict("records"):
        texte = f"{ecrire_nom(r['nom'])}, {r['libelle'].lower()} : {', '.join(r['grands_ecarts'])}"
        document.add_paragraph(texte, style="List Bullet")
    retards = [a for a in bilan.avancement()["en_retard"] if a.etat is not Etat.TERMINEE]
    if retards:
        document.add_paragraph(f"Actions en retard : {', '.join(a.intitule for a in retards)}.")
    communs = bilan.communs("freins")
    if len(communs):
        cites = ", ".join(
            f"{r['etiquette'].lower()} ({len(r['quartiers'])} quartiers)"
            for r in communs.to_dict("records")
        )
        document.add_paragraph(f"Freins communs à plusieurs quartiers : {cites}.")
    _a_ecrire(document, "perspectives au regard des résultats obtenus et des moyens mobilisés")


def _paroles(document: Any, bilan: Bilan, quartiers: list[str]) -> None:
    """Seules les paroles dont la publication est consentie : le rapport est public."""
    notes = [n for n in bilan.programme.public().notes if n.quartier in {*quartiers, VILLE_ENTIERE}]
    for note in notes:
        lieu = ecrire_nom(bilan.noms.get(note.quartier, note.quartier))
        texte = f"« {note.texte} » ({lieu}, {note.source}, {note.date:%d/%m/%Y})"
        document.add_paragraph(texte, style="List Bullet")
    if not notes:
        _a_ecrire(document, "paroles recueillies dans les conseils citoyens et les ateliers")
