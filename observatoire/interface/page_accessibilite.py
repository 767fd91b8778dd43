"""Page « Accessibilité » : la déclaration, honnête sur ce qui manque."""

from __future__ import annotations

from html import escape

from observatoire.interface.ecriture import afficher_html

__all__ = ["afficher"]

_MESURES = (
    ("Outil", "axe-core 4.12, règles WCAG 2.0, 2.1 et 2.2, niveaux A et AA"),
    ("Pages", "toutes, sur la ville fictive livrée, à 390, 768 et 1 440 pixels de large"),
    ("Résultat", "aucune violation « critique » ni « sérieuse »"),
    ("Quand", "à chaque modification du code : un essai automatique échoue s’il en apparaît une"),
)
_FAIT = (
    "langue de la page déclarée en français, un titre propre à chaque page, un seul titre de premier niveau ;",
    "toutes les commandes s’emploient au clavier, et l’élément actif est visible ;",
    "un lien d’évitement mène au contenu ; au changement de page, le lecteur d’écran est placé sur le nouveau titre ;",
    "chaque carte a un texte qui la dit en mots et un tableau des mêmes données ; chaque ligne de points a son équivalent en texte ;",
    "aucune information ne tient à la seule couleur : hachures, tirets, signes, nombres et mots la disent aussi ;",
    "palettes vérifiées pour les trois formes de daltonisme et en niveaux de gris ;",
    "à 200 % d’agrandissement, rien n’est perdu ; les animations s’arrêtent si votre système le demande.",
)
_MANQUE = (
    (
        "aucun audit complet du RGAA par une personne n’a été fait : un outil automatique ne trouve qu’une partie des défauts, "
        "et l’observatoire ne peut donc pas se dire conforme ;"
    ),
    "les essais avec des lecteurs d’écran (NVDA, JAWS, VoiceOver) et avec des personnes handicapées restent à faire ;",
    (
        "sur la carte, le clavier atteint les quartiers prioritaires, mais pas chaque IRIS : la carte est un dessin de la bibliothèque "
        "Leaflet. Le tableau sous la carte donne toutes les valeurs ;"
    ),
    "l’infobulle de la carte ne se règle pas et ne se lit pas seule : son contenu est dans le tableau ;",
    (
        "les pages sont construites par Streamlit, qui exige JavaScript et dont les rares messages de perte de connexion "
        "sont en anglais ;"
    ),
    "les cartes téléchargées (PNG) sont des images : leur texte n’est pas lisible par un lecteur d’écran.",
)


def afficher() -> None:
    """Afficher la déclaration d’accessibilité."""
    mesures = "".join(
        f'<tr><th scope="row">{escape(n)}</th><td>{escape(t)}</td></tr>' for n, t in _MESURES
    )
    afficher_html(
        '<h1 class="obs-titre">Accessibilité : non conforme au RGAA tant qu’aucun audit n’a eu lieu</h1>'
        '<p class="obs-texte">Cette page décrit l’observatoire tel qu’il est livré. La collectivité qui l’ouvre au public '
        "complète sa déclaration : résultat de son audit, contact, voies de recours (article 47 de la loi "
        "n° 2005-102 du 11 février 2005, RGAA 4.1).</p>"
        f'<h2 class="obs-h2">Ce qui est en place</h2>{_liste(_FAIT)}'
        '<h2 class="obs-h2">Ce qui a été mesuré</h2><div class="obs-defile obs-entier"><table class="obs-table obs-comptes">'
        f"<tbody>{mesures}</tbody></table></div>"
        f'<h2 class="obs-h2">Ce qui manque</h2>{_liste(_MANQUE)}'
        '<h2 class="obs-h2">Une difficulté ?</h2><p class="obs-texte">Signalez-la à la personne chargée de l’observation dans '
        "votre collectivité : elle peut vous donner les mêmes chiffres sous une autre forme, tableau ou texte. Sans réponse "
        "satisfaisante, vous pouvez saisir le Défenseur des droits.</p>"
    )


def _liste(phrases: tuple[str, ...]) -> str:
    corps = "".join(f"<li>{escape(p)}</li>" for p in phrases)
    return f'<ul class="obs-texte">{corps}</ul>'
