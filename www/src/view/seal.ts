import { h, svg } from "../dom.ts";
import { isToken } from "../reading.ts";

/** A row as the vendor holds it: a token with its seal, or text that anyone can read. */
export function row(text: string): HTMLElement {
  return isToken(text) ? token(text) : h("span", { class: "exposed" }, text);
}

/** A token cut short in the middle, behind a mark that is the same for the same token. */
export function token(text: string): HTMLElement {
  return h("span", { class: "token", title: text }, seal(text), `${text.slice(0, 14)}…${text.slice(-4)}`);
}

const SIDE = 5;
const HALF = 3;

/** A small mirrored pattern drawn from the text, so that the eye sees which rows are equal. */
export function seal(text: string): SVGSVGElement {
  const cells: SVGElement[] = [];
  let bits = fnv1a(text);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < HALF; x++) {
      if ((bits & 1) === 1) {
        cells.push(cell(x, y));
        if (x !== SIDE - 1 - x) cells.push(cell(SIDE - 1 - x, y));
      }
      bits >>>= 1;
    }
  }
  return svg("svg", { class: "seal", viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": "true" }, ...cells);
}

function cell(x: number, y: number): SVGRectElement {
  return svg("rect", { x, y, width: 1, height: 1 });
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // Its low bits alone move too little between texts that differ at the end.
  return (hash ^ (hash >>> 15)) >>> 0;
}
