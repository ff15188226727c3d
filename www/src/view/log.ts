import type {} from "../bench.ts";
import { type Child, h } from "../dom.ts";
import type { SaidLine } from "../said-line.ts";
import type { WireEntry } from "../wire.ts";
import { seal } from "./seal.ts";

/** Fills a scrolling list; with a new entry it shows its end, where that entry is. */
export function fillLog(host: HTMLElement, entries: HTMLElement[], empty: string): void {
  // What scrolls must be within reach of a keyboard.
  host.tabIndex = 0;
  const place = host.scrollTop;
  const grew = host.querySelectorAll("li").length !== entries.length;
  host.replaceChildren(entries.length === 0 ? h("p", { class: "empty" }, empty) : h("ol", {}, ...entries));
  host.scrollTop = grew ? host.scrollHeight : place;
}

export function saidLine(line: SaidLine): HTMLElement {
  return h(
    "li",
    line.failed ? { class: "failure" } : {},
    number(line.number),
    h("span", {}, line.text, h("b", {}, line.name)),
  );
}

export function wireEntry(entry: WireEntry): HTMLElement {
  return h(
    "li",
    entry.failed || (entry.status ?? 200) >= 400 ? { class: "failed" } : {},
    number(entry.number),
    h(
      "div",
      {},
      h(
        "p",
        { class: "line" },
        h("b", {}, `${entry.method} ${entry.path}`),
        h("span", { class: "outcome" }, status(entry)),
      ),
      ...(entry.body === "" ? [] : [h("p", { class: "body" }, ...marked(entry))]),
      ...((entry.status ?? 0) >= 400 ? [h("p", { class: "body failure" }, entry.answer.slice(0, 300))] : []),
    ),
  );
}

function status(entry: WireEntry): string {
  if (entry.failed) return "no answer";
  return entry.status === undefined ? "…" : String(entry.status);
}

/** The body byte for byte, with what stands for the name marked: as a token, or as text in clear. */
function marked({ body, name, way }: WireEntry): Child[] {
  const written = name === undefined ? "" : JSON.stringify(name).slice(1, -1);
  const found = /bt1_[\w-]{70,}/.exec(body)?.[0];
  const value = way === "sdk" && found !== undefined ? found : written;
  // The last one, since the member's own name comes first and may look the same.
  const start = value === "" ? -1 : body.lastIndexOf(value);
  if (start === -1) return [body];
  const mark = way === "sdk" ? [seal(value), value] : [value];
  const kind = way === "sdk" ? "token" : way === "clear" ? "exposed" : "home";
  return [body.slice(0, start), h("span", { class: kind }, ...mark), body.slice(start + value.length)];
}

function number(value: number | undefined): HTMLElement {
  return h("span", { class: "number", "aria-hidden": "true" }, value === undefined ? "" : String(value));
}
