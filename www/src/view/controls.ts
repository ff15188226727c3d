import type { Bench } from "../bench.ts";
import { byId } from "../dom.ts";
import { FACTS, WAYS } from "../way.ts";

/** The choice of a way, the field for a name, and the buttons. */
export function mountControls(bench: Bench): void {
  const field = byId("name", HTMLInputElement);
  const fault = byId("name-fault", HTMLElement);
  const status = byId("status", HTMLElement);
  const example = byId("run-example", HTMLButtonElement);
  const send = byId("send", HTMLButtonElement);
  const radios = WAYS.map((way) => {
    const radio = byId(`way-${way}`, HTMLInputElement);
    radio.addEventListener("change", () => bench.choose(way));
    return [way, radio] as const;
  });
  byId("send-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    bench.send(field.value);
  });
  example.addEventListener("click", () => bench.runExample());
  byId("refresh", HTMLButtonElement).addEventListener("click", () => bench.refresh());

  bench.subscribe(() => {
    for (const [way, radio] of radios) radio.checked = way === bench.way;
    byId("bench", HTMLElement).dataset.way = bench.way;
    byId("bench", HTMLElement).setAttribute("aria-busy", String(bench.busy));
    // Without the SDK there is nothing to seal with; the other two ways still work.
    const unready = (bench.way === "sdk" && bench.keyring === undefined) || bench.locked;
    send.disabled = unready;
    example.disabled = unready;
    byId("bench", HTMLElement).dataset.loaded = String(bench.keyring !== undefined);
    const [thrice, twice] = new Set(FACTS[bench.way].example);
    byId("example-note", HTMLElement).textContent = `${thrice} × 3\n${twice} × 2`;
    const said = bench.nameFault ?? (bench.locked ? LOCKED : "");
    if (fault.textContent !== said) fault.textContent = said;
    if (bench.nameFault === undefined) field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
    // Written only when it changed: a live region is read out again each time it is written.
    if (status.textContent !== bench.announcement) status.textContent = bench.announcement;
  });
}

const LOCKED =
  "The keyset is locked, so nothing can be sent this way. What you typed stays here. Unlock it below.";
