/** A text in a JSON document: where its quotes begin and end, and what it says. */
export interface FoundText {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Why a document has no text to convert; a reason and not an error, since whose line it is is known elsewhere. */
export type PathFault = "missing" | "not-text" | "twice";

/** A path into a document: `event`, `properties.name`, `events.*.name`, or a JSON pointer: `/properties/name`. */
export function parsePath(path: string): string[] | undefined {
  if (path.startsWith("/"))
    return path
      .slice(1)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const parts = path.split(".");
  return parts.includes("") ? undefined : parts;
}

/**
 * Finds the texts at a path in a document that is known to be well-formed, by their places, so that everything else
 * can stay as it is: a parser and a writer would change numbers that have more digits than a double.
 */
export function findTexts(document: string, path: readonly string[]): FoundText[] | PathFault {
  const search = new Search(document, path);
  search.value(0);
  return search.fault ?? (search.found.length === 0 ? "missing" : search.found);
}

/** The document with other texts in the places of those that were found. */
export function replaceTexts(
  document: string,
  found: readonly FoundText[],
  replaced: readonly string[],
): string {
  let result = "";
  let at = 0;
  for (const [index, { start, end }] of found.entries()) {
    result += document.slice(at, start) + JSON.stringify(replaced[index]);
    at = end;
  }
  return result + document.slice(at);
}

class Search {
  readonly found: FoundText[] = [];
  fault: PathFault | undefined;
  readonly #document: string;
  readonly #path: readonly string[];
  #at = 0;

  constructor(document: string, path: readonly string[]) {
    this.#document = document;
    this.#path = path;
  }

  /** Goes past a value, and collects what is at the path below it. */
  value(depth: number): void {
    this.#space();
    const segment = this.#path[depth];
    const character = this.#document[this.#at];
    if (segment === undefined) this.#text();
    else if (character === "{") this.#object(segment, depth);
    else if (character === "[") this.#array(segment, depth);
    else this.#skip();
  }

  #text(): void {
    const start = this.#at;
    const isText = this.#document[start] === '"';
    this.#skip();
    if (isText) this.found.push({ start, end: this.#at, text: this.#decoded(start) });
    else if (this.#document.slice(start, this.#at) !== "null") this.fault ??= "not-text";
  }

  #object(segment: string, depth: number): void {
    let seen = false;
    this.#at += 1;
    for (this.#space(); this.#document[this.#at] !== "}"; this.#space()) {
      if (this.#document[this.#at] === ",") {
        this.#at += 1;
        this.#space();
      }
      const start = this.#at;
      this.#skipText();
      const key = this.#decoded(start);
      this.#space();
      this.#at += 1;
      if (key !== segment && segment !== "*") {
        this.#space();
        this.#skip();
        continue;
      }
      // Readers take one of two members of one name, and not all of them the same.
      if (key === segment && seen) this.fault = "twice";
      seen ||= key === segment;
      this.value(depth + 1);
    }
    this.#at += 1;
  }

  #array(segment: string, depth: number): void {
    this.#at += 1;
    let index = 0;
    for (this.#space(); this.#document[this.#at] !== "]"; this.#space()) {
      if (this.#document[this.#at] === ",") {
        this.#at += 1;
        this.#space();
      }
      if (segment === "*" || segment === String(index)) this.value(depth + 1);
      else this.#skip();
      index += 1;
    }
    this.#at += 1;
  }

  /** Past a value, however deep it is. */
  #skip(): void {
    let depth = 0;
    do {
      this.#space();
      const character = this.#document[this.#at];
      if (character === '"') this.#skipText();
      else if (character === "{" || character === "[") {
        depth += 1;
        this.#at += 1;
      } else if (character === "}" || character === "]") {
        depth -= 1;
        this.#at += 1;
      } else if (character === "," || character === ":") this.#at += 1;
      else {
        SCALAR.lastIndex = this.#at;
        this.#at += SCALAR.exec(this.#document)?.[0].length ?? 1;
      }
    } while (depth > 0);
  }

  #skipText(): void {
    let end = this.#at;
    let slashes: number;
    do {
      end = this.#document.indexOf('"', end + 1);
      slashes = 0;
      while (this.#document[end - 1 - slashes] === "\\") slashes += 1;
    } while (slashes % 2 === 1);
    this.#at = end + 1;
  }

  #decoded(start: number): string {
    const quoted = this.#document.slice(start, this.#at);
    return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  }

  #space(): void {
    while (SPACE.has(this.#document[this.#at] as string)) this.#at += 1;
  }
}

const SPACE: ReadonlySet<string> = new Set([" ", "\t", "\r", "\n"]);
/** Anything up to the next sign of the grammar. */
const SCALAR = /[^\s,:[\]{}"]+/y;
