// A program: opens the sealed file of the first argument with the raw key in the file of the second, rotates, saves, and
// says which key is primary then. A third argument is how many times; a conflict is counted.

import { readFileSync, writeSync } from "node:fs";
import { isBlindtallyError } from "blindtally";
import { openKeysetFile } from "blindtally/store";

const [, , path = "", keyFile = "", rounds = "1"] = process.argv;
const raw = new Uint8Array(readFileSync(keyFile));

for (let round = 0; round < Number(rounds); round += 1) {
  const stored = await openKeysetFile(path, { raw });
  const id = stored.keyset.rotate();
  try {
    await stored.save();
    // At once, and not when some buffer is full: what comes after may be the end.
    writeSync(1, `saved ${id}\n`);
  } catch (error) {
    if (!isBlindtallyError(error) || error.code !== "conflict") throw error;
    writeSync(1, `conflict ${id}\n`);
  }
  stored.dispose();
}
