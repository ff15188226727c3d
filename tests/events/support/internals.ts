// Parts of the client that have no door of their own in the package, as they are built.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const client = "../../../../pkg/dist/cjs/client";

export const { newEventId } = require(
  `${client}/event-id.js`,
) as typeof import("../../../pkg/dist/cjs/client/event-id.js");
export const { createGate } = require(
  `${client}/gate.js`,
) as typeof import("../../../pkg/dist/cjs/client/gate.js");
export const { createRateLimit } = require(
  `${client}/rate-limit.js`,
) as typeof import("../../../pkg/dist/cjs/client/rate-limit.js");
export const { createSealer } = require(
  `${client}/sealer.js`,
) as typeof import("../../../pkg/dist/cjs/client/sealer.js");
