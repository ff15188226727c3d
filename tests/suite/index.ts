// Every case that runs in every runtime.

import type { Case } from "./check.js";
import { differentialCases } from "./differential.js";
import { hostileCases } from "./hostile.js";
import { keysetCases } from "./keysets.js";
import { nameCases } from "./names.js";
import { resultCases } from "./results.js";
import { vectorCases } from "./vectors.js";

export const cases: readonly Case[] = [
  ...vectorCases,
  ...nameCases,
  ...resultCases,
  ...keysetCases,
  ...hostileCases,
  ...differentialCases,
];
