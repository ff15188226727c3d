// @ts-check
// The keyset of the example's proxy: the one that was given, or one in var/ that is made once.

import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { say } from "../lib/log.mjs";
import { inRoot, root } from "../lib/paths.mjs";
import { UserError } from "../lib/run.mjs";

/** A sealed keyset file and a file with its passphrase, by their absolute paths. @typedef {{ keyset: string, passphraseFile: string }} ChosenKeyset */

const DEMO = { keyset: inRoot("var/demo.keyset"), passphraseFile: inRoot("var/demo.passphrase") };
/** What version 0.1 had in their place: a root key in clear. */
const OLD_KEY_FILE = inRoot("var/proxy.key");

/**
 * The files that the options name, if they name both.
 * @param {Readonly<Record<string, unknown>>} options
 * @returns {ChosenKeyset | undefined}
 */
export function givenKeyset(options) {
  const { keyset, "passphrase-file": passphraseFile } = options;
  if (keyset === undefined && passphraseFile === undefined) return undefined;
  if (typeof keyset !== "string" || typeof passphraseFile !== "string")
    throw new UserError("--keyset and --passphrase-file go together.");
  // npm runs this in the project's folder, wherever it was called.
  const from = process.env.INIT_CWD ?? process.cwd();
  const given = { keyset: resolve(from, keyset), passphraseFile: resolve(from, passphraseFile) };
  for (const file of Object.values(given)) if (!existsSync(file)) throw new UserError(`There is no ${file}.`);
  return given;
}

/**
 * Says which keyset is used, and makes the example's own when none is given and there is none. Comes after the build:
 * it uses what has been built.
 * @param {ChosenKeyset | undefined} given
 * @param {{ keyset: string, passphraseFile: string, oldKeyFile: string }} [demo] where the example's own is
 * @returns {Promise<ChosenKeyset>}
 */
export async function chooseKeyset(given, demo = { ...DEMO, oldKeyFile: OLD_KEY_FILE }) {
  if (given !== undefined) {
    say(`The proxy uses the sealed keyset ${given.keyset}.`);
    return given;
  }
  const { oldKeyFile, ...chosen } = demo;
  const [file, secret] = [shown(chosen.keyset), shown(chosen.passphraseFile)];
  if (existsSync(chosen.keyset)) {
    if (!existsSync(chosen.passphraseFile))
      throw new UserError(`${file} is there and ${secret} is not: put it back, or move ${file} away.`);
    say(`The proxy uses the sealed keyset ${file}, whose passphrase is in ${secret}.`);
    return chosen;
  }
  const old = existsSync(oldKeyFile);
  mkdirSync(dirname(chosen.keyset), { recursive: true });
  // The passphrase first: a file that nobody can open would be worse than a passphrase that opens nothing.
  if (!existsSync(chosen.passphraseFile))
    writeFileSync(chosen.passphraseFile, `${freshPassphrase()}\n`, { mode: 0o600, flag: "wx" });
  await makeSealed(chosen, old ? oldKeyFile : undefined);
  say(`Made a sealed keyset for the proxy: ${file}, with its passphrase in ${secret} (for this example only: keep
a passphrase of your own apart from the file).`);
  if (old)
    say(`It holds the key of ${shown(oldKeyFile)}, so that what was counted before stays readable. That file is no
longer used; it holds the key in clear, so remove it when you see your counts.`);
  return chosen;
}

/** @param {ChosenKeyset} chosen @param {string | undefined} keyFile whose keys it shall hold */
async function makeSealed({ keyset: path, passphraseFile }, keyFile) {
  const { Keyset } = await import("blindtally");
  const { KeysetFile } = await import("blindtally/sealed");
  const { createKeysetFile } = await import("blindtally/store");
  const { readKeyFile } = await import("blindtally-services/proxy");
  const keyset = keyFile === undefined ? Keyset.generate() : await readKeyFile(keyFile);
  const sealed = await KeysetFile.create(keyset);
  try {
    await sealed.addSlot({ passphrase: readFileSync(passphraseFile, "utf8").trimEnd(), label: "example" });
    const stored = await createKeysetFile(path, sealed);
    stored.dispose();
  } finally {
    sealed.dispose();
  }
}

/** Some hundred bits, in letters and digits that nobody takes for one another. */
function freshPassphrase() {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
  return Array.from({ length: 5 }, group).join("-");
}

/** @param {string} path */
function shown(path) {
  return path.startsWith(root) ? relative(root, path) : path;
}
