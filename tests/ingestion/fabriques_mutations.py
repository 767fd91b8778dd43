"""Mutations d’un fichier de producteur : du sens (cellules, colonnes, lignes) et des octets.

Chaque mutation est une fonction des octets et d’un générateur aléatoire à graine fixe ; elle
rend les octets abîmés.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

__all__ = [
    "CELLULES", "LIGNES", "OCTETS", "Cellule", "Mutation", "csv_mute", "geojson_mute", "zipper",
]  # fmt: skip

Mutation = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Cellule:
    """Une valeur diffusée d’un fichier : sa ligne (par son code) et sa colonne."""

    code: str
    colonne: str
    separateur: str = ";"
    decimale: str = ","


def csv_mute(geste: Callable[[list[list[str]], Cellule], None], cellule: Cellule) -> Mutation:
    """Mutation d’une table : le geste change la liste des lignes, en-tête comprise."""

    def muter(octets: bytes, _: Random) -> bytes:
        lignes = [x.split(cellule.separateur) for x in octets.decode().splitlines()]
        geste(lignes, cellule)
        return "".join(cellule.separateur.join(x) + "\n" for x in lignes).encode()

    return muter


def geojson_mute(geste: Callable[[dict[str, Any]], None]) -> Mutation:
    """Mutation d’un GeoJSON : le geste change le document analysé."""

    def muter(octets: bytes, _: Random) -> bytes:
        document = json.loads(octets)
        geste(document)
        return json.dumps(document, ensure_ascii=False).encode()

    return muter


def zipper(membres: dict[str, bytes]) -> bytes:
    """Archive ZIP en mémoire."""
    tampon = io.BytesIO()
    with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return tampon.getvalue()


# --- Une cellule -----------------------------------------------------------------


def _nombre(texte: str) -> float:
    return float(texte.replace(",", "."))


def _fois(facteur: float) -> Callable[[str, Cellule], str]:
    return lambda t, c: f"{_nombre(t) * facteur:.1f}".replace(".", c.decimale)


def _remplacer(valeur: str) -> Callable[[str, Cellule], str]:
    return lambda _, __: valeur


CELLULES: dict[str, tuple[Callable[[str, Cellule], str], str]] = {
    "milliers espace": (lambda t, _: f"12 {t}", "refuse"),
    "milliers insécable": (lambda t, _: f"12\u00a0{t}", "refuse"),
    "milliers fine": (lambda t, _: f"12\u202f{t}", "refuse"),
    "milliers apostrophe": (lambda t, _: f"12'{t}", "refuse"),
    "pour cent": (lambda t, _: f"{t} %", "refuse"),
    "euro": (lambda t, _: f"{t} €", "refuse"),
    "négatif": (lambda t, _: f"-{t}", "refuse"),
    "moins typographique": (lambda t, _: f"\u2212{t}", "refuse"),
    "parenthèses comptables": (lambda t, _: f"({t})", "refuse"),
    "infini": (_remplacer("inf"), "refuse"),
    "dépassement": (_remplacer("1e309"), "refuse"),
    "dépassement négatif": (_remplacer("-1e309"), "refuse"),
    "tiret": (_remplacer("-"), "refuse"),
    "tiret long": (_remplacer("–"), "refuse"),
    "points": (_remplacer("..."), "refuse"),
    "étoiles": (_remplacer("***"), "refuse"),
    "n.d.": (_remplacer("n.d."), "refuse"),
    "NA": (_remplacer("NA"), "refuse"),
    "#N/A": (_remplacer("#N/A"), "refuse"),
    "#DIV/0!": (_remplacer("#DIV/0!"), "refuse"),
    "secret en toutes lettres": (_remplacer("secret"), "refuse"),
    "NULL": (_remplacer("NULL"), "refuse"),
    "date": (_remplacer("13-janv"), "refuse"),
    "date ISO": (_remplacer("2021-01-13"), "refuse"),
    "heure": (_remplacer("13:00"), "refuse"),
    "fraction": (_remplacer("13/2"), "refuse"),
    "hexadécimal": (_remplacer("0x1F"), "refuse"),
    "booléen": (_remplacer("VRAI"), "refuse"),
    "octet nul": (lambda t, _: t[:1] + "\x00" + t[1:], "refuse"),
    "O pour zéro": (lambda t, _: "O" + t, "refuse"),
    "chiffres pleine chasse": (lambda t, _: "１" + t, "refuse"),
    "autre décimale": (lambda t, c: f"{_nombre(t):.2f}".replace(".", ",.".replace(c.decimale, "")), "refuse"),
    "deux décimales": (lambda t, c: t.partition(c.decimale)[0] + ",5.5", "refuse"),
    "formule": (lambda t, _: f"={t}", "refuse"),
    "texte forcé": (lambda t, _: f"'{t}", "refuse"),
    "NaN": (_remplacer("NaN"), "statut"),
    "vide": (_remplacer(""), "statut"),
    "blancs": (_remplacer("   "), "statut"),
    "insécable seul": (_remplacer("\u00a0"), "statut"),
    "masque du producteur": (_remplacer("s"), "statut"),
    "masque en capitales": (_remplacer("NS"), "statut"),
    "masque entouré de blancs": (_remplacer(" nd "), "statut"),
    "sans objet": (_remplacer("so"), "statut"),
    "blancs autour": (lambda t, _: f"  {t} ", "identique"),
    "insécables autour": (lambda t, _: f"\u00a0{t}\u202f", "identique"),
    "entre guillemets": (lambda t, _: f'"{t}"', "identique"),
    "signe plus": (lambda t, _: f"+{t}", "identique"),
    "dix fois": (_fois(10), "refuse"),
    "cent fois": (_fois(100), "refuse"),
}  # fmt: skip
"""Geste sur la cellule, et l’issue attendue."""


def muter_cellule(geste: Callable[[str, Cellule], str], cellule: Cellule) -> Mutation:
    """Appliquer un geste à une seule cellule."""

    def changer(lignes: list[list[str]], c: Cellule) -> None:
        rang = lignes[0].index(c.colonne)
        ligne = next(x for x in lignes if x[0].strip('"') == c.code or c.code in x)
        ligne[rang] = geste(ligne[rang], c)

    return csv_mute(changer, cellule)


# --- Des lignes et des colonnes ---------------------------------------------------


def _ligne(lignes: list[list[str]], c: Cellule) -> list[str]:
    return next(x for x in lignes if c.code in x)


def _colonne(lignes: list[list[str]], c: Cellule) -> int:
    return lignes[0].index(c.colonne)


def _code(lignes: list[list[str]], c: Cellule) -> int:
    return _ligne(lignes, c).index(c.code)


def _renommer(lignes: list[list[str]], c: Cellule) -> None:
    lignes[0][_colonne(lignes, c)] += "_NOUVEAU"


def _oter_colonne(lignes: list[list[str]], c: Cellule) -> None:
    rang = _colonne(lignes, c)
    for ligne in lignes:
        del ligne[rang]


def _doubler_colonne(lignes: list[list[str]], c: Cellule) -> None:
    rang = _colonne(lignes, c)
    for ligne in lignes:
        ligne.append(ligne[rang])


def _casse(lignes: list[list[str]], _: Cellule) -> None:
    lignes[0] = [x.swapcase() for x in lignes[0]]


def _blancs_entete(lignes: list[list[str]], _: Cellule) -> None:
    lignes[0] = [f" {x}\u00a0" for x in lignes[0]]


def _guillemets_partout(lignes: list[list[str]], _: Cellule) -> None:
    lignes[:] = [[f'"{x}"' for x in ligne] for ligne in lignes]


def _retourner_colonnes(lignes: list[list[str]], _: Cellule) -> None:
    lignes[:] = [ligne[::-1] for ligne in lignes]


def _retourner_lignes(lignes: list[list[str]], _: Cellule) -> None:
    lignes[1:] = lignes[:0:-1]


def _entete_repetee(lignes: list[list[str]], _: Cellule) -> None:
    lignes.insert(len(lignes) // 2, list(lignes[0]))


def _entete_seule(lignes: list[list[str]], _: Cellule) -> None:
    del lignes[1:]


def _sans_entete(lignes: list[list[str]], _: Cellule) -> None:
    del lignes[0]


def _titre_avant(lignes: list[list[str]], _: Cellule) -> None:
    lignes[:0] = [["Titre du tableau"], [""], ["Source : Insee"]]


def _lignes_vides(lignes: list[list[str]], _: Cellule) -> None:
    lignes[2:2] = [[""], [""]]
    lignes.append([""])


def _cellules_vides(lignes: list[list[str]], _: Cellule) -> None:
    lignes.append([""] * len(lignes[0]))


def _total(lignes: list[list[str]], c: Cellule) -> None:
    neuve = list(_ligne(lignes, c))
    neuve[_code(lignes, c)] = "Total"
    lignes.append(neuve)


def _doubler_ligne(lignes: list[list[str]], c: Cellule) -> None:
    lignes.append(list(_ligne(lignes, c)))


def _doubler_code(lignes: list[list[str]], c: Cellule) -> None:
    rang, ligne = _code(lignes, c), _ligne(lignes, c)
    autre = lignes[lignes.index(ligne) + 1]
    autre[rang] = ligne[rang]


def _oter_ligne(lignes: list[list[str]], c: Cellule) -> None:
    lignes.remove(_ligne(lignes, c))


def _moitie(lignes: list[list[str]], c: Cellule) -> None:
    premier = min(i for i, x in enumerate(lignes) if x is _ligne(lignes, c))
    del lignes[premier:]


def _couper_ligne(lignes: list[list[str]], c: Cellule) -> None:
    ligne = _ligne(lignes, c)
    del ligne[len(ligne) // 2 :]


def _cellule_en_trop(lignes: list[list[str]], c: Cellule) -> None:
    _ligne(lignes, c).insert(1, "")


def _decaler(lignes: list[list[str]], c: Cellule) -> None:
    ligne = _ligne(lignes, c)
    ligne[1:] = [*ligne[2:], ligne[1]]


def _separateur_en_trop(lignes: list[list[str]], _: Cellule) -> None:
    for ligne in lignes[1:]:
        ligne.append("")


def _separateur_change_apres(lignes: list[list[str]], c: Cellule) -> None:
    autre = "," if c.separateur == ";" else ";"
    for i in range(len(lignes) // 2, len(lignes)):
        lignes[i] = [autre.join(lignes[i])]


def _guillemet_seul(lignes: list[list[str]], c: Cellule) -> None:
    ligne = _ligne(lignes, c)
    ligne[_colonne(lignes, c)] = '"' + ligne[_colonne(lignes, c)]


def _guillemets_sur_deux_lignes(lignes: list[list[str]], c: Cellule) -> None:
    """Une cellule ouverte ici et fermée trois lignes plus bas, dans la même colonne."""
    debut, rang = lignes.index(_ligne(lignes, c)), len(lignes[0]) // 2
    fin = min(debut + 3, len(lignes) - 1)
    lignes[debut][rang] = '"' + lignes[debut][rang]
    lignes[fin][rang] += '"'


def _code_change(nouveau: Callable[[str], str], toutes: bool) -> Callable[..., None]:
    def changer(lignes: list[list[str]], c: Cellule) -> None:
        rang = _code(lignes, c)
        for ligne in lignes[1:] if toutes else [_ligne(lignes, c)]:
            ligne[rang] = nouveau(ligne[rang])

    return changer


def _colonne_change(facteur: float) -> Callable[..., None]:
    def changer(lignes: list[list[str]], c: Cellule) -> None:
        rang = _colonne(lignes, c)
        for ligne in lignes[1:]:
            if ligne[rang].replace(",", "").replace(".", "").isdigit():
                ligne[rang] = f"{_nombre(ligne[rang]) * facteur:.3f}".replace(".", c.decimale)

    return changer


def _echanger(autre: str) -> Callable[..., None]:
    def changer(lignes: list[list[str]], c: Cellule) -> None:
        i, j = _colonne(lignes, c), lignes[0].index(autre)
        lignes[0][i], lignes[0][j] = lignes[0][j], lignes[0][i]

    return changer


LIGNES: dict[str, tuple[Callable[[list[list[str]], Cellule], None], str]] = {
    "colonne renommée": (_renommer, "signale"),
    "colonne ôtée": (_oter_colonne, "signale"),
    "colonne répétée": (_doubler_colonne, "refuse"),
    "casse de l’en-tête": (_casse, "identique"),
    "blancs dans l’en-tête": (_blancs_entete, "identique"),
    "guillemets partout": (_guillemets_partout, "identique"),
    "colonnes retournées": (_retourner_colonnes, "identique"),
    "lignes retournées": (_retourner_lignes, "identique"),
    "en-tête répétée": (_entete_repetee, "signale"),
    "en-tête seule": (_entete_seule, "refuse"),
    "sans en-tête": (_sans_entete, "signale"),
    "titres avant l’en-tête": (_titre_avant, "identique"),
    "lignes vides": (_lignes_vides, "identique"),
    "cellules vides": (_cellules_vides, "identique"),
    "ligne de total": (_total, "signale"),
    "ligne en double": (_doubler_ligne, "refuse"),
    "code en double": (_doubler_code, "refuse"),
    "ligne ôtée": (_oter_ligne, "signale"),
    "fin du fichier ôtée": (_moitie, "signale"),
    "ligne coupée": (_couper_ligne, "refuse"),
    "cellule en trop": (_cellule_en_trop, "refuse"),
    "cellules décalées": (_decaler, "refuse"),
    "séparateur en trop": (_separateur_en_trop, "refuse"),
    "séparateur qui change": (_separateur_change_apres, "refuse"),
    "guillemet seul": (_guillemet_seul, "refuse"),
    "guillemets sur plusieurs lignes": (_guillemets_sur_deux_lignes, "refuse"),
    "codes flottants": (_code_change(lambda c: f"{c}.0", True), "signale"),
    "un code flottant": (_code_change(lambda c: f"{c}.0", False), "signale"),
    "codes sans zéros": (_code_change(lambda c: c.lstrip("0"), True), "refuse"),
    "un code sans zéros": (_code_change(lambda c: c.lstrip("0"), False), "refuse"),
    "un code inconnu": (_code_change(lambda c: c[:-2] + "97", False), "refuse"),
    "un code d’ailleurs": (_code_change(lambda c: "99" + c[2:], False), "signale"),
    "codes scientifiques": (_code_change(lambda c: "1,0101E+04", True), "signale"),
    "colonne cent fois trop grande": (_colonne_change(100), "refuse"),
    "colonne dix fois trop grande": (_colonne_change(10), "refuse"),
    "colonne en proportions": (_colonne_change(0.01), "refuse"),
}
"""Geste sur les lignes, et l’issue attendue d’une table d’IRIS."""


# --- Des octets -------------------------------------------------------------------


def _couper_au_hasard(octets: bytes, alea: Random) -> bytes:
    return octets[: alea.randrange(len(octets) // 10, len(octets) - 2)]


def _separateur(neuf: bytes) -> Mutation:
    return lambda octets, _: octets.replace(b";", neuf)


OCTETS: dict[str, tuple[Mutation, str]] = {
    "BOM": (lambda o, _: b"\xef\xbb\xbf" + o, "identique"),
    "UTF-16": (lambda o, _: o.decode().encode("utf-16"), "identique"),
    "UTF-16 gros-boutien": (lambda o, _: b"\xfe\xff" + o.decode().encode("utf-16-be"), "identique"),
    "UTF-16 sans BOM": (lambda o, _: o.decode().encode("utf-16-le"), "signale"),
    "UTF-16 coupé": (lambda o, _: o.decode().encode("utf-16")[:-41], "refuse"),
    "latin-1": (lambda o, _: o.decode().encode("latin-1", "replace"), "identique"),
    "UTF-8 encodé deux fois": (lambda o, _: o.decode("latin-1").encode(), "identique"),
    "octets invalides dans un libellé": (lambda o, _: o.replace("é".encode(), b"\xff"), "identique"),
    "CRLF": (lambda o, _: o.replace(b"\n", b"\r\n"), "identique"),
    "CR": (lambda o, _: o.replace(b"\n", b"\r"), "identique"),
    "CRCRLF": (lambda o, _: o.replace(b"\n", b"\r\r\n"), "identique"),
    "sans saut de ligne final": (lambda o, _: o.rstrip(b"\r\n"), "identique"),
    "blancs à la fin": (lambda o, _: o + b"\n  \n\n", "refuse"),
    "tabulations": (_separateur(b"\t"), "identique"),
    "barres": (_separateur(b"|"), "identique"),
    "zéros à la fin": (lambda o, _: o + bytes(4096), "refuse"),
    "zéros au milieu": (lambda o, _: o[: len(o) // 2] + bytes(512) + o[len(o) // 2 + 512 :], "refuse"),
    "fichier vide": (lambda _, __: b"", "signale"),
    "zéros seuls": (lambda _, __: bytes(1024), "signale"),
    "page web": (lambda _, __: b"<!DOCTYPE html><html><body>403</body></html>", "signale"),
    "HTML sans balise connue": (lambda _, __: b"<table><tr><td>1</td></tr></table>", "signale"),
    "autre chose": (lambda _, alea: alea.randbytes(5000), "signale"),
    "compressé sans le dire": (lambda o, _: __import__("gzip").compress(o), "signale"),
}  # fmt: skip
"""Geste sur les octets d’une table, et l’issue attendue."""
