"use strict";
// Dessine les géométries D et les valeurs V ; rend de quoi changer les valeurs sans redessiner.
// options.ouvrir(code) : un quartier est choisi ; options.pointer(latlng) : un point hors quartier.
function dessinerCarte(carte, D, V, options = {}) {
  const calme = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const boite = carte.getContainer();
  // Leaflet donne le focus à la carte au premier clic ; la page ne doit pas défiler pour autant.
  boite.focus = () => HTMLElement.prototype.focus.call(boite, { preventScroll: true });
  boite.setAttribute("role", "region");
  boite.setAttribute("aria-label", V.alternative);

  // Du fond vers le dessus ; chaque étage a son propre dessin SVG.
  const etages = ["fond", "ville", "zones", "eau", "secteurs", "cercles", "lisere", "qpv", "cible"];
  const dessins = {};
  etages.forEach((nom, i) => {
    carte.createPane(nom).style.zIndex = 300 + 20 * i;
    dessins[nom] = L.svg({ pane: nom, padding: 0.6 });
  });
  const couche = (nom, donnees, style, chaque) =>
    L.geoJSON(donnees, {
      pane: nom, renderer: dessins[nom], style, onEachFeature: chaque,
      interactive: Boolean(chaque), smoothFactor: 0,
    }).addTo(carte);

  const plan = options.fond;
  if (plan) {
    plan.addTo(carte);
    boite.classList.add("sur-plan");
    L.control.attribution({ prefix: false }).addAttribution(options.mention).addTo(carte);
  }
  couche("fond", D.fond, { color: plan ? "#6b7180" : "#fff", weight: plan ? 1 : 1.6, fill: false });
  couche("ville", D.ville, { stroke: false, fillColor: "#fbfaf8", fillOpacity: V.base && !plan ? 1 : 0 });
  if (!plan) couche("eau", D.eau, { stroke: false, fillColor: V.eau, fillOpacity: 1 });
  couche("secteurs", D.secteurs, {
    color: "#1b1f2a", weight: 1.1, opacity: 0.55, dashArray: "1 4", lineCap: "round", fill: false,
  });

  // --- Infobulle unique, déplacée de zone en zone ------------------------------
  const bulle = L.tooltip({ className: "bulle", direction: "auto", offset: [14, 0], opacity: 1 });
  function ligne(parent, balise, classe, texte) {
    if (!texte) return;
    const e = document.createElement(balise);
    if (classe) e.className = classe;
    e.textContent = texte;
    parent.appendChild(e);
  }
  function remplir(t) {
    const e = document.createElement("div");
    ligne(e, "b", "", t.n);
    ligne(e, "span", "valeur", t.v);
    ligne(e, "span", "ecart", t.e);
    ligne(e, "span", "statut", V.ville && t.v ? `${t.s} · ${V.ville}` : t.s);
    return e;
  }
  const montrer = (t, ou) => bulle.setContent(remplir(t)).setLatLng(ou).addTo(carte);
  const cacher = () => bulle.remove();

  // --- Quartiers prioritaires ---------------------------------------------------
  const emettre = options.ouvrir || ((code) =>
    window.parent.postMessage({ type: "observatoire:qpv", code: code }, "*"));
  function dansAnneau(x, y, a) {
    let dedans = false;
    for (let i = 0, j = a.length - 1; i < a.length; j = i++) {
      const [xi, yi] = a[i], [xj, yj] = a[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) dedans = !dedans;
    }
    return dedans;
  }
  function quartierEn(p) {
    const trouve = D.qpv.features.find((f) => {
      const g = f.geometry, polygones = g.type === "Polygon" ? [g.coordinates] : g.coordinates;
      return polygones.some((anneaux) =>
        anneaux.reduce((d, a) => d !== dansAnneau(p.lng, p.lat, a), false));
    });
    return trouve ? V.qpv[trouve.properties.i] : null;
  }

  // --- Zones --------------------------------------------------------------------
  // Le tireté d’une zone non disponible passe devant le filet blanc de ses voisines.
  const dessinsZones = [];
  const relever = () => dessinsZones.forEach((dessin, i) => {
    if (V.zones[i].a === "absent" || V.zones[i].a === "incertain") dessin.bringToFront();
  });
  // Le contour d’une zone survolée est un trait à part : déplacer la zone elle-même dans le dessin
  // ferait perdre le clic en cours.
  const survol = document.createElementNS("http://www.w3.org/2000/svg", "path");
  survol.setAttribute("class", "zone-survol");
  carte.on("zoomstart", () => survol.remove());
  const styleZone = (z) => ({ color: "#fff", weight: V.filet, fillColor: z.c, fillOpacity: 1 });
  couche("zones", D.zones, (f) => {
    const z = V.zones[f.properties.i];
    return { className: `zone ${z.a}`, ...styleZone(z) };
  }, (f, dessin) => {
    const i = f.properties.i;
    dessinsZones[i] = dessin;
    dessin.on({
      mouseover(e) {
        const forme = dessin.getElement();
        survol.setAttribute("d", forme.getAttribute("d"));
        forme.parentNode.appendChild(survol);
        montrer(V.zones[i], e.latlng);
      },
      mousemove(e) {
        montrer(V.zones[i], e.latlng);
        dessin.getElement().classList.toggle("en-qpv", Boolean(quartierEn(e.latlng)));
      },
      mouseout() {
        survol.remove();
        cacher();
      },
      click(e) {
        const q = quartierEn(e.latlng);
        if (q) { cacher(); emettre(q.code); return; }
        montrer(V.zones[i], e.latlng);
        if (options.pointer) options.pointer(e.latlng);
      },
    });
  });
  relever();
  const cercles = L.layerGroup().addTo(carte);
  function poserCercles() {
    cercles.clearLayers();
    if (!V.stock) return;
    D.points
      .map((p, i) => ({ p, r: V.zones[i].r }))
      .filter((c) => c.r > 0)
      .sort((a, b) => b.r - a.r)
      .forEach((c) => L.circleMarker(c.p, {
        pane: "cercles", renderer: dessins.cercles, interactive: false, className: "cercle",
        radius: Math.max(1.5, V.rayon * c.r), color: "#fff", weight: 1,
        fillColor: V.couleurCercle, fillOpacity: 0.85,
      }).addTo(cercles));
  }
  poserCercles();

  couche("lisere", D.qpv, { color: "#fff", weight: 5, fill: false, lineJoin: "round" });
  const traits = [], cibles = [];
  couche("qpv", D.qpv, { className: "qpv-trait", color: V.navy, weight: 2, fill: false },
    (f, dessin) => { traits[f.properties.i] = dessin; });
  // Le trait visible est fin : une cible invisible, plus large, reçoit le pointeur et le clavier.
  couche("cible", D.qpv, { className: "qpv", color: V.navy, weight: 14, opacity: 0, fill: false },
    (f, dessin) => {
      const rang = f.properties.i;
      cibles[rang] = dessin;
      const actif = (oui) => traits[rang].getElement().classList.toggle("actif", oui);
      dessin.on({
        mouseover(e) { actif(true); montrer(V.qpv[rang], e.latlng); },
        mousemove(e) { montrer(V.qpv[rang], e.latlng); },
        mouseout() { actif(false); cacher(); },
        click() { cacher(); emettre(V.qpv[rang].code); },
        add() {
          const e = dessin.getElement();
          e.setAttribute("tabindex", "0");
          e.setAttribute("role", "button");
          e.setAttribute("aria-label", V.qpv[rang].aria);
          e.addEventListener("focus", () => {
            const milieu = dessin.getBounds().getCenter();
            if (!carte.getBounds().contains(milieu)) carte.panTo(milieu, { animate: !calme });
            actif(true);
            montrer(V.qpv[rang], milieu);
          });
          e.addEventListener("blur", () => { actif(false); cacher(); });
          e.addEventListener("keydown", (k) => {
            if (k.key === "Enter" || k.key === " ") { k.preventDefault(); emettre(V.qpv[rang].code); }
          });
        },
      });
    });

  // --- Noms : places calculées d’avance, ramenées dans le cadre s’il est étroit --
  const noms = D.noms.map((n) => {
    const e = document.createElement("div");
    e.className = n.i < 0 ? "nom secteur" : "nom";
    const texte = document.createElement("span");
    texte.textContent = n.t;
    if (n.i >= 0) {
      texte.setAttribute("aria-hidden", "true");
      texte.addEventListener("click", () => emettre(V.qpv[n.i].code));
      texte.addEventListener("mouseenter", () =>
        traits[n.i].getElement().classList.add("actif"));
      texte.addEventListener("mouseleave", () =>
        traits[n.i].getElement().classList.remove("actif"));
      if (n.i >= 0) {
        e.innerHTML = '<svg aria-hidden="true"><line class="lisere"/><line/></svg>';
      }
    }
    e.appendChild(texte);
    const icone = L.divIcon({ className: "", html: e, iconSize: [0, 0] });
    L.marker(n.p, { icon: icone, interactive: false, keyboard: false }).addTo(carte);
    return { n, e, texte };
  });
  const BOUTONS = { x: 56, y: 124 };
  let zoomVille = 0;
  const commun = (a, b) =>
    Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) *
    Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  function poserNoms() {
    const t = carte.getSize();
    const formes = traits.map((trait) => {
      const b = trait.getBounds();
      const a = carte.latLngToContainerPoint(b.getNorthWest());
      const z = carte.latLngToContainerPoint(b.getSouthEast());
      return [a.x, a.y, z.x, z.y];
    });
    const poses = [];
    boite.classList.toggle("etroite", t.x < 560);
    noms.forEach(({ n, e, texte }) => {
      e.style.display = n.z && carte.getZoom() < zoomVille + 1 ? "none" : "";
      const p = carte.latLngToContainerPoint(n.p);
      const l = texte.offsetWidth / 2 + 6, h = texte.offsetHeight / 2 + 6;
      const borner = (v, min, max) => (min > max ? v : Math.min(Math.max(v, min), max));
      const fixe = n.i < 0 || n.z || carte.getZoom() > zoomVille + 0.05;
      let x = fixe ? n.c[0] : borner(p.x + n.c[0], l, t.x - l) - p.x;
      let y = fixe ? n.c[1] : borner(p.y + n.c[1], h, t.y - h) - p.y;
      const place = (v) => [p.x + x - l, p.y + v - h, p.x + x + l, p.y + v + h];
      if (!fixe && x !== n.c[0]) {
        // Ramené dans un cadre étroit, un nom tombe sur son quartier : au-dessus ou au-dessous, s’il cache moins.
        const cache = (v) =>
          [...formes, ...poses].reduce((somme, f) => somme + commun(place(v), f), 0);
        const [, haut, , bas] = formes[n.i];
        for (const v of [haut - h - p.y, bas + h - p.y]) {
          const dedans = p.y + v - h >= 0 && p.y + v + h <= t.y;
          if (dedans && cache(v) < cache(y)) y = v;
        }
      }
      if (!fixe) {
        // Dans un cadre étroit, deux noms l’un sur l’autre ne se lisent ni l’un ni l’autre : le second
        // se tait ; son quartier garde son infobulle, et son nom dans le tableau.
        const chevauche = poses.reduce((somme, f) => somme + commun(place(y), f), 0);
        if (chevauche > 0.25 * 4 * l * h) { e.style.display = "none"; return; }
        poses.push(place(y));
      }
      // Un nom ne passe pas sous les boutons du coin.
      const sousLesBoutons = p.x + x - l < BOUTONS.x && p.y + y - h < BOUTONS.y;
      if (!fixe && sousLesBoutons) x = Math.min(BOUTONS.x + l, t.x - l) - p.x;
      texte.style.left = `${x}px`;
      texte.style.top = `${y}px`;
      // Le trait s’arrête au bord du texte tel qu’il est mesuré, du côté de son quartier.
      const bx = borner(0, x - l + 3, x + l - 3), by = borner(0, y - h + 5, y + h - 5);
      e.querySelectorAll("line").forEach((trait) => {
        trait.setAttribute("x2", Math.abs(bx) < 1 && Math.abs(by) < 1 ? 0 : bx);
        trait.setAttribute("y2", by);
      });
    });
  }

  // --- Cadrage : toute la ville, une fois la taille connue --------------------------
  let libre = true, enZoom = false;
  carte.on("zoomstart", () => { enZoom = true; });
  carte.on("zoomend", () => { enZoom = false; });
  function cadrer(anime) {
    // Leaflet oublie un cadrage demandé pendant l’animation d’un zoom.
    if (enZoom) { carte.once("zoomend", () => cadrer(anime)); return; }
    carte.fitBounds(D.bornes, { padding: [V.marge, V.marge], animate: anime && !calme });
    libre = true;
  }
  carte.on("zoomend", poserNoms);
  carte.on("dragstart", () => { libre = false; });
  boite.addEventListener("wheel", () => { libre = false; }, { passive: true });
  new ResizeObserver(() => {
    if (!boite.clientWidth || !boite.clientHeight) return;
    carte.invalidateSize({ animate: false });
    if (libre) {
      carte.setMinZoom(0);
      cadrer(false);
      zoomVille = carte.getZoom();
      carte.setMinZoom(zoomVille - 0.5);
    }
    poserNoms();
  }).observe(boite);

  const zoom = L.control.zoom({ zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" }).addTo(carte);
  const bouton = L.DomUtil.create("a", "", zoom.getContainer());
  bouton.href = "#";
  bouton.title = "Voir toute la ville";
  bouton.setAttribute("role", "button");
  bouton.setAttribute("aria-label", bouton.title);
  bouton.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden="true"><path fill="none" ' +
    'stroke="currentColor" stroke-width="1.5" d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/></svg>';
  L.DomEvent.on(bouton, "click", L.DomEvent.stop).on(bouton, "click", () => cadrer(true));
  zoom.getContainer().querySelectorAll("a").forEach((a) =>
    a.addEventListener("click", () => { libre = a === bouton; }));
  L.control.scale({ imperial: false, maxWidth: 110 }).addTo(carte);

  // --- Molette : la page défile ; la carte seulement avec Ctrl ou quand elle a le focus ----
  const invite = document.createElement("div");
  invite.className = "invite";
  invite.textContent = "Ctrl + molette pour agrandir la carte";
  boite.appendChild(invite);
  let delai;
  boite.addEventListener("wheel", (e) => {
    const permis = e.ctrlKey || e.metaKey || boite.contains(document.activeElement);
    if (permis) { carte.scrollWheelZoom.enable(); e.preventDefault(); return; }
    carte.scrollWheelZoom.disable();
    invite.classList.add("visible");
    clearTimeout(delai);
    delai = setTimeout(() => invite.classList.remove("visible"), 1200);
  }, { capture: true, passive: false });
  boite.addEventListener("keydown", (e) => {
    if (e.key === "Escape") { cacher(); boite.blur(); }
  });

  // --- Point cherché : une épingle, dont le texte dit la réponse --------------------
  let epingle = null;
  function marquer(point, texte) {
    if (epingle) epingle.remove();
    epingle = null;
    if (!point) return;
    const e = document.createElement("div");
    e.className = "epingle";
    e.title = texte || "";
    epingle = L.marker(point, {
      icon: L.divIcon({ className: "", html: e, iconSize: [0, 0] }),
      interactive: false, keyboard: false,
    }).addTo(carte);
    if (!carte.getBounds().contains(point)) carte.panTo(point, { animate: !calme });
  }
  function actualiser(nouvelles) {
    V = nouvelles;
    cacher();
    boite.setAttribute("aria-label", V.alternative);
    dessinsZones.forEach((dessin, i) => {
      dessin.setStyle(styleZone(V.zones[i]));
      const e = dessin.getElement();
      if (e) {
        e.classList.remove("valeur", "secret", "absent", "sans_logement", "incertain");
        e.classList.add(V.zones[i].a);
      }
    });
    relever();
    poserCercles();
    cibles.forEach((dessin, i) => {
      const e = dessin.getElement();
      if (e) e.setAttribute("aria-label", V.qpv[i].aria);
    });
  }
  return { actualiser, marquer, cadrer };
}
