// The package and the vectors, as the cases of every runtime are given them.

import { readFileSync } from "node:fs";
import * as main from "blindtally";
import * as hazard from "blindtally/hazard";
import * as sealed from "blindtally/sealed";
import type { SealingLib } from "../../suite/sealing-check.js";

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), "utf8"));

export const lib: SealingLib = {
  main,
  hazard,
  sealed,
  vectors: vectors("bt1"),
  keysetVectors: vectors("keysets"),
  randomizedVectors: vectors("br1"),
  propertyVectors: vectors("properties"),
  files: vectors("sealed"),
  sets: vectors("shares"),
};
