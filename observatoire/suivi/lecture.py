"""Lire le classeur de suivi ; toutes les fautes, chacune avec l’adresse de sa cellule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from observatoire.erreurs import Anomalie, lever_si_erreurs
from observatoire.ingestion.classeur import Feuille, Ligne, lire_classeur, normaliser_entete
from observatoire.suivi.colonnes import FEUILLES, Colonne
from observatoire.suivi.configuration import Reglages
from observatoire.suivi.modeles import (
    LONGUEUR_IDENTIFIANT,
    TOUT,
    VILLE_ENTIERE,
    Action,
    Etat,
    Financement,
    Note,
    Programme,
)
from observatoire.suivi.personnes import donnees_interdites, noms_possibles
from observatoire.suivi.valeurs import (
    ValeurRefusee,
    lire_centimes,
    lire_choix,
    lire_date,
    lire_etiquettes,
    lire_oui_non,
    lire_part,
)

__all__ = ["Vocabulaire", "lire_programme"]

T = TypeVar("T")
_ANNEES = range(2000, 2101)
_PROGRAMME = frozenset({"Actions", "Quartiers", "Financements"})
_TEXTES_LIBRES = ("intitule", "description", "porteur", "evaluation", "freins", "leviers")


@dataclass(frozen=True, slots=True)
class Vocabulaire:
    """Ce que les cellules peuvent nommer."""

    quartiers: Mapping[str, str]
    """Code du quartier prioritaire → nom."""
    indicateurs: Mapping[str, str]
    """Identifiant d’indicateur → thème."""
    themes: Mapping[str, str]
    """Identifiant de thème → libellé."""
    libelles: Mapping[str, str] = field(default_factory=dict)
    """Identifiant d’indicateur → libellé."""
    reglages: Reglages = field(default_factory=Reglages)


@dataclass
class _Lecteur:
    """Lit des lignes en gardant toutes les fautes."""

    vocabulaire: Vocabulaire
    jour: dt.date
    anomalies: list[Anomalie] = field(default_factory=list)

    def faute(
        self, feuille: Feuille, ligne: int, champ: str, message: str, remede: str = ""
    ) -> None:
        if (ligne, champ) in feuille.illisibles:
            return  # déjà dite
        lieu = f"{feuille.fichier}, {feuille.adresse(ligne, champ)}"
        self.anomalies.append(Anomalie(message, lieu, remede=remede or "corrigez cette cellule"))

    def avertir(self, feuille: Feuille, ligne: int, champ: str, message: str, remede: str) -> None:
        lieu = f"{feuille.fichier}, {feuille.adresse(ligne, champ)}"
        self.anomalies.append(Anomalie(message, lieu, remede=remede, gravite="avertissement"))

    def essayer(
        self, feuille: Feuille, ligne: Ligne, champ: str, lire: Callable[[Any], T], defaut: T
    ) -> T:
        try:
            return lire(ligne.valeurs.get(champ))
        except ValeurRefusee as refus:
            self.faute(feuille, ligne.numero, champ, str(refus))
            return defaut

    def exiger(self, feuille: Feuille, ligne: Ligne, colonnes: Sequence[Colonne]) -> None:
        for colonne in colonnes:
            if colonne.obligatoire and not ligne.texte(colonne.champ):
                self.faute(
                    feuille,
                    ligne.numero,
                    colonne.champ,
                    f"« {colonne.titre} » manque",
                    "remplissez-la",
                )

    def choix(
        self, feuille: Feuille, ligne: Ligne, champ: str, permis: Sequence[str], quoi: str
    ) -> str:
        texte = ligne.texte(champ)
        if not texte:
            return ""
        return self.essayer(feuille, ligne, champ, lambda _: lire_choix(texte, permis, quoi), "")

    def quartier(self, feuille: Feuille, ligne: Ligne) -> str:
        texte = ligne.texte("quartier")
        code = texte.split(" ", 1)[0].upper()
        if not texte or code == VILLE_ENTIERE or code in self.vocabulaire.quartiers:
            return code
        connus = ", ".join(f"{c} ({n})" for c, n in self.vocabulaire.quartiers.items())
        self.faute(
            feuille, ligne.numero, "quartier", f"quartier inconnu « {texte} »",
            f"codes de cette ville : {connus or 'aucun'} ; ou VILLE",
        )  # fmt: skip
        return ""

    def theme(self, feuille: Feuille, ligne: Ligne) -> str:
        texte = ligne.texte("theme")
        if not texte:
            return ""
        themes = self.vocabulaire.themes
        if texte in themes:
            return texte
        par_libelle = {normaliser_entete(v): k for k, v in themes.items()}
        trouve = par_libelle.get(normaliser_entete(texte), "")
        if not trouve:
            self.faute(
                feuille, ligne.numero, "theme", f"thème inconnu « {texte} »",
                f"thèmes : {' ; '.join(themes.values())}",
            )  # fmt: skip
        return trouve

    def indicateur(self, feuille: Feuille, ligne: Ligne) -> str:
        """Identifiant d’un indicateur, écrit seul, suivi de son libellé, ou par son libellé."""
        texte = ligne.texte("indicateur_vise")
        premier = texte.split(" ", 1)[0]
        if not texte or premier in self.vocabulaire.indicateurs:
            return premier
        par_libelle = {normaliser_entete(v): k for k, v in self.vocabulaire.libelles.items()}
        trouve = par_libelle.get(normaliser_entete(texte), "")
        if not trouve:
            self.faute(
                feuille, ligne.numero, "indicateur_vise", f"indicateur inconnu « {texte} »",
                "« observatoire indicateurs » les énumère",
            )  # fmt: skip
        return trouve

    def texte_libre(self, feuille: Feuille, ligne: Ligne, champ: str) -> str:
        """Texte sans donnée personnelle ; les noms de personnes possibles sont signalés."""
        texte = ligne.texte(champ)
        for nature in donnees_interdites(texte):
            self.faute(
                feuille, ligne.numero, champ, f"donnée personnelle refusée : {nature}", "retirez-la"
            )
        for nom in noms_possibles(texte):
            self.avertir(
                feuille, ligne.numero, champ, f"« {nom} » est peut-être le nom d’une personne",
                "remplacez-le par « une habitante », « un habitant » ou une fonction, et réimportez",
            )  # fmt: skip
        return texte

    def identifiant(self, feuille: Feuille, ligne: Ligne) -> str:
        texte = self.texte_libre(feuille, ligne, "identifiant")
        if len(texte) > LONGUEUR_IDENTIFIANT:
            message = f"identifiant trop long : {LONGUEUR_IDENTIFIANT} caractères au plus"
            self.faute(feuille, ligne.numero, "identifiant", message, "raccourcissez-le")
        return texte


def lire_programme(
    chemin: Path, vocabulaire: Vocabulaire, *, jour: dt.date | None = None
) -> tuple[Programme, list[Anomalie]]:
    """Lire et contrôler un classeur rempli.

    Parameters
    ----------
    chemin : pathlib.Path
        Classeur XLSX, de la forme du gabarit.
    vocabulaire : Vocabulaire
        Quartiers, indicateurs, thèmes et listes permis.
    jour : datetime.date, optional
        Jour de la lecture ; aujourd’hui par défaut.

    Returns
    -------
    programme : Programme
        Sans les paroles dont la durée de conservation est passée.
    anomalies : list of Anomalie
        Avertissements : noms de personnes possibles, montants et dates qui étonnent, paroles écartées.

    Raises
    ------
    ErreurDonnees
        Toutes les fautes, chacune avec sa cellule (« Financements!D12 »).
    """
    feuilles = lire_classeur(chemin)
    lecteur = _Lecteur(vocabulaire, jour or dt.datetime.now(dt.UTC).date())
    trouvees = _feuilles(chemin, feuilles, lecteur)
    lever_si_erreurs(
        f"Le classeur « {chemin.name} » n’a pas la forme attendue :", lecteur.anomalies
    )
    for nom, feuille in trouvees.items():
        lecteur.anomalies += feuille.fautes(c.champ for c in FEUILLES[nom])
    parts = _lire_parts(trouvees["Quartiers"], lecteur)
    financements = _lire_financements(trouvees["Financements"], lecteur)
    actions = _lire_actions(trouvees["Actions"], lecteur, parts, financements)
    connus = {a.identifiant for a in actions}
    _dire_orphelins(trouvees["Quartiers"], lecteur, connus)
    _dire_orphelins(trouvees["Financements"], lecteur, connus)
    notes = _lire_notes(trouvees["Habitants"], lecteur)
    lever_si_erreurs(f"Le classeur « {chemin.name} » contient des fautes :", lecteur.anomalies)
    return Programme(tuple(actions), tuple(notes)), lecteur.anomalies


def _feuilles(
    chemin: Path, feuilles: Mapping[str, Feuille], lecteur: _Lecteur
) -> dict[str, Feuille]:
    """Feuilles attendues, avec toutes leurs colonnes.

    Ce qui manque serait pris pour « inconnu » et effacerait ce qui était gardé : c’est une faute.
    Un classeur peut n’avoir que des paroles ; un programme a ses trois feuilles.
    """
    presentes = {n: f for n in FEUILLES if (f := feuilles.get(normaliser_entete(n))) and f.colonnes}
    remede = "repartez du gabarit (« observatoire suivi modele ») : les titres n’y changent pas"
    if presentes.keys() & _PROGRAMME:
        lecteur.anomalies += [
            Anomalie(f"feuille « {nom} » absente", chemin.name, remede=remede)
            for nom in FEUILLES
            if nom in _PROGRAMME and nom not in presentes
        ]
    for nom, feuille in presentes.items():
        lieu = f"{chemin.name}, {feuille.nom}"
        for colonne in FEUILLES[nom]:
            fois = feuille.repetees.get(colonne.champ, 1)
            if colonne.champ not in feuille.colonnes:
                message = f"colonne absente : {colonne.titre}"
                lecteur.anomalies.append(Anomalie(message, lieu, remede=remede))
            elif fois > 1:
                message = f"la colonne « {colonne.titre} » figure {fois} fois"
                lecteur.anomalies.append(
                    Anomalie(message, lieu, remede="renommez ou retirez l’autre")
                )
    connues = {normaliser_entete(n) for n in (*FEUILLES, "Aide", "Listes")}
    lecteur.anomalies += [
        Anomalie(
            f"la feuille « {f.nom} » n’est pas lue", chemin.name,
            remede=f"feuilles lues : {', '.join(FEUILLES)}", gravite="avertissement",
        )
        for cle, f in feuilles.items()
        if cle not in connues and f.nom
    ]  # fmt: skip
    if not any(f.lignes for f in presentes.values()):
        message = "aucune ligne dans les feuilles « Actions », « Quartiers », « Financements », « Habitants »"
        remede = "remplissez le gabarit (« observatoire suivi modele »)"
        lecteur.anomalies.append(Anomalie(message, chemin.name, remede=remede))
    return {nom: presentes.get(nom, Feuille(chemin.name, nom)) for nom in FEUILLES}


def _lire_parts(feuille: Feuille, lecteur: _Lecteur) -> dict[str, dict[str, int]]:
    parts: dict[str, dict[str, int]] = {}
    lignes: dict[str, int] = {}
    fautifs: set[str] = set()
    for ligne in feuille.lignes:
        avant = len(lecteur.anomalies)
        lecteur.exiger(feuille, ligne, FEUILLES["Quartiers"][:2])
        identifiant, quartier = ligne.texte("identifiant"), lecteur.quartier(feuille, ligne)
        part = lecteur.essayer(feuille, ligne, "part", lire_part, 0)
        siennes = parts.setdefault(identifiant, {})
        if quartier and quartier in siennes:
            message = f"le quartier {quartier} est déjà donné pour l’action {identifiant}"
            lecteur.faute(feuille, ligne.numero, "quartier", message, "réunissez les deux lignes")
        if len(lecteur.anomalies) > avant:
            fautifs.add(identifiant)
        siennes[quartier] = part
        lignes[identifiant] = ligne.numero
    for identifiant, siennes in parts.items():
        total = sum(siennes.values())
        # Une part illisible est déjà dite : le total n’apprendrait rien.
        if identifiant not in fautifs and total != TOUT:
            message = f"les parts de l’action {identifiant} font {_pct(total)}, au lieu de 100 %"
            remede = f"{'ajoutez' if total < TOUT else 'retirez'} {_pct(abs(TOUT - total))}"
            if total <= TOUT // 100:
                remede = "écrivez les parts sur 100 : 50 et non 0,5, sans le format « pourcentage »"
            lecteur.faute(feuille, lignes[identifiant], "part", message, remede)
    return parts


def _lire_financements(feuille: Feuille, lecteur: _Lecteur) -> dict[str, list[Financement]]:
    lus: dict[str, list[Financement]] = {}
    vus: dict[tuple[str, int, str], int] = {}
    listes = lecteur.vocabulaire.reglages.listes
    for ligne in feuille.lignes:
        lecteur.exiger(feuille, ligne, FEUILLES["Financements"])
        identifiant = ligne.texte("identifiant")
        annee = _annee(feuille, ligne, lecteur)
        financeur = lecteur.choix(feuille, ligne, "financeur", listes.financeurs, "financeur")
        demande, accorde, verse = (
            lecteur.essayer(feuille, ligne, c, lire_centimes, None)
            for c in ("demande", "accorde", "verse")
        )
        if demande is None and accorde is None and verse is None:
            lecteur.faute(
                feuille,
                ligne.numero,
                "demande",
                "aucun montant",
                "donnez-en un, ou retirez la ligne",
            )
        if accorde is not None and verse is not None and verse > accorde:
            message = "le montant versé dépasse le montant accordé"
            lecteur.faute(feuille, ligne.numero, "verse", message, "corrigez l’un des deux")
        _dire_montants_etonnants(feuille, ligne, lecteur, demande, accorde, verse)
        cle = (identifiant, annee, financeur)
        if financeur and cle in vus:
            message = f"même action, même année, même financeur qu’en ligne {vus[cle]}"
            lecteur.faute(
                feuille, ligne.numero, "financeur", message, "additionnez-les en une ligne"
            )
        vus.setdefault(cle, ligne.numero)
        lus.setdefault(identifiant, []).append(
            Financement(annee, financeur, demande, accorde, verse)
        )
    return lus


def _dire_montants_etonnants(
    feuille: Feuille,
    ligne: Ligne,
    lecteur: _Lecteur,
    demande: int | None,
    accorde: int | None,
    verse: int | None,
) -> None:
    """Montants possibles, mais qui sont souvent une erreur de case."""
    remede = "vérifiez les deux cases ; rien à faire si c’est voulu"
    if demande is not None and accorde is not None and accorde > demande:
        message = "le montant accordé dépasse le montant demandé"
        lecteur.avertir(feuille, ligne.numero, "accorde", message, remede)
    if verse and accorde is None:
        message = "un montant est versé alors que le montant accordé n’est pas connu"
        lecteur.avertir(feuille, ligne.numero, "verse", message, remede)


def _annee(feuille: Feuille, ligne: Ligne, lecteur: _Lecteur) -> int:
    texte = ligne.texte("annee")
    if texte.isdigit() and int(texte) in _ANNEES:
        return int(texte)
    if texte:
        lecteur.faute(feuille, ligne.numero, "annee", f"« {texte} » n’est pas une année")
    return 0


def _lire_actions(
    feuille: Feuille,
    lecteur: _Lecteur,
    parts: Mapping[str, dict[str, int]],
    financements: Mapping[str, list[Financement]],
) -> list[Action]:
    actions, vus = list[Action](), dict[str, int]()
    for ligne in feuille.lignes:
        action = _lire_action(feuille, ligne, lecteur, parts, financements)
        if action.identifiant in vus:
            message = (
                f"identifiant « {action.identifiant} » déjà en ligne {vus[action.identifiant]}"
            )
            lecteur.faute(
                feuille, ligne.numero, "identifiant", message, "un identifiant par action"
            )
        elif action.identifiant and not action.parts:
            message = f"l’action {action.identifiant} n’a aucun quartier"
            remede = "ajoutez-la dans la feuille « Quartiers » (VILLE si elle n’en vise aucun)"
            lecteur.faute(feuille, ligne.numero, "identifiant", message, remede)
        vus.setdefault(action.identifiant, ligne.numero)
        actions.append(action)
    return actions


def _lire_action(
    feuille: Feuille,
    ligne: Ligne,
    lecteur: _Lecteur,
    parts: Mapping[str, dict[str, int]],
    financements: Mapping[str, list[Financement]],
) -> Action:
    vocabulaire = lecteur.vocabulaire
    lecteur.exiger(feuille, ligne, FEUILLES["Actions"])
    textes = {c: lecteur.texte_libre(feuille, ligne, c) for c in _TEXTES_LIBRES}
    indicateur = lecteur.indicateur(feuille, ligne)
    libelles = [e.libelle for e in Etat]
    etat = lecteur.choix(feuille, ligne, "etat", libelles, "état")
    debut = lecteur.essayer(feuille, ligne, "debut", lire_date, None)
    fin = lecteur.essayer(feuille, ligne, "fin", lire_date, None)
    if debut is not None and fin is not None and fin < debut:
        lecteur.faute(
            feuille, ligne.numero, "fin", "la fin précède le début", "corrigez l’une des deux dates"
        )
    if etat == Etat.TERMINEE.libelle and fin is not None and fin > lecteur.jour:
        message = "l’action est terminée, et sa fin est à venir"
        lecteur.avertir(feuille, ligne.numero, "fin", message, "donnez sa fin réelle, ou son état")
    identifiant = lecteur.identifiant(feuille, ligne)
    return Action(
        identifiant=identifiant,
        intitule=textes["intitule"],
        description=textes["description"],
        axe=lecteur.choix(feuille, ligne, "axe", vocabulaire.reglages.listes.axes, "axe"),
        porteur=textes["porteur"],
        indicateur=indicateur,
        theme=lecteur.theme(feuille, ligne) or vocabulaire.indicateurs.get(indicateur, ""),
        etat=next((e for e in Etat if e.libelle == etat), Etat.PREVUE),
        debut=debut,
        fin=fin,
        evaluation=textes["evaluation"],
        freins=lire_etiquettes(textes["freins"]),
        leviers=lire_etiquettes(textes["leviers"]),
        public=lecteur.essayer(feuille, ligne, "public", lire_oui_non, False),
        parts=dict(sorted(parts.get(identifiant, {}).items())),
        financements=tuple(
            sorted(financements.get(identifiant, []), key=lambda f: (f.annee, f.financeur))
        ),
    )


def _dire_orphelins(feuille: Feuille, lecteur: _Lecteur, connus: set[str]) -> None:
    for ligne in feuille.lignes:
        identifiant = ligne.texte("identifiant")
        if identifiant and identifiant not in connus:
            message = f"l’action {identifiant} n’est pas dans la feuille « Actions »"
            lecteur.faute(
                feuille, ligne.numero, "identifiant", message, "ajoutez-la ou corrigez le numéro"
            )


def _lire_notes(feuille: Feuille, lecteur: _Lecteur) -> list[Note]:
    notes, vus = list[Note](), dict[str, int]()
    regle = lecteur.vocabulaire.reglages.notes
    for ligne in feuille.lignes:
        note = _lire_note(feuille, ligne, lecteur)
        if note.identifiant and note.identifiant in vus:
            message = f"identifiant « {note.identifiant} » déjà en ligne {vus[note.identifiant]}"
            lecteur.faute(feuille, ligne.numero, "identifiant", message, "un identifiant par note")
        vus.setdefault(note.identifiant, ligne.numero)
        if dt.date.min < note.date < regle.limite(lecteur.jour):
            lecteur.avertir(
                feuille, ligne.numero, "date",
                f"la parole {note.identifiant} a plus de {regle.conservation_mois} mois : elle n’est pas gardée",
                "retirez-la du classeur",
            )  # fmt: skip
        else:
            notes.append(note)
    return notes


def _lire_note(feuille: Feuille, ligne: Ligne, lecteur: _Lecteur) -> Note:
    lecteur.exiger(feuille, ligne, FEUILLES["Habitants"])
    date = lecteur.essayer(feuille, ligne, "date", lire_date, None) or dt.date.min
    if date > lecteur.jour:
        # Une date à venir retarderait d’autant son effacement.
        message = f"le {date:%d/%m/%Y} n’est pas encore venu"
        lecteur.faute(feuille, ligne.numero, "date", message, "donnez la date de la rencontre")
    return Note(
        identifiant=lecteur.identifiant(feuille, ligne),
        quartier=lecteur.quartier(feuille, ligne),
        theme=lecteur.theme(feuille, ligne),
        date=date,
        source=lecteur.texte_libre(feuille, ligne, "source"),
        texte=lecteur.texte_libre(feuille, ligne, "parole"),
        publiable=lecteur.essayer(feuille, ligne, "consentement_a_publier", lire_oui_non, False),
    )


def _pct(centiemes: int) -> str:
    return f"{centiemes / 100:.2f} %".replace(".", ",").replace(",00", "")
