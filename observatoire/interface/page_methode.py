"""Page « Données et méthode » : d’où vient chaque chiffre, comment, et ses limites."""

from __future__ import annotations

from html import escape

from observatoire.catalogue import Catalogue
from observatoire.chemins import Chemins
from observatoire.domaine import Statut, Verdict
from observatoire.editions import Edition
from observatoire.evaluations import charger_evaluation
from observatoire.interface.chargement import catalogue_courant, edition_affichee
from observatoire.interface.composants import deplier
from observatoire.interface.ecriture import afficher_html
from observatoire.interface.section_erreurs import html_erreurs, html_provenance
from observatoire.redaction import pluriel

__all__ = ["afficher"]

_STATUTS = {
    Statut.PUBLIE: "publié par le producteur pour ce territoire, ou somme exacte d’effectifs publiés",
    Statut.ESTIME: "reconstitué à partir des IRIS, avec la méthode et des bornes. « Calé » : corrigé d’après les "
    "quartiers de France dont le chiffre est publié ; ses bornes contiennent le chiffre publié neuf fois sur dix. "
    "« Carreaux », « surfaces » : réparti sans cette correction ; ses bornes sont tout ce que les données permettent",
    Statut.SECRET: "masqué par le producteur, ou par notre seuil de couverture : jamais zéro, jamais vide",
    Statut.ABSENT: "le producteur ne diffuse pas ce chiffre pour ce territoire",
}
_VERDICTS = {
    Verdict.ECART_NET: "l’intervalle ou les bornes excluent la valeur de référence",
    Verdict.ECART_INDICATIF: "l’écart observé est possible, mais la référence reste dans l’intervalle ; des points sur les cartes",
    Verdict.NON_INTERPRETABLE: "l’estimation décrit surtout des habitants extérieurs au quartier, ou il n’y a pas de valeur",
}


def afficher() -> None:
    """Afficher les sources de l’édition, les statuts, la méthode et les définitions."""
    edition, catalogue = edition_affichee(), catalogue_courant()
    afficher_html(
        '<h1 class="obs-titre">D’où viennent ces chiffres, et ce qu’ils permettent de dire</h1>'
        '<p class="obs-texte">Un chiffre publié pour le quartier est toujours préféré. À défaut, les effectifs des IRIS '
        "que le quartier coupe sont répartis (au prorata de la population des carreaux de 200 m, sinon de la surface), "
        "additionnés, puis divisés : jamais une moyenne de taux. Une médiane est relue sur le mélange des "
        "distributions. Les bornes de Duncan et Davis disent tout ce que les données permettent, sans hypothèse.</p>"
        '<p class="obs-texte">Précaution : un quartier prioritaire est plus pauvre que les IRIS qui l’entourent. Une '
        "répartition au prorata des surfaces sous-estime donc sa pauvreté. Quand son chiffre n’est pas publié, "
        "l’estimation est calée : corrigée d’après les quartiers de France dont le chiffre est publié.</p>"
    )
    afficher_html(html_erreurs(charger_evaluation(Chemins.depuis().calage)))
    afficher_html(html_provenance(edition, catalogue))
    afficher_html(_definitions("Statut d’un chiffre", {s.libelle: t for s, t in _STATUTS.items()}))
    afficher_html(
        _definitions("Ce que l’on dit d’un écart", {v.libelle: t for v, t in _VERDICTS.items()})
    )
    afficher_html(_sources(edition))
    afficher_html(_indicateurs(edition, catalogue))
    avertissements = edition.manifeste["avertissements"]
    if avertissements:
        lignes = "".join(f"<li>{escape(a)}</li>" for a in avertissements)
        afficher_html(
            '<h2 class="obs-h2">Avertissements de cette édition</h2>'
            + deplier(
                f"Voir les avertissements ({len(avertissements)})",
                f'<ul class="obs-texte">{lignes}</ul>',
            )
        )


def _definitions(titre: str, termes: dict[str, str]) -> str:
    lignes = "".join(
        f'<tr><th scope="row"><b>{escape(t)}</b></th><td>{escape(d)}</td></tr>'
        for t, d in termes.items()
    )
    return f'<h2 class="obs-h2">{escape(titre)}</h2><table class="obs-table"><tbody>{lignes}</tbody></table>'


def _sources(edition: Edition) -> str:
    lignes = "".join(
        f'<tr><th scope="row">{escape(e["citation"])}</th><td data-nom="Jeu de données">{escape(e["titre"])}'
        + (
            f'<br><span class="obs-note">{escape(e["precaution"])}</span>'
            if e["precaution"]
            else ""
        )
        + f'</td><td data-nom="Fichier">{escape(e["fichier"])}</td><td data-nom="Licence">{escape(e["licence"])}</td>'
        f'<td data-nom="Empreinte"><code>{escape(e["sha256"][:12])}</code></td></tr>'
        for e in edition.manifeste["entrees"]
    )
    citations = list(dict.fromkeys(e["citation"] for e in edition.manifeste["entrees"]))
    table = (
        '<div class="obs-defile obs-entier"><table class="obs-table obs-entrees"><thead><tr>'
        '<th scope="col">Source</th><th scope="col">Jeu de données</th><th scope="col">Fichier</th>'
        '<th scope="col">Licence</th><th scope="col">Empreinte</th></tr></thead>'
        f"<tbody>{lignes}</tbody></table></div>"
    )
    nombre = len(edition.manifeste["entrees"])
    return (
        f'<h2 class="obs-h2">Fichiers employés</h2><p class="obs-texte">{escape(" ; ".join(citations))}.</p>'
        + deplier(f"Voir {nombre} {pluriel('fichier', nombre)}, avec licence et empreinte", table)
    )


def _indicateurs(edition: Edition, catalogue: Catalogue) -> str:
    morceaux = ['<h2 class="obs-h2">Définition des indicateurs</h2>']
    for theme, groupe in catalogue.par_theme().items():
        lignes = "".join(
            f'<tr><th scope="row" style="width:26%"><b>{escape(i.court)}</b><br><span class="obs-note">'
            f"{', '.join(str(m) for m in edition.manifeste['millesimes'].get(i.id, [])) or 'sans données dans cette édition'}"
            f"<br>diffusé par {escape(catalogue.diffusion_en_mots(i))}</span></th>"
            f"<td>{escape(i.definition)}"
            + (f'<br><span class="obs-note">{escape(i.precaution)}</span>' if i.precaution else "")
            + "</td></tr>"
            for i in groupe
        )
        table = f'<table class="obs-table"><tbody>{lignes}</tbody></table>'
        morceaux.append(deplier(f"{theme.libelle} ({len(groupe)})", table))
    return "".join(morceaux)
