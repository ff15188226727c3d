// Every case about sealed files that runs in every runtime.

import type { SealingCase } from "./sealing-check.js";
import { costCases } from "./sealing-costs.js";
import { sealedFileCases } from "./sealing-files.js";
import { slotCases } from "./sealing-slots.js";
import { sealingVectorCases } from "./sealing-vectors.js";

export const sealingCases: readonly SealingCase[] = [
  ...sealingVectorCases,
  ...sealedFileCases,
  ...slotCases,
  ...costCases,
];
