// Node: the file is read from the package.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { provideSealing } from "./source.js";

provideSealing(() => new Uint8Array(readFileSync(join(__dirname, "../../sealing.wasm"))));
