import { parseArgs } from "node:util";

/** A mistake in how the command was called: the process says it and ends with status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** One option of a command. */
export interface OptionSpec {
  /** What stands for the value in the help; an option without it is a flag. */
  readonly value?: string;
  /** Whether it may be given more than once. */
  readonly repeatable?: boolean;
  readonly help: string;
}

/** The options of a command by name, without the dashes. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What was given on the command line. */
export interface GivenOptions {
  flag(name: string): boolean;
  value(name: string): string | undefined;
  values(name: string): readonly string[];
}

/**
 * Reads the command line; throws a {@link UsageError} that repeats no value, since a value may be a secret.
 */
export function parseOptions(args: readonly string[], specs: OptionSpecs): GivenOptions {
  const given = new Map<string, string[]>();
  // Not strict, because the strict parser quotes what it refuses.
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value }]) => [
        name,
        { type: value === undefined ? "boolean" : "string" },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option")
      throw new UsageError("Only options are taken; one argument is not an option.");
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) throw unknownOption(token.rawName);
    const values = given.get(token.name) ?? [];
    if (values.length > 0 && spec.repeatable !== true)
      throw new UsageError(`--${token.name} is given twice.`);
    if (spec.value === undefined && token.value !== undefined) {
      throw new UsageError(`--${token.name} takes no value.`);
    }
    if (spec.value !== undefined && isMissing(token)) {
      throw new UsageError(`--${token.name} needs a value: --${token.name} ${spec.value}.`);
    }
    given.set(token.name, [...values, token.value ?? ""]);
  }
  return {
    flag: (name) => given.has(name),
    value: (name) => given.get(name)?.[0],
    values: (name) => given.get(name) ?? [],
  };
}

/** The text of `--help`. */
export function helpText(introduction: string, specs: OptionSpecs): string {
  const rows = Object.entries(specs).map(([name, { value, help }]) => ({
    left: value === undefined ? `--${name}` : `--${name} ${value}`,
    help,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return `${introduction}\n\nOptions:\n${rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}`).join("\n")}\n`;
}

/** A TCP port from its text; 0 lets the system choose. */
export function parsePort(text: string, source: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(`${source} must be a port from 0 to 65535.`);
  return port;
}

function isMissing({
  value,
  inlineValue,
}: {
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}): boolean {
  return value === undefined || value === "" || (inlineValue !== true && value.startsWith("-"));
}

/** An unknown option is named only if it cannot be a secret by its length. */
function unknownOption(rawName: string): UsageError {
  if (/key|secret|passphrase|password/i.test(rawName)) {
    return new UsageError(
      "Keys are never taken on the command line, where every user of the machine and the shell's history can read them.",
    );
  }
  return new UsageError(
    rawName.length <= 24 ? `${rawName} is not an option.` : "There is an option that is not known.",
  );
}
