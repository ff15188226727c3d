// The cases of every runtime about sealed files, in Node.

import { test } from "node:test";
import { sealingCases } from "../suite/sealing.js";
import { lib } from "./support/lib.js";

for (const { claim, run } of sealingCases) test(claim, () => run(lib));
