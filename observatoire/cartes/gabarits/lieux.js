"use strict";
// Lieux de la ville : des points au-dessus des zones, chacun avec son nom au survol et au clavier.
// Rend leur groupe, à retirer pour en poser d’autres.
function dessinerLieux(carte, lieux) {
  if (!carte.getPane("lieux")) carte.createPane("lieux").style.zIndex = 480;
  const groupe = L.layerGroup().addTo(carte);
  lieux.forEach((lieu) => {
    const point = document.createElement("span");
    point.className = "lieu";
    const icone = L.divIcon({ className: "", html: point, iconSize: [14, 14] });
    const texte = document.createElement("div");
    [["b", lieu.n], ["span", lieu.c]].forEach(([balise, mots]) => {
      const ligne = document.createElement(balise);
      ligne.textContent = mots;
      texte.appendChild(ligne);
    });
    L.marker(lieu.p, { icon: icone, pane: "lieux" })
      .bindTooltip(texte, { className: "bulle", direction: "top", offset: [0, -8], opacity: 1 })
      .addTo(groupe)
      .getElement().setAttribute("aria-label", `${lieu.n}, ${lieu.c}`);
  });
  return groupe;
}
