"use strict";
// Lieux de la ville : des points au-dessus des zones, chacun avec son nom au survol et au clavier.
// Leur signe dit leur catégorie : une forme, jamais une couleur seule. Rend leur groupe, à retirer pour en poser d’autres.
function signeDuLieu(trace) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "lieu");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const chemin = document.createElementNS("http://www.w3.org/2000/svg", "path");
  chemin.setAttribute("d", trace);
  svg.appendChild(chemin);
  return svg;
}
// Plusieurs lieux à la même adresse : leurs signes sont côte à côte, aucun n’en cache un autre.
function ranger(lieux) {
  const vus = new Map();
  lieux.forEach((lieu) => {
    const cle = lieu.p.join();
    if (lieu.rang === undefined) lieu.rang = vus.get(cle) || 0;
    vus.set(cle, (vus.get(cle) || 0) + 1);
  });
}
function dessinerLieux(carte, lieux) {
  ranger(lieux);
  if (!carte.getPane("lieux")) carte.createPane("lieux").style.zIndex = 480;
  const groupe = L.layerGroup().addTo(carte);
  lieux.forEach((lieu) => {
    const signe = signeDuLieu(lieu.f);
    const icone = L.divIcon({ className: "", html: signe, iconSize: [16, 16], iconAnchor: [8 - 18 * lieu.rang, 8] });
    const texte = document.createElement("div");
    [["b", lieu.n], ["span", lieu.c]].forEach(([balise, mots]) => {
      const ligne = document.createElement(balise);
      ligne.textContent = mots;
      texte.appendChild(ligne);
    });
    L.marker(lieu.p, { icon: icone, pane: "lieux" })
      .bindTooltip(texte, { className: "bulle", direction: "top", offset: [18 * lieu.rang, -8], opacity: 1 })
      .addTo(groupe)
      .getElement().setAttribute("aria-label", `${lieu.n}, ${lieu.c}`);
  });
  return groupe;
}
// Une case par catégorie, dans un volet replié : rien n’est posé tant qu’on ne le demande pas.
function choisirLieux(carte, lieux) {
  ranger(lieux);
  const categories = [...new Set(lieux.map((lieu) => lieu.c))];
  const cadre = document.createElement("details");
  cadre.className = "choix-lieux";
  const titre = document.createElement("summary");
  titre.textContent = "Lieux";
  cadre.appendChild(titre);
  categories.forEach((categorie) => {
    const siens = lieux.filter((lieu) => lieu.c === categorie);
    const ligne = document.createElement("label");
    const case_ = document.createElement("input");
    case_.type = "checkbox";
    let poses = null;
    case_.addEventListener("change", () => {
      if (poses) poses.remove();
      poses = case_.checked ? dessinerLieux(carte, siens) : null;
    });
    ligne.append(case_, signeDuLieu(siens[0].f), `${categorie} (${siens.length})`);
    cadre.appendChild(ligne);
  });
  L.DomEvent.disableClickPropagation(cadre);
  const coin = L.control({ position: "topleft" });
  coin.onAdd = () => cadre;
  coin.addTo(carte);
}
