// Every case that runs in every runtime.

import { cacheCases } from "./cache.js";
import type { Case } from "./check.js";
import { differentialCases } from "./differential.js";
import { hostileCases } from "./hostile.js";
import { keysetCases } from "./keysets.js";
import { lifecycleCases } from "./lifecycle.js";
import { lockScopeCases } from "./lock-scopes.js";
import { lockCases } from "./locks.js";
import { nameCases } from "./names.js";
import { propertyCases } from "./properties.js";
import { randomizedCases } from "./randomized.js";
import { randomizedVectorCases } from "./randomized-vectors.js";
import { recordCases } from "./records.js";
import { resultCases } from "./results.js";
import { rowCases } from "./rows.js";
import { scopeCases } from "./scopes.js";
import { textCases } from "./texts.js";
import { vectorCases } from "./vectors.js";
import { workerCases } from "./worker.js";

export const cases: readonly Case[] = [
  ...vectorCases,
  ...randomizedVectorCases,
  ...propertyCases,
  ...nameCases,
  ...randomizedCases,
  ...textCases,
  ...resultCases,
  ...workerCases,
  ...rowCases,
  ...cacheCases,
  ...keysetCases,
  ...lifecycleCases,
  ...scopeCases,
  ...recordCases,
  ...lockCases,
  ...lockScopeCases,
  ...hostileCases,
  ...differentialCases,
];
