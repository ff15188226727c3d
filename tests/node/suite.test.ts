// The cases of every runtime, in Node.

import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as main from "blindtally";
import * as hazard from "blindtally/hazard";
import { cases } from "../suite/index.js";

const vectors = JSON.parse(readFileSync(new URL("../../vectors/bt1.json", import.meta.url), "utf8"));

for (const { claim, run } of cases) test(claim, () => run({ main, hazard, vectors }));
