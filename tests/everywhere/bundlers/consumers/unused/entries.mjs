// Each file in the folder entries is bundled by itself.

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

const folder = join(import.meta.dirname, "entries");

export const entries = Object.fromEntries(
  readdirSync(folder).map((file) => [basename(file, ".js"), join(folder, file)]),
);

/** What the package's entries ask of others, and pages do not have. */
export const external = ["react", "@aws-sdk/client-kms"];
