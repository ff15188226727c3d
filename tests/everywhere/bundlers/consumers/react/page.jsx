// Hydrates with a client that is only promised, and reports once the page shows what is counted, or a fault.

import { createClient, init, isBlindtallyError, Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { version } from "react";
import { hydrateRoot } from "react-dom/client";
import { App } from "./app.jsx";
import { check } from "./check.js";

/** What React says of what it could not hydrate; of some of it only in development, and only to the console. */
const faults = [];
for (const method of ["error", "warn"]) {
  const print = console[method];
  console[method] = (...said) => {
    faults.push(said.map(String).join(" "));
    print.apply(console, said);
  };
}
const onRecoverableError = (error) => faults.push(String(error));

const root = document.getElementById("root");
const rendered = root.firstChild;
const before = rendered.textContent;

/** The API is named by the page's address. */
const endpoint = new URLSearchParams(location.search).get("api");
const client = init().then(() => createClient({ endpoint, keyset: Keyset.generate() }));
hydrateRoot(root, <App client={client} />, { onRecoverableError });

async function report() {
  const { logged, delivered } = (await client).stats;
  const checked = check({ importRootKey, isBlindtallyError });
  const isKept = root.firstChild === rendered;
  const after = root.textContent;
  globalThis.report = { ...checked, version, before, after, isKept, logged, delivered, faults };
}

new MutationObserver((_, observer) => {
  if (root.textContent === before) return;
  observer.disconnect();
  report();
}).observe(root, { childList: true, characterData: true, subtree: true });
