// A program: makes a sealed file at the path of the first argument, which the raw key in the file of the second opens,
// and says which key is primary.

import { readFileSync, writeSync } from "node:fs";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { createKeysetFile } from "blindtally/store";

const [, , path = "", keyFile = ""] = process.argv;

const file = await KeysetFile.create(Keyset.generate());
await file.addSlot({ raw: new Uint8Array(readFileSync(keyFile)) });
const stored = await createKeysetFile(path, file);
writeSync(1, `saved ${stored.keyset.primaryKeyId}\n`);
stored.dispose();
