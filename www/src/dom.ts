/** Builds page elements. Text only ever becomes a text node, so a name is never read as markup. */

type Attribute = string | number | boolean | ((event: Event) => void) | undefined;
export type Attributes = Readonly<Record<string, Attribute>>;
export type Child = Node | string;

const SVG = "http://www.w3.org/2000/svg";

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  dress(element, attributes);
  element.append(...children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: SVGElement[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  dress(element, attributes);
  element.append(...children);
  return element;
}

/** The element with this id, which index.html is known to hold. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html lacks #${id}`);
  return element;
}

/**
 * Replaces the children of `host`. When the focus was on one of them, it returns to the new element with
 * the same `data-focus` value, or to `host`, so that a keyboard never loses its place.
 */
export function replaceKeepingFocus(host: HTMLElement, children: Child[]): void {
  const active = document.activeElement;
  const held = active instanceof HTMLElement && active !== host && host.contains(active);
  const key = held ? active.dataset.focus : undefined;
  host.replaceChildren(...children);
  if (!held) return;
  const heir = [...host.querySelectorAll<HTMLElement>("[data-focus]")].find((it) => it.dataset.focus === key);
  (heir ?? host).focus();
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function dress(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}
