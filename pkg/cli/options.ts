import { parseArgs } from "node:util";
import { UsageError } from "./failure.js";

/** One option of a command. */
export interface OptionSpec {
  /** What stands for the value in the help; an option without it is a flag. */
  readonly value?: string;
  /** One letter. */
  readonly short?: string;
  /** Whether it may be given more than once. */
  readonly repeatable?: boolean;
  /** Whether any text may be the value, a hash that looks like a key included. */
  readonly anyText?: boolean;
  readonly help: string;
}

/** Options by name, without the dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given on the command line. */
export class Given {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  /** The arguments that are not options. */
  readonly positionals: readonly string[];

  constructor(values: ReadonlyMap<string, readonly string[]>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  flag(name: string): boolean {
    return this.#values.has(name);
  }

  value(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The same with a flag set, unless one of these is given. */
  withFlag(name: string, ...unless: string[]): Given {
    if ([name, ...unless].some((option) => this.flag(option))) return this;
    return new Given(new Map([...this.#values, [name, [""]]]), this.positionals);
  }

  required(name: string, stand: string): string {
    const value = this.value(name);
    if (value === undefined) throw new UsageError(`--${name} ${stand} is missing.`);
    return value;
  }

  /** A whole number in a range. */
  number(name: string, least: number, most: number): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number;
    throw new UsageError(`--${name} takes a whole number from ${least} to ${most}.`);
  }

  /** One of a few words. */
  choice<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const text = this.value(name);
    if (text === undefined) return otherwise;
    if ((choices as readonly string[]).includes(text)) return text as T;
    throw new UsageError(`--${name} takes one of: ${choices.join(", ")}.`);
  }

  /** Refuses options that contradict each other. */
  atMostOne(...names: string[]): string | undefined {
    const given = names.filter((name) => this.flag(name));
    if (given.length > 1)
      throw new UsageError(`Give one of ${given.map((name) => `--${name}`).join(" and ")}, not both.`);
    return given[0];
  }
}

/** Reads the arguments behind a command's name; throws a {@link UsageError} that repeats no value. */
export function parseOptions(
  args: readonly string[],
  specs: OptionSpecs,
  positionals: readonly string[],
): Given {
  const values = new Map<string, string[]>();
  const rest: string[] = [];
  // Not strict, because the strict parser quotes what it refuses.
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(specs),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      refuseSecret(token.value, "An argument");
      rest.push(token.value);
      continue;
    }
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) throw unknownOption(token.rawName, specs);
    const before = values.get(token.name) ?? [];
    if (before.length > 0 && spec.repeatable !== true)
      throw new UsageError(`--${token.name} is given twice.`);
    if (spec.value === undefined && token.value !== undefined)
      throw new UsageError(`--${token.name} takes no value.`);
    if (spec.value !== undefined && isMissing(token))
      throw new UsageError(`--${token.name} needs a value: --${token.name} ${spec.value}.`);
    if (spec.anyText !== true) refuseSecret(token.value ?? "", `The value of --${token.name}`);
    values.set(token.name, [...before, token.value ?? ""]);
  }
  if (rest.length > positionals.length)
    throw new UsageError(
      positionals.length === 0
        ? "Only options are taken; one argument is not an option."
        : `Only ${positionals.join(" ")} is taken beside options; there is an argument too many.`,
    );
  if (rest.length < positionals.length) throw new UsageError(`${positionals[rest.length]} is missing.`);
  return new Given(values, rest);
}

/** Whether a text has the form of key material: a keyset in clear, a recovery share, 32 bytes. */
export function looksSecret(text: string): boolean {
  return /^(?:btk1_|bts1)/i.test(text.trim()) || /^(?:[0-9a-f]{64}|[A-Za-z0-9_-]{43})$/i.test(text.trim());
}

/** Refuses key material where every user of the machine can read it. */
export function refuseSecret(text: string, what: string): void {
  if (!looksSecret(text)) return;
  throw new UsageError(
    `${what} looks like a key. Keys are never taken there, where other users and the shell's history can read them: ` +
      "take it as disclosed, and put keys into a file that only you can read (chmod 600).",
  );
}

/** The word among some that was probably meant. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const ranked = [...words].map((candidate) => ({ candidate, far: distance(word, candidate) }));
  ranked.sort((a, b) => a.far - b.far);
  return ranked[0] !== undefined && ranked[0].far <= Math.max(1, word.length / 3)
    ? ranked[0].candidate
    : undefined;
}

function parserOptions(specs: OptionSpecs): Record<string, { type: "boolean" | "string"; short?: string }> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? "boolean" : "string", ...(short === undefined ? {} : { short }) },
    ]),
  );
}

/** A dash alone is a value: it stands for the standard input. */
function isMissing({
  value,
  inlineValue,
}: {
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}): boolean {
  return (
    value === undefined || value === "" || (inlineValue !== true && value.startsWith("-") && value !== "-")
  );
}

/** An unknown option is named only if it cannot be a secret by its length. */
function unknownOption(rawName: string, specs: OptionSpecs): UsageError {
  if (/pass|secret|kek|share|key|token|pin/i.test(rawName)) {
    const names = Object.keys(specs).filter(
      (name) => /-(?:file|stdin|fd)$/.test(name) && !name.startsWith("new-"),
    );
    const instead =
      names.length === 0 ? "" : ` This command has ${names.map((name) => `--${name}`).join(", ")}.`;
    return new UsageError(
      "There is no such option. Secrets are never taken on the command line, where other users and the shell's " +
        `history can read them, but from a file, standard input or a prompt.${instead}`,
    );
  }
  if (rawName.length > 24) return new UsageError("There is an option that is not known.");
  const meant = nearest(rawName.replace(/^-+/, ""), Object.keys(specs));
  return new UsageError(
    `${rawName} is not an option here.${meant === undefined ? "" : ` Did you mean --${meant}?`}`,
  );
}

/** How many letters have to be changed to make one word of another. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] as number) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
