"""État de chaque fichier du catalogue dans le cache : présent, absent, périmé, modifié."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from observatoire.catalogue import Catalogue
from observatoire.chemins import Chemins
from observatoire.erreurs import ErreurDonnees
from observatoire.ingestion.emplacements import Emplacement
from observatoire.ingestion.lecture import inventorier
from observatoire.ingestion.modeles import FichierReconnu, empreinte_fichier
from observatoire.ingestion.provenance import Fiche

__all__ = ["EtatSource", "etat_sources"]

Etat = Literal["present", "absent", "perime", "modifie"]


@dataclass(frozen=True, slots=True)
class EtatSource:
    """État d’un fichier du catalogue dans le cache.

    Parameters
    ----------
    etat : {"present", "absent", "perime", "modifie"}
        ``perime`` : pas vérifié depuis longtemps ; ``modifie`` : une autre version attend
        d’être acceptée.
    date, taille, sha256
        De l’exemplaire accepté ; vides s’il est absent.
    precision : str
        Ce qu’il y a à savoir ou à faire.
    """

    source: str
    titre: str
    millesime: int | None
    commune: str
    adresse: str
    etat: Etat
    date: str = ""
    taille: int | None = None
    sha256: str = ""
    precision: str = ""


def etat_sources(
    catalogue: Catalogue,
    chemins: Chemins,
    *,
    age_max_jours: int = 365,
    instant: datetime | None = None,
) -> list[EtatSource]:
    """État de chaque fichier ; un service par commune en a un par commune vue.

    Une source dont seule la page est connue a une ligne aussi : son fichier se dépose à la main.

    Parameters
    ----------
    catalogue : Catalogue
        Déclarations.
    chemins : Chemins
        Racine des données.
    age_max_jours : int
        Au-delà, un fichier non vérifié est périmé.
    instant : datetime, optional
        « Maintenant ».
    """
    limite = (instant or datetime.now(UTC)) - timedelta(days=age_max_jours)
    etats = []
    for source in catalogue.sources.values():
        for declaration in source.telechargements:
            dossier = chemins.cache / source.id / str(declaration.millesime)
            vues: list[str] = [""]
            if declaration.par_commune:
                avant, _, apres = declaration.nom_fichier("\0").partition("\0")
                fiches = dossier.glob(f"{avant}*{apres}.json")
                vues = sorted(f.name[len(avant) :].split(".")[0] for f in fiches) or [""]
            etats += [_etat(Emplacement(source, declaration, c, dossier), limite) for c in vues]
    return [*etats, *_sans_adresse(catalogue, chemins)]


def _sans_adresse(catalogue: Catalogue, chemins: Chemins) -> list[EtatSource]:
    """Sources dont seule la page est connue : présentes si elles sont dans le dossier de dépôt."""
    sources = [
        s
        for s in catalogue.sources.values()
        if not (s.telechargements or s.compilation or s.incluse_dans)
        and s.page.startswith("https://")
    ]
    deposes: dict[str, list[FichierReconnu]] = {}
    if sources and chemins.depot.is_dir():
        for fichier in inventorier([chemins.depot], catalogue).reconnus:
            deposes.setdefault(fichier.source, []).append(fichier)
    etats = []
    for source in sources:
        vide = EtatSource(
            source.id, source.titre, source.millesime, "", source.page, "absent",
            precision="adresse du fichier inconnue : téléchargez-le depuis sa page et déposez-le",
        )  # fmt: skip
        lus = {f.millesime: f for f in deposes.get(source.id, [])}
        etats += [_depose(vide, fichier) for fichier in lus.values()] or [vide]
    return etats


def _depose(vide: EtatSource, fichier: FichierReconnu) -> EtatSource:
    infos = fichier.chemin.stat()
    return replace(
        vide,
        millesime=fichier.millesime,
        etat="present",
        date=datetime.fromtimestamp(infos.st_mtime, UTC).isoformat(timespec="seconds"),
        taille=infos.st_size,
        sha256=empreinte_fichier(fichier.chemin),
        precision=f"dans le dossier de dépôt : {fichier.nom}",
    )


def _etat(place: Emplacement, limite: datetime) -> EtatSource:
    # Sans commune, l’adresse d’un service par commune est montrée avec son repère.
    inconnue = place.declaration.par_commune and not place.commune
    adresse = place.declaration.adresse if inconnue else place.adresse
    vide = EtatSource(
        place.source.id,
        place.source.titre,
        place.declaration.millesime,
        place.commune,
        adresse,
        "absent",
    )
    try:
        fiche, nouvelle = place.fiche(), place.fiche_nouvelle()
    except ErreurDonnees as erreur:
        # Une fiche abîmée ne doit pas cacher l’état des autres sources.
        return replace(vide, precision=" ; ".join(str(a) for a in erreur.anomalies))
    if fiche is None:
        return vide
    connu = replace(vide, date=fiche.date, taille=fiche.taille, sha256=fiche.sha256)
    if nouvelle is not None and nouvelle.sha256 != fiche.sha256:
        precision = f"version du {nouvelle.date[:10]} mise de côté : à accepter (--accepter)"
        return replace(connu, etat="modifie", precision=precision)
    if perte := _perte(place, fiche):
        return replace(vide, precision=perte)
    if datetime.fromisoformat(fiche.verifie_le) < limite:
        return replace(connu, etat="perime", precision=f"vérifié le {fiche.verifie_le[:10]}")
    return replace(connu, etat="present")


def _perte(place: Emplacement, fiche: Fiche) -> str:
    """Ce qui est arrivé à l’exemplaire accepté ; vide s’il est intact."""
    fichier = place.dossier / fiche.fichier
    if not fichier.is_file():
        return "le fichier a disparu du cache : relancez"
    if empreinte_fichier(fichier) != fiche.sha256:
        return "le fichier du cache a été altéré : relancez"
    return ""
