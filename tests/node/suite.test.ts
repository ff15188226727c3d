// The cases of every runtime, in Node.

import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as main from "blindtally";
import * as hazard from "blindtally/hazard";
import { cases } from "../suite/index.js";

const json = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${file}`, import.meta.url), "utf8"));
const lib = {
  main,
  hazard,
  vectors: json("bt1.json"),
  keysetVectors: json("keysets.json"),
  randomizedVectors: json("br1.json"),
  propertyVectors: json("properties.json"),
};

for (const { claim, run } of cases) test(claim, () => run(lib));
