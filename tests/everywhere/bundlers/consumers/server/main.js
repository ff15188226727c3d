// A program for a server, of which a bundler makes one file that needs no node_modules.

import { isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { check } from "./check.js";

console.log(JSON.stringify(check({ importRootKey, isBlindtallyError })));
