"use strict";
// Page « Exports » : demander un aperçu ou un document, dire où il en est, donner ses fichiers.
(() => {
  const tous = (s, d = document) => [...d.querySelectorAll(s)];
  const taches = new Map(); // mode et ordre → où en est la dernière demande
  const faits = []; // documents faits pendant la visite, le dernier d’abord

  const enCours = (t) => Boolean(t) && (t.etat === "attente" || t.etat === "cours");
  const attendre = (ms) => new Promise((suite) => { setTimeout(suite, ms); });

  async function lire(adresse, options) {
    const r = await fetch(adresse, options);
    const type = r.headers.get("content-type") || "";
    if (!type.includes("json")) throw new Error(String(r.status));
    return r.json();
  }

  async function demander(mode, ordre) {
    const cle = `${mode}?${ordre}`;
    if (enCours(taches.get(cle))) return;
    const t = { etat: "attente", message: "Demande envoyée", html: "", debut: Date.now() };
    taches.set(cle, t);
    peindre();
    const battement = setInterval(peindre, 1000);
    try {
      let etat = await lire(`./api/exports/taches?mode=${mode}&${ordre}`, { method: "POST" });
      while (true) {
        Object.assign(t, { etat: etat.etat, message: etat.message, html: etat.html || "" });
        peindre();
        if (!enCours(t)) break;
        await attendre(Date.now() - t.debut < 10000 ? 400 : 1200);
        etat = await lire(`./api/exports/taches/${encodeURIComponent(etat.tache)}`);
      }
      if (t.etat === "pret" && mode === "document") faits.unshift({ ordre, html: t.html });
    } catch {
      t.etat = "echec";
      t.message = "Le serveur ne répond pas : vérifiez votre connexion, puis demandez de nouveau.";
    }
    clearInterval(battement);
    peindre();
  }

  // N’écrire que ce qui change : une zone annoncée deux fois serait lue deux fois.
  function poser(noeud, champ, valeur) { if (noeud && noeud[champ] !== valeur) noeud[champ] = valeur; }

  function peindreSuivi(zone) {
    const { suivi: mode, ordre } = zone.dataset;
    const t = taches.get(`${mode}?${ordre}`);
    const marque = t ? `${t.etat}|${t.message}|${t.html.length}` : "";
    if (zone.dataset.peint !== marque || !zone.firstChild) {
      zone.dataset.peint = marque;
      const vide = zone.dataset.vide || "";
      if (!t) {
        zone.replaceChildren();
        if (vide) {
          const p = document.createElement("p");
          p.className = "obs-note";
          p.textContent = vide;
          zone.appendChild(p);
        } else zone.appendChild(document.createComment(""));
      } else if (t.etat === "pret") {
        zone.innerHTML = t.html; // fragment écrit par le serveur, données échappées
      } else {
        const p = document.createElement("p");
        p.className = enCours(t) ? "obs-etape" : "obs-refus";
        p.textContent = enCours(t) ? `${t.message}…` : t.message;
        zone.replaceChildren(p);
        if (enCours(t)) {
          const barre = document.createElement("div");
          barre.className = "obs-barre";
          barre.setAttribute("aria-hidden", "true");
          const duree = document.createElement("p");
          duree.className = "obs-note obs-duree";
          duree.setAttribute("aria-hidden", "true");
          zone.append(barre, duree);
        }
      }
    }
    if (enCours(t)) {
      const s = Math.round((Date.now() - t.debut) / 1000);
      poser(zone.querySelector(".obs-duree"), "textContent", `${s} s`);
    }
  }

  function peindre() {
    tous("[data-suivi]").forEach(peindreSuivi);
    tous("button[data-faire]").forEach((b) => {
      const occupe = enCours(taches.get(`${b.dataset.faire}?${b.dataset.ordre}`));
      b.setAttribute("aria-disabled", String(occupe));
    });
    tous("[data-statut-exports]").forEach((z) => {
      const doc = tous("button[data-faire]").map((b) => taches.get(`${b.dataset.faire}?${b.dataset.ordre}`));
      const t = doc.find(enCours) || doc.find(Boolean);
      poser(z, "textContent", t ? (t.etat === "pret" ? "Prêt" : t.message) : "");
    });
    tous("[data-faits]").forEach((z) => {
      // Celui que la page montre déjà au-dessus n’est pas répété.
      const autres = faits.filter((f) => f !== faits.find((x) => x.ordre === z.dataset.ordre));
      const marque = `${autres.length}|${z.dataset.ordre}`;
      if (z.dataset.peint === marque) return;
      z.dataset.peint = marque;
      z.replaceChildren();
      if (!autres.length) return;
      const titre = document.createElement("h2");
      titre.className = "obs-h3";
      titre.textContent = "Documents faits pendant cette visite";
      z.appendChild(titre);
      autres.slice(0, 10).forEach((f) => {
        const bloc = document.createElement("div");
        bloc.innerHTML = f.html;
        z.appendChild(bloc);
      });
    });
  }

  document.addEventListener("click", (e) => {
    const b = e.target.closest("button[data-faire]");
    if (b && b.getAttribute("aria-disabled") !== "true") demander(b.dataset.faire, b.dataset.ordre);
  });
  new MutationObserver((changements) => {
    const utile = changements.some((c) => [...c.addedNodes].some((n) => n.nodeType === 1 && !n.closest("[data-suivi], [data-faits]")));
    if (utile) peindre();
  }).observe(document.body, { childList: true, subtree: true });
  peindre();
})();
