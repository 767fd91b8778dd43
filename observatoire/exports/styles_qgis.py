"""Styles par défaut d’un GeoPackage : QML pour QGIS, SLD pour les autres logiciels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from observatoire.cartes import palettes

__all__ = ["ClasseStyle", "style_qml", "style_qml_contour", "style_sld", "style_sld_contour"]

_SLD = "http://www.opengis.net/sld"
_OGC = "http://www.opengis.net/ogc"


@dataclass(frozen=True, slots=True)
class ClasseStyle:
    """Une classe de la légende : bornes, couleur, libellé."""

    borne_basse: float
    borne_haute: float
    couleur: str
    libelle: str


def style_qml(champ: str, classes: Sequence[ClasseStyle]) -> str:
    """Style QGIS par règles : une par classe, puis le secret hachuré et l’absence en tirets.

    Parameters
    ----------
    champ : str
        Colonne de la valeur ; sa voisine ``<champ>_statut`` dit pourquoi elle manque.
    classes : sequence of ClasseStyle
        Des valeurs hautes aux valeurs basses, comme dans la légende.
    """
    regles = [(_condition(champ, c, haute=r == 0), c.libelle) for r, c in enumerate(classes)]
    symboles = [_plein(c.couleur) for c in classes]
    regles += [
        (f"\"{champ}_statut\" = 'secret'", "secret statistique"),
        (f'"{champ}" IS NULL AND "{champ}_statut" <> \'secret\'', "non disponible"),
    ]
    symboles += [[_fond(palettes.MASQUE), _hachures()], _plein(palettes.ABSENT, tirets=True)]
    racine = _qml_racine("RuleRenderer")
    rendu = racine[0]
    groupe = ET.SubElement(rendu, "rules", key="racine")
    for rang, (filtre, libelle) in enumerate(regles):
        ET.SubElement(
            groupe, "rule", filter=filtre, label=libelle, symbol=str(rang), key=f"regle{rang}"
        )
    _qml_symboles(rendu, symboles)
    return _qml_texte(racine)


def style_qml_contour(couleur: str, largeur_mm: float) -> str:
    """Style QGIS d’une couche dont on ne montre que les contours, sur un liseré blanc."""
    racine = _qml_racine("singleSymbol")
    liseres = [_trait("#ffffff", largeur_mm * 2.2), _trait(couleur, largeur_mm)]
    _qml_symboles(racine[0], [liseres])
    return _qml_texte(racine)


def _condition(champ: str, classe: ClasseStyle, *, haute: bool) -> str:
    """Condition d’une classe ; la plus haute contient ses deux bornes."""
    signe = "<=" if haute else "<"
    return f'"{champ}" >= {classe.borne_basse:g} AND "{champ}" {signe} {classe.borne_haute:g}'


_Calque = tuple[str, dict[str, str]]


def _rvb(couleur: str) -> str:
    return ",".join(str(int(couleur[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _plein(couleur: str, *, tirets: bool = False) -> list[_Calque]:
    trait = {
        "outline_color": _rvb("#9a9fab" if tirets else "#ffffff"),
        "outline_style": "dash" if tirets else "solid",
    }
    options = {"color": _rvb(couleur), "style": "solid", "outline_width": "0.2", **trait}
    return [("SimpleFill", {**options, "outline_width_unit": "MM"})]


def _fond(couleur: str) -> _Calque:
    return _plein(couleur)[0]


def _hachures() -> _Calque:
    return (
        "LinePatternFill",
        {
            "angle": "45", "distance": "1.5", "distance_unit": "MM", "line_width": "0.25",
            "line_width_unit": "MM", "color": _rvb(palettes.HACHURE),
        },
    )  # fmt: skip


def _trait(couleur: str, largeur: float) -> _Calque:
    return (
        "SimpleLine",
        {
            "line_color": _rvb(couleur), "line_width": f"{largeur:g}", "line_width_unit": "MM",
            "joinstyle": "round", "capstyle": "round", "line_style": "solid",
        },
    )  # fmt: skip


def _qml_racine(type_rendu: str) -> ET.Element:
    racine = ET.Element("qgis", version="3.28.0", styleCategories="Symbology")
    ET.SubElement(
        racine, "renderer-v2", type=type_rendu, symbollevels="0", enableorderby="0",
        forceraster="0", referencescale="-1",
    )  # fmt: skip
    return racine


def _qml_symboles(rendu: ET.Element, symboles: Sequence[Sequence[_Calque]]) -> None:
    groupe = ET.SubElement(rendu, "symbols")
    for rang, calques in enumerate(symboles):
        symbole = ET.SubElement(
            groupe, "symbol", name=str(rang), type="fill", alpha="1", clip_to_extent="1"
        )
        for classe, options in calques:
            calque = ET.SubElement(
                symbole, "layer", {"class": classe, "enabled": "1", "locked": "0", "pass": "0"}
            )
            carte = ET.SubElement(calque, "Option", type="Map")
            for nom, valeur in options.items():
                ET.SubElement(carte, "Option", name=nom, value=valeur, type="QString")
                # Les versions anciennes de QGIS lisent « prop ».
                ET.SubElement(calque, "prop", k=nom, v=valeur)


def _qml_texte(racine: ET.Element) -> str:
    ET.indent(racine)
    entete = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return entete + ET.tostring(racine, encoding="unicode")


def style_sld(couche: str, champ: str, classes: Sequence[ClasseStyle]) -> str:
    """Style SLD 1.0 aux mêmes classes ; le secret y est un gris, faute de hachures portables."""
    racine, style = _sld_racine(couche)
    for rang, classe in enumerate(classes):
        regle = _sld_regle(style, classe.libelle)
        et = ET.SubElement(ET.SubElement(regle, f"{{{_OGC}}}Filter"), f"{{{_OGC}}}And")
        haut = "PropertyIsLessThanOrEqualTo" if rang == 0 else "PropertyIsLessThan"
        for operateur, borne in (
            ("PropertyIsGreaterThanOrEqualTo", classe.borne_basse),
            (haut, classe.borne_haute),
        ):
            _sld_comparaison(et, operateur, champ, f"{borne:g}")
        _sld_polygone(regle, classe.couleur)
    regle = _sld_regle(style, "secret statistique")
    filtre = ET.SubElement(regle, f"{{{_OGC}}}Filter")
    _sld_comparaison(filtre, "PropertyIsEqualTo", f"{champ}_statut", "secret")
    _sld_polygone(regle, palettes.MASQUE)
    return _sld_texte(racine)


def style_sld_contour(couche: str, couleur: str, largeur_mm: float) -> str:
    """Style SLD 1.0 d’une couche dont on ne montre que les contours."""
    racine, style = _sld_racine(couche)
    regle = _sld_regle(style, "contour")
    trait = ET.SubElement(ET.SubElement(regle, f"{{{_SLD}}}LineSymbolizer"), f"{{{_SLD}}}Stroke")
    for nom, valeur in (("stroke", couleur), ("stroke-width", f"{largeur_mm / 0.28:.2g}")):
        ET.SubElement(trait, f"{{{_SLD}}}CssParameter", name=nom).text = valeur
    return _sld_texte(racine)


def _sld_racine(couche: str) -> tuple[ET.Element, ET.Element]:
    racine = ET.Element(f"{{{_SLD}}}StyledLayerDescriptor", version="1.0.0")
    nommee = ET.SubElement(racine, f"{{{_SLD}}}NamedLayer")
    ET.SubElement(nommee, f"{{{_SLD}}}Name").text = couche
    style = ET.SubElement(nommee, f"{{{_SLD}}}UserStyle")
    return racine, ET.SubElement(style, f"{{{_SLD}}}FeatureTypeStyle")


def _sld_regle(style: ET.Element, titre: str) -> ET.Element:
    regle = ET.SubElement(style, f"{{{_SLD}}}Rule")
    ET.SubElement(regle, f"{{{_SLD}}}Name").text = titre
    return regle


def _sld_comparaison(parent: ET.Element, operateur: str, champ: str, valeur: str) -> None:
    test = ET.SubElement(parent, f"{{{_OGC}}}{operateur}")
    ET.SubElement(test, f"{{{_OGC}}}PropertyName").text = champ
    ET.SubElement(test, f"{{{_OGC}}}Literal").text = valeur


def _sld_polygone(regle: ET.Element, couleur: str) -> None:
    symbole = ET.SubElement(regle, f"{{{_SLD}}}PolygonSymbolizer")
    for balise, nom, valeur in (("Fill", "fill", couleur), ("Stroke", "stroke", "#ffffff")):
        partie = ET.SubElement(symbole, f"{{{_SLD}}}{balise}")
        ET.SubElement(partie, f"{{{_SLD}}}CssParameter", name=nom).text = valeur


def _sld_texte(racine: ET.Element) -> str:
    ET.register_namespace("sld", _SLD)
    ET.register_namespace("ogc", _OGC)
    ET.indent(racine)
    return ET.tostring(racine, encoding="unicode")
