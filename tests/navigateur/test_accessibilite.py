"""axe-core sur chaque page à trois largeurs, texte à 200 %, mouvement réduit."""

from pathlib import Path

import axe_playwright_python
import pytest

pytestmark = pytest.mark.navigateur

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
NORMES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LARGEURS = (1440, 768, 390)
PAGES = {
    "accueil": "/",
    "effectif": "/?indicateur=population",
    "deux cartes et un point": "/?indicateur=niveau_vie_median&montrer=valeur&cote=2018&point=45.1,5.7",
    "fiche": "/quartiers",
    "matrice": "/comparer",
    "face à face": "/comparer?mode=face",
    "villes": "/villes",
    "évolutions": "/evolutions",
    "inégalités": "/inegalites",
    "exports, note": "/exports",
    "exports, carte": "/exports?document=carte&montrer=valeur",
    "méthode": "/methode",
    "accessibilité": "/accessibilite",
    "vue intégrée": "/?vue=integree",
    "erreur": "/?ville=99999",
}


def _ouvrir(page, adresse):
    page.goto(adresse)
    page.locator(".obs-pied, .obs-erreur").first.wait_for(timeout=30_000)
    page.wait_for_function(
        "[...document.querySelectorAll('.obs-carte')].every(c => c.dataset.pret)", timeout=30_000
    )


@pytest.mark.parametrize("nom", list(PAGES))
def test_axe_ne_trouve_rien_de_serieux(page, serveur, nom):
    _ouvrir(page, serveur + PAGES[nom])
    assert page.locator("h1").count() == 1
    for largeur in LARGEURS:
        page.set_viewport_size({"width": largeur, "height": 1000})
        page.wait_for_timeout(150)
        page.evaluate(AXE)
        bilan = page.evaluate(
            "n => axe.run(document, {runOnly: n}).then(r => [r.violations, r.passes.length])",
            NORMES,
        )
        graves = [
            (v["id"], [n["html"][:120] for n in v["nodes"][:3]])
            for v in bilan[0]
            if v["impact"] in ("serious", "critical")
        ]
        assert not graves, f"{nom}, {largeur} px : {graves}"
        assert bilan[1] >= 10  # l’outil a bien examiné la page


def test_a_200_pour_cent_rien_n_est_perdu(page, serveur):
    """Un écran de 1 440 px agrandi deux fois a 720 px de large : tout reste, sans défilement de côté."""
    _ouvrir(page, serveur)
    page.set_viewport_size({"width": 720, "height": 500})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 720
    # À cette largeur, les choix rares se déplient, comme sur un téléphone.
    page.get_by_role("button", name="Autres choix et partage").click()
    for nom in ("Comparé à", "Découpage", "Année"):
        boite = page.get_by_label(nom).bounding_box()
        assert boite["x"] >= 0
        assert boite["x"] + boite["width"] <= 720


def test_le_mouvement_reduit_est_respecte(navigateur, serveur):
    contexte = navigateur.new_context(reduced_motion="reduce")
    page = contexte.new_page()
    _ouvrir(page, serveur)
    durees = page.locator("path.zone").first.evaluate(
        "e => [getComputedStyle(e).transitionDuration, getComputedStyle(e).animationName]"
    )
    contexte.close()
    assert durees == ["0s", "none"]


def test_toutes_les_commandes_au_clavier_et_le_focus_visible(page, serveur):
    _ouvrir(page, serveur)
    atteints = []
    for _ in range(60):
        page.keyboard.press("Tab")
        element = page.evaluate(
            "() => { const e = document.activeElement; if (e === document.body) return ['', true]; const s = getComputedStyle(e), p = getComputedStyle(e.parentElement);"
            " const suivant = e.nextElementSibling ? getComputedStyle(e.nextElementSibling).outlineStyle : 'none';"
            " return [(e.labels && e.labels[0]?.innerText) || e.getAttribute('aria-label') || e.innerText || e.id,"
            " [s.outlineStyle, p.outlineStyle, suivant].some(o => o !== 'none') || e.matches('path')] }"
        )
        atteints.append(element)
    noms = " | ".join(str(n) for n, _ in atteints)
    for attendu in ("Aller au contenu", "Comparer", "Thème et indicateur", "Écart", "Découpage", "Un lieu",
                    "Copier le lien", "Plein écran", "Agrandir", "Quartier prioritaire"):  # fmt: skip
        assert attendu in noms, noms
    sans_focus = [n for n, visible in atteints if not visible]
    assert not sans_focus
