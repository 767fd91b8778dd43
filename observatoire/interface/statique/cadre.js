"use strict";
// Comportement des pages : l’adresse est l’état. Un lien ou un choix change l’adresse, Streamlit
// rejoue la page, et les cartes déjà dessinées sont gardées d’un affichage à l’autre.
(() => {
  const MOTIFS = __MOTIFS__;
  const calme = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const un = (s, d = document) => d.querySelector(s);
  const tous = (s, d = document) => [...d.querySelectorAll(s)];

  // --- Adresse --------------------------------------------------------------------
  let focusAuTitre = false;
  let champActif = null;
  function aller(adresse) {
    const cible = new URL(adresse, location.href);
    if (cible.origin !== location.origin) { location.assign(cible); return; }
    if (cible.href === location.href) return;
    const autrePage = cible.pathname !== location.pathname;
    history.pushState(null, "", cible);
    focusAuTitre = autrePage;
    if (autrePage) scrollTo({ top: 0 });
    const defile = un("[data-testid=stMain]");
    if (autrePage && defile) defile.scrollTop = 0;
    dispatchEvent(new PopStateEvent("popstate", { state: null }));
  }
  function changer(champs) {
    const actif = document.activeElement;
    champActif = actif && actif.id && actif.closest(".obs-champ") ? { id: actif.id, fin: Date.now() + 5000 } : null;
    const p = new URLSearchParams(location.search);
    for (const [cle, valeur] of Object.entries(champs)) {
      if (valeur === null || valeur === "") p.delete(cle); else p.set(cle, valeur);
    }
    const suite = p.toString();
    aller(location.pathname + (suite ? `?${suite}` : ""));
  }
  function choisir(champ, valeur) {
    const defaut = valeur === champ.dataset.defaut && !champ.dataset.toujours;
    const champs = { [champ.dataset.cle]: defaut ? null : valeur };
    (champ.dataset.efface || "").split(" ").filter(Boolean).forEach((c) => { champs[c] = null; });
    changer(champs);
  }

  document.addEventListener("click", (e) => {
    const lien = e.target.closest("a[href]");
    if (lien && lien.closest(".stHtml, .carte") && !lien.hasAttribute("download") &&
        !e.ctrlKey && !e.metaKey && !e.shiftKey && !e.altKey && e.button === 0) {
      const brut = lien.getAttribute("href");
      if (!/^[a-z]+:|^\/\/|^#|^\/api\//i.test(brut)) { e.preventDefault(); aller(brut); }
      return;
    }
    const bouton = e.target.closest("[data-action]");
    if (bouton) agir(bouton);
  });
  document.addEventListener("change", (e) => {
    const champ = e.target.closest("select[data-cle], input[type=radio][data-cle]");
    if (champ) choisir(champ, champ.value);
    // Plusieurs cases d’une même liste : leurs valeurs, séparées par des virgules ; aucune, c’est tout.
    const { liste } = e.target.dataset;
    if (liste) {
      const cochees = tous("input[type=checkbox][data-liste]")
        .filter((c) => c.dataset.liste === liste && c.checked).map((c) => c.value);
      changer({ [liste]: cochees.join(",") });
    }
  });

  // --- Boutons --------------------------------------------------------------------
  function agir(bouton) {
    const action = bouton.dataset.action;
    if (action === "copier") {
      let texte = location.href;
      if (bouton.dataset.forme === "cadre") {
        const p = new URL(location.href);
        p.searchParams.set("vue", "integree");
        const titre = document.title.replace(/"/g, "”");
        texte = `<iframe src="${p.href.replace(/&/g, "&amp;")}" title="${titre}" ` +
          'width="100%" height="900" style="border:0"></iframe>';
      }
      copier(texte).then((fait) => {
        const mot = fait ? "Copié dans le presse-papiers" : `À copier : ${texte}`;
        annoncer(mot);
        const avant = bouton.dataset.texte || (bouton.dataset.texte = bouton.textContent);
        bouton.textContent = fait ? "Copié" : texte;
        setTimeout(() => { bouton.textContent = avant; }, 2500);
      });
    }
    if (action === "descendre") {
      const cible = document.getElementById(bouton.dataset.cible);
      if (!cible) return;
      cible.setAttribute("tabindex", "-1");
      cible.focus({ preventScroll: true });
      cible.scrollIntoView({ behavior: calme ? "auto" : "smooth", block: "start" });
    }
    if (action === "deplier") {
      const ouverts = document.documentElement.classList.toggle("obs-deplie");
      bouton.setAttribute("aria-expanded", String(ouverts));
    }
    if (action === "plein-ecran") {
      const scene = un(".obs-scene");
      if (document.fullscreenElement) document.exitFullscreen();
      else if (scene && scene.requestFullscreen) scene.requestFullscreen();
    }
    if (action === "ici" && navigator.geolocation) {
      navigator.geolocation.getCurrentPosition(
        (p) => changer({ point: `${p.coords.latitude.toFixed(5)},${p.coords.longitude.toFixed(5)}`, lieu: null }),
        () => annoncer("La position n’a pas pu être obtenue."));
    }
  }
  async function copier(texte) {
    try { await navigator.clipboard.writeText(texte); return true; } catch { /* voie de secours */ }
    const zone = document.createElement("textarea");
    zone.value = texte;
    zone.style.position = "fixed";
    zone.style.opacity = "0";
    document.body.appendChild(zone);
    zone.select();
    const fait = document.execCommand("copy");
    zone.remove();
    return fait;
  }

  // --- Annonces aux lecteurs d’écran, focus ------------------------------------------
  const annonce = document.createElement("div");
  annonce.className = "obs-annonce";
  annonce.setAttribute("role", "status");
  document.body.appendChild(annonce);
  const annoncer = (texte) => { annonce.textContent = texte; };
  function titreAuFocus() {
    const titre = un("h1");
    if (!titre) return;
    titre.setAttribute("tabindex", "-1");
    titre.focus({ preventScroll: false });
  }

  // --- Listes : la valeur affichée est celle de l’adresse -------------------------------
  function accorder() {
    const p = new URLSearchParams(location.search);
    tous("select[data-cle]").forEach((s) => {
      const voulue = p.get(s.dataset.cle);
      const existe = voulue !== null && [...s.options].some((o) => o.value === voulue);
      const valeur = existe ? voulue : s.dataset.defaut;
      if (s.value !== valeur) s.value = valeur;
    });
    tous("input[type=checkbox][data-liste]").forEach((c) => {
      c.checked = (p.get(c.dataset.liste) || "").split(",").includes(c.value);
    });
    const groupes = {};
    tous("input[type=radio][data-cle]").forEach((r) => (groupes[r.name] ??= []).push(r));
    Object.values(groupes).forEach((radios) => {
      const voulue = p.get(radios[0].dataset.cle);
      const valeur = radios.some((r) => r.value === voulue && !r.disabled) ? voulue : radios[0].dataset.defaut;
      radios.forEach((r) => { r.checked = r.value === valeur; });
    });
  }

  // --- Recherche dans une liste, sans accents ni majuscules -----------------------------
  const simple = (t) => t.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/[’']/g, " ").replace(/œ/g, "oe");
  let ouvert = null;
  function recherche(boite) {
    const champ = un("input", boite), liste = un("[role=listbox]", boite);
    const options = JSON.parse(boite.dataset.options);
    const cles = options.map((o) => simple(`${o.g || ""} ${o.t} ${o.m || ""}`));
    const p = new URLSearchParams(location.search);
    const courante = () => options.find((o) => o.v === (p.get(boite.dataset.cle) ?? boite.dataset.defaut));
    const etiquette = () => {
      const o = options.find((x) => x.v === new URLSearchParams(location.search).get(boite.dataset.cle))
        || options.find((x) => x.v === boite.dataset.defaut);
      return o ? (o.g && boite.dataset.groupes !== "non" ? `${o.g} · ${o.t}` : o.t) : "";
    };
    let actif = -1, visibles = [];
    const remettre = () => { champ.value = etiquette(); };
    remettre();
    boite.obsRemettre = () => { if (document.activeElement !== champ) remettre(); };
    function fermer() {
      liste.hidden = true;
      champ.setAttribute("aria-expanded", "false");
      champ.removeAttribute("aria-activedescendant");
      if (ouvert === fermer) ouvert = null;
    }
    function montrer(texte) {
      const mots = simple(texte).split(/\s+/).filter(Boolean);
      visibles = [];
      liste.replaceChildren();
      let groupe = null, parent = liste;
      options.forEach((o, i) => {
        if (!mots.every((m) => cles[i].includes(m)) || visibles.length >= 120) return;
        if (o.g && o.g !== groupe) {
          groupe = o.g;
          const entete = document.createElement("div");
          entete.className = "groupe";
          entete.id = `${champ.id}-g${i}`;
          entete.textContent = o.g;
          parent = document.createElement("div");
          parent.setAttribute("role", "group");
          parent.setAttribute("aria-labelledby", entete.id);
          parent.appendChild(entete);
          liste.appendChild(parent);
        }
        const e = document.createElement("div");
        e.setAttribute("role", "option");
        e.id = `${champ.id}-o${i}`;
        e.textContent = o.t;
        if (o.d) {
          const detail = document.createElement("span");
          detail.textContent = o.d;
          e.appendChild(detail);
        }
        e.setAttribute("aria-selected", "false");
        e.addEventListener("mousedown", (ev) => ev.preventDefault());
        e.addEventListener("click", () => prendre(o));
        parent.appendChild(e);
        visibles.push({ o, e });
      });
      if (!visibles.length) {
        const vide = document.createElement("div");
        vide.className = "vide";
        vide.setAttribute("role", "option");
        vide.setAttribute("aria-disabled", "true");
        vide.textContent = boite.dataset.vide || "Rien ne correspond : essayez un autre mot";
        liste.appendChild(vide);
      }
      // Un mot du nom compte plus qu’un mot de la définition.
      const nomme = visibles.findIndex((x) => mots.every((m) => simple(x.o.t).includes(m)));
      activer(mots.length ? Math.max(nomme, visibles.length ? 0 : -1) : visibles.findIndex((x) => x.o === courante()));
      liste.hidden = false;
      champ.setAttribute("aria-expanded", "true");
      ouvert = fermer;
    }
    function activer(i) {
      if (visibles[actif]) visibles[actif].e.setAttribute("aria-selected", "false");
      actif = i;
      const x = visibles[i];
      if (!x) { champ.removeAttribute("aria-activedescendant"); return; }
      x.e.setAttribute("aria-selected", "true");
      champ.setAttribute("aria-activedescendant", x.e.id);
      if (!liste.hidden) x.e.scrollIntoView({ block: "nearest" });
    }
    function prendre(o) {
      fermer();
      champ.value = o.g && boite.dataset.groupes !== "non" ? `${o.g} · ${o.t}` : o.t;
      choisir(boite, o.v);
    }
    champ.addEventListener("focus", () => champ.select());
    champ.addEventListener("click", () => { if (liste.hidden) montrer(""); });
    champ.addEventListener("input", () => montrer(champ.value));
    champ.addEventListener("blur", () => setTimeout(() => { fermer(); remettre(); }, 120));
    champ.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        if (liste.hidden) { montrer(""); return; }
        const pas = e.key === "ArrowDown" ? 1 : -1;
        activer((actif + pas + visibles.length) % Math.max(visibles.length, 1));
      } else if (e.key === "Enter") {
        e.preventDefault();
        const libre = boite.dataset.libre;
        if (!liste.hidden && visibles[actif]) prendre(visibles[actif].o);
        else if (libre && champ.value.trim()) { fermer(); changer({ [libre]: champ.value.trim(), [boite.dataset.cle]: null, point: null }); }
      } else if (e.key === "Escape") {
        if (!liste.hidden) { e.stopPropagation(); fermer(); }
        remettre();
      }
    });
  }

  // --- Cartes ---------------------------------------------------------------------------
  const lus = new Map();
  function lire(adresse) {
    if (!lus.has(adresse)) {
      if (lus.size > 60) lus.delete(lus.keys().next().value);
      lus.set(adresse, fetch(adresse).then((r) => {
        if (!r.ok) throw new Error(String(r.status));
        return r.json();
      }).catch((e) => { lus.delete(adresse); throw e; }));
    }
    return lus.get(adresse);
  }
  const dessins = new Map(); // nom de l’emplacement → carte gardée
  async function monter(place) {
    place.dataset.monte = "oui";
    const { nom, geo, valeurs, lieux = "" } = place.dataset;
    let d = dessins.get(nom);
    if (d && d.geo === geo) place.replaceChildren(d.noeud);
    try {
      const [D, V, points] = await Promise.all([lire(geo), lire(valeurs), lieux ? lire(lieux) : []]);
      if (!place.isConnected) return;
      d = dessins.get(nom);
      if (d && d.geo === geo) {
        if (d.noeud.parentElement !== place) place.replaceChildren(d.noeud);
        if (d.valeurs !== valeurs) d.outils.actualiser(V);
      } else {
        d = dessiner(place, geo, D, V);
        dessins.set(nom, d);
      }
      d.valeurs = valeurs;
      pointer(d, place);
      if (d.lieux !== lieux) {
        if (d.poses) d.poses.remove();
        d.poses = points.length ? dessinerLieux(d.carte, points) : null;
        d.lieux = lieux;
      }
      lier();
      place.dataset.pret = valeurs;
    } catch (e) {
      place.textContent = "La carte n’a pas pu être chargée : rechargez la page. Le tableau des mêmes données reste disponible.";
      place.dataset.pret = "echec";
    }
  }
  function dessiner(place, geo, D, V) {
    const noeud = document.createElement("div");
    noeud.className = "carte";
    place.replaceChildren(noeud);
    const carte = L.map(noeud, {
      center: [0, 0], zoom: 12, zoomControl: false, attributionControl: false,
      scrollWheelZoom: false, zoomSnap: 0, zoomDelta: 0.75, maxZoom: 18,
      ...(calme ? { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false } : {}),
    });
    const options = {
      ouvrir: (code) => {
        const p = new URLSearchParams();
        for (const c of ["ville", "vue"]) {
          const v = new URLSearchParams(location.search).get(c);
          if (v && (c !== "vue" || v === "integree")) p.set(c, v);
        }
        p.set("qpv", code);
        aller(`quartiers?${p}`);
      },
    };
    if (noeud.closest("[data-pointer]")) {
      options.pointer = (ll) => changer({ point: `${ll.lat.toFixed(5)},${ll.lng.toFixed(5)}`, lieu: null });
    }
    // Fond de plan permis par l’administration : servi par l’application, sous les zones.
    if (place.dataset.fond) {
      options.fond = L.tileLayer(place.dataset.fond, { maxNativeZoom: 18, maxZoom: 18, opacity: 0.75 });
      options.mention = place.dataset.mention;
    }
    const outils = dessinerCarte(carte, D, V, options);
    return { noeud, carte, outils, geo, valeurs: "" };
  }
  function pointer(d, place) {
    const brut = place.dataset.point;
    const cle = brut || "";
    if (d.point === cle) return;
    d.point = cle;
    d.outils.marquer(brut ? brut.split(",").map(Number) : null, place.dataset.pointTexte);
  }
  // Deux cartes côte à côte montrent le même lieu.
  function lier() {
    const duo = tous(".obs-carte[data-groupe]").map((p) => dessins.get(p.dataset.nom)).filter(Boolean);
    if (duo.length !== 2 || duo.every((d) => d.lie === duo.map((x) => x.geo).join())) return;
    const cle = duo.map((x) => x.geo).join();
    let suivi = false;
    duo.forEach((d, i) => {
      if (d.lie === cle) return;
      d.lie = cle;
      d.carte.on("move", () => {
        const autre = duo[1 - i];
        if (suivi || !autre.noeud.isConnected) return;
        suivi = true;
        autre.carte.setView(d.carte.getCenter(), d.carte.getZoom(), { animate: false });
        suivi = false;
      });
    });
  }

  // --- Impression : la carte tient dans la feuille, et montre ce que l’écran montrait ---------
  let aRemettre = [];
  addEventListener("beforeprint", () => {
    const presents = [...dessins.values()].filter((d) => d.noeud.isConnected);
    aRemettre = presents.map(({ carte }) => [carte, carte.getBounds(), carte.getMinZoom(), carte.getCenter(), carte.getZoom()]);
    document.documentElement.classList.add("obs-imprime");
    aRemettre.forEach(([carte, vue]) => {
      carte.invalidateSize({ animate: false });
      carte.setMinZoom(0);
      carte.fitBounds(vue, { animate: false });
    });
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("obs-imprime");
    aRemettre.forEach(([carte, , minimum, centre, zoom]) => {
      carte.invalidateSize({ animate: false });
      carte.setView(centre, zoom, { animate: false });
      carte.setMinZoom(minimum);
    });
    aRemettre = [];
  });

  // --- Contenus longs, chargés quand on les ouvre ------------------------------------------
  document.addEventListener("toggle", async (e) => {
    const d = e.target;
    if (!(d instanceof HTMLDetailsElement) || !d.open || !d.dataset.charger) return;
    const zone = un("[data-contenu]", d);
    if (zone.dataset.lu === d.dataset.charger) return;
    zone.dataset.lu = d.dataset.charger;
    try {
      const r = await fetch(d.dataset.charger);
      if (!r.ok) throw new Error(String(r.status));
      zone.innerHTML = await r.text(); // fragment écrit par le serveur, données échappées
    } catch {
      delete zone.dataset.lu;
      zone.textContent = "Le tableau n’a pas pu être chargé : refermez-le et rouvrez-le.";
    }
  }, true);

  // --- Suivi de ce que Streamlit affiche -------------------------------------------------
  let titre = "";
  // Si Streamlit remonte le champ que l’on vient d’employer, le clavier y retrouve sa place.
  function retrouverLeChamp() {
    if (!champActif) return;
    if (Date.now() > champActif.fin) { champActif = null; return; }
    const perdu = !document.activeElement || document.activeElement === document.body;
    const champ = perdu && document.getElementById(champActif.id);
    if (champ) champ.focus({ preventScroll: true });
  }
  // Messages de Streamlit, écrits en anglais : connexion perdue, page inconnue, défaut d’affichage.
  const TRADUCTIONS = [
    [/^Connection (error|lost|timed out)/i, "Connexion interrompue"],
    [/not responding|still running/i, "L’observatoire ne répond plus. Rechargez la page dans un instant ; si cela dure, " +
      "prévenez la personne chargée de l’observation."],
    [/^Page not found$/i, "Page introuvable"],
    [/^The page that you have requested/i, "Cette page n’existe pas : la carte est affichée à la place."],
    [/^(Re)?connecting/i, "Connexion…"], [/^Please wait/i, "Un instant…"], [/^(Close|Dismiss)$/i, "Fermer"],
  ];
  const traduction = (texte) => (TRADUCTIONS.find(([motif]) => motif.test((texte || "").trim())) || [])[1];
  function traduire() {
    tous("[data-testid=stDialog], [data-testid=stConnectionStatus]").forEach((cadre) => {
      // Le texte change dans son nœud : Streamlit garde la main sur ses éléments.
      const textes = document.createTreeWalker(cadre, NodeFilter.SHOW_TEXT);
      while (textes.nextNode()) {
        const mot = traduction(textes.currentNode.nodeValue);
        if (mot) textes.currentNode.nodeValue = mot;
      }
      tous("[aria-label]", cadre).forEach((e) => {
        const mot = traduction(e.getAttribute("aria-label"));
        if (mot) e.setAttribute("aria-label", mot);
      });
    });
  }
  function suivre() {
    traduire();
    tous(".obs-carte:not([data-monte])").forEach(monter);
    tous(".obs-recherche:not([data-monte])").forEach((b) => { b.dataset.monte = "oui"; recherche(b); });
    tous(".obs-recherche").forEach((b) => b.obsRemettre && b.obsRemettre());
    retrouverLeChamp();
    accorder();
    const principal = un("[data-testid=stMain]");
    if (principal && principal.getAttribute("role") !== "main") principal.setAttribute("role", "main");
    const evitement = un("[data-testid=stSkipToContent]");
    if (evitement && evitement.textContent !== "Aller au contenu") evitement.textContent = "Aller au contenu";
    // Ce qui défile doit pouvoir défiler au clavier.
    tous(".obs-defile:not([tabindex])").forEach((d) => d.setAttribute("tabindex", "0"));
    const h1 = un("h1");
    if (h1 && h1.textContent !== titre) {
      const premier = titre === "";
      titre = h1.textContent;
      if (!premier) annoncer(titre);
      if (focusAuTitre) { focusAuTitre = false; titreAuFocus(); }
    }
    const page = un("[data-titre-page]");
    if (page && document.title !== page.dataset.titrePage) document.title = page.dataset.titrePage;
    document.documentElement.classList.toggle(
      "obs-integree", new URLSearchParams(location.search).get("vue") === "integree");
  }
  // --- L’écran suit l’adresse --------------------------------------------------------------
  // Un choix fait pendant une coupure n’arrive pas au serveur : l’adresse et les listes diraient une
  // chose, la carte une autre. Le serveur écrit en dernier l’adresse qu’il montre ; tant que ce n’est
  // pas celle demandée, la page le dit, et redemande.
  const DIRE_MS = 1200, REDEMANDER_MS = 2500, RENONCER_MS = 20000, ESSAIS = 8;
  const attente = document.createElement("div");
  attente.className = "obs-attente";
  attente.hidden = true;
  document.body.appendChild(attente);
  const trier = (paires) => JSON.stringify(
    Object.entries(paires).filter(([c, v]) => v !== "" && !c.startsWith("embed")).sort());
  function enRetard() {
    const montree = un("[data-adresse]");
    if (!montree) return false;
    const dernier = location.pathname.split("/").pop();
    const page = montree.dataset.pages.split(" ").includes(dernier) ? dernier : "";
    return page !== montree.dataset.page ||
      trier(Object.fromEntries(new URLSearchParams(location.search))) !== trier(JSON.parse(montree.dataset.adresse));
  }
  let retard = null;
  // Ni page ni message après ce délai : un serveur web intermédiaire coupe peut-être les WebSocket.
  const OUVRIR_MS = 15000;
  function verifierLAdresse() {
    if (performance.now() > OUVRIR_MS && !un(".stHtml")) { dire("Cette page met du temps à s’ouvrir. "); return; }
    if (!enRetard()) { retard = null; attente.hidden = true; delete attente.dataset.phrase; return; }
    const maintenant = Date.now();
    if (!retard || retard.href !== location.href) {
      retard = { href: location.href, debut: maintenant, demande: maintenant, essais: 0 };
    }
    const cadre = un("[data-testid=stApp]");
    const { testScriptState: calcul, testConnectionState: connexion } = cadre ? cadre.dataset : {};
    const coupee = connexion !== undefined && connexion !== "CONNECTED";
    // Un calcul en cours n’est pas interrompu : le redemander le ferait reprendre du début.
    if (coupee || calcul === "running") retard.demande = maintenant;
    else if (retard.essais < ESSAIS && maintenant - retard.demande > REDEMANDER_MS) {
      retard.demande = maintenant;
      retard.essais += 1;
      dispatchEvent(new PopStateEvent("popstate", { state: null }));
    }
    const duree = maintenant - retard.debut;
    if (duree < DIRE_MS) attente.hidden = true;
    else if (coupee) dire("L’écran ne montre pas encore votre dernier choix : connexion interrompue. ");
    else if (duree > RENONCER_MS) dire("L’écran ne montre pas encore votre dernier choix. ");
    else dire("Mise à jour de l’écran…", false);
  }
  function dire(phrase, recharger = true) {
    attente.hidden = false;
    if (attente.dataset.phrase === phrase) return;
    attente.dataset.phrase = phrase;
    attente.textContent = phrase;
    if (!recharger) return;
    const lien = document.createElement("a");
    lien.href = location.href;
    lien.textContent = "Recharger la page";
    attente.appendChild(lien);
    annoncer(attente.textContent);
  }
  setInterval(verifierLAdresse, 400);

  document.body.insertAdjacentHTML("beforeend", MOTIFS);
  new MutationObserver(suivre).observe(document.body, { childList: true, subtree: true, characterData: true });
  new MutationObserver(suivre).observe(document.head, { childList: true, subtree: true, characterData: true });
  addEventListener("popstate", () => accorder());
  suivre();
})();
