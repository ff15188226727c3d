// Looks for the words of a run, and for its key, in all that was carried, stored and said.

import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Scanner } from "../../e2e/support/scanner.js";

/** What a scan saw. */
export interface Scan {
  /** Where a word or the key lies, and in which form. */
  readonly leaks: readonly string[];
  /** The places in which tokens were found: a scan that finds none has looked in the wrong place. */
  readonly tokens: ReadonlySet<string>;
  readonly bytes: number;
}

const TOKEN = Buffer.from("bt1_");
/** No form of a word is as long as this. */
const OVERLAP = 4_096;

/** Scans every file below the folders, each under the name of its place. */
export async function scan(
  places: Readonly<Record<string, string>>,
  stem: string,
  key: Uint8Array,
): Promise<Scan> {
  // The part of the stem that is random: what stands before it is an ordinary word.
  const words = new Scanner(stem.slice(stem.indexOf("-") + 1));
  const keys = keyForms(key);
  const leaks = new Set<string>();
  const tokens = new Set<string>();
  let bytes = 0;
  for (const [place, folder] of Object.entries(places)) {
    for (const file of await filesBelow(folder)) {
      const where = `${place}: ${relative(folder, file)}`;
      for (const form of words.find(file)) leaks.add(`${where} (in its name, ${form})`);
      for await (const piece of pieces(file)) {
        bytes += piece.length;
        for (const form of words.find(piece)) leaks.add(`${where} (${form})`);
        for (const form of keys) if (piece.includes(form)) leaks.add(`${where} (the key)`);
        if (piece.includes(TOKEN)) tokens.add(place);
      }
    }
  }
  return { leaks: [...leaks], tokens, bytes };
}

/**
 * All rows of a DuckDB file as text. Its file packs strings with a table of parts, in which a word could lie in pieces.
 */
export async function rowsOf(file: string): Promise<string> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const tables = await connection.runAndReadAll(
      "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal",
    );
    let text = "";
    for (const [schema, table] of tables.getRows()) {
      const rows = await connection.runAndReadAll(`SELECT t::VARCHAR FROM "${schema}"."${table}" t`);
      text += rows
        .getRows()
        .map(([row]) => `${row}\n`)
        .join("");
    }
    return text;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function keyForms(key: Uint8Array): Buffer[] {
  const bytes = Buffer.from(key);
  const hex = bytes.toString("hex");
  // Without the last characters, which depend on what follows the key.
  const base64 = bytes.toString("base64").slice(0, 42);
  return [
    bytes,
    ...[hex, hex.toUpperCase(), base64, base64.replaceAll("+", "-").replaceAll("/", "_")].map((text) =>
      Buffer.from(text),
    ),
  ];
}

/** A file in pieces that overlap, so that nothing is cut through. */
async function* pieces(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 8 * 1024 * 1024 })) {
    const piece = Buffer.concat([rest, chunk as Buffer]);
    yield piece;
    rest = piece.subarray(Math.max(0, piece.length - OVERLAP));
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
