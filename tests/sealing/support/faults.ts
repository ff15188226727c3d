// A disk that refuses some of what it is asked, within this process.

import { createRequire } from "node:module";

type Open = (path: string, flags?: unknown, mode?: unknown) => Promise<unknown>;
const files: { open: Open } = createRequire(import.meta.url)("node:fs/promises");

/** Opening fails with this code where the path and the flags are such; returns what ends that. */
export function refuseToOpen(code: string, isSuch: (path: string, flags: unknown) => boolean): () => void {
  const original = files.open;
  files.open = async (path, flags, mode) => {
    if (isSuch(path, flags)) throw Object.assign(new Error(`${code}: ${path}`), { code });
    return original(path, flags, mode);
  };
  return () => {
    files.open = original;
  };
}
