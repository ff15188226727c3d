// Loaded before a program (`node --import`): hides what HIDDEN names of /proc, as sandboxes do. All of it cannot be
// hidden from a program otherwise without being root.

import { createRequire, syncBuiltinESMExports } from "node:module";

// biome-ignore lint/suspicious/noExplicitAny: what stands in the place of a function takes whatever that takes
type Read = (path: any, ...args: any[]) => unknown;
const files: Record<string, Read> = createRequire(import.meta.url)("node:fs");
const hidden = (process.env.HIDDEN ?? "").split(":");

for (const name of ["readFileSync", "readlinkSync"]) {
  const original = files[name] as Read;
  files[name] = (path, ...args) => {
    if (hidden.some((start) => start !== "" && String(path).startsWith(start)))
      throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return original(path, ...args);
  };
}
syncBuiltinESMExports();
