import type { Bench } from "./cli.js";

/** The tokens of names, made by the command itself from JSON texts, which can hold any name. */
export async function tokensOf(bench: Bench, names: readonly string[]): Promise<string[]> {
  const input = names.map((name) => `${JSON.stringify(name)}\n`).join("");
  const output = await bench.ok("encrypt", ["--json"], { input });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as string);
}
