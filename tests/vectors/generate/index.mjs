// @ts-check
// `node tests/vectors/generate/index.mjs`: writes every file that is made here, beside this folder.

import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { keysets } from "./keyset-cases.mjs";
import { properties } from "./property-cases.mjs";
import { randomizedTokens } from "./randomized-cases.mjs";
import { sealedFiles } from "./sealed-cases.mjs";
import { recoveryShares } from "./share-cases.mjs";

/** The files, by their names. @returns {Record<string, string>} */
export const files = () => ({
  "keysets.json": written(keysets()),
  "sealed.json": written(sealedFiles()),
  "br1.json": written(randomizedTokens()),
  "properties.json": written(properties()),
  "shares.json": written(recoveryShares()),
});

/** @param {unknown} value */
const written = (value) => `${JSON.stringify(value, null, 1)}\n`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  for (const [name, text] of Object.entries(files()))
    writeFileSync(new URL(`../${name}`, import.meta.url), text);
