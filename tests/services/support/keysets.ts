import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Keyset } from "blindtally";
import { KeysetFile, type NewSlot } from "blindtally/sealed";
import { createKeysetFile, openKeysetFile } from "blindtally/store";

/** A sealed keyset on disk with a passphrase file beside it. */
export interface SealedFixture {
  readonly path: string;
  readonly passphrase: string;
  readonly passphraseFile: string;
  /** The options with which a proxy opens it. */
  readonly options: readonly string[];
  /** Changes the keys as another process does: opens the file, changes, saves. */
  change<T>(change: (keyset: Keyset) => T): Promise<T>;
}

/** The cheapest cost that is allowed: these passphrases are random and guard nothing. */
export const CHEAP = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const;

/** Makes a sealed keyset in the folder; of the given keyset, else of a fresh one. */
export async function sealKeyset(
  folder: string,
  {
    name = "team.keyset",
    keyset = Keyset.generate(),
    slots = [],
  }: { name?: string; keyset?: Keyset; slots?: readonly NewSlot[] } = {},
): Promise<SealedFixture> {
  const passphrase = randomBytes(12).toString("hex");
  const path = join(folder, name);
  const passphraseFile = join(folder, `${name}.passphrase`);
  await writeFile(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  const file = await KeysetFile.create(keyset);
  for (const slot of [{ passphrase, cost: CHEAP }, ...slots]) await file.addSlot(slot);
  (await createKeysetFile(path, file)).dispose();
  return {
    path,
    passphrase,
    passphraseFile,
    options: ["--keyset", path, "--passphrase-file", passphraseFile],
    async change(change) {
      const stored = await openKeysetFile(path, { passphrase });
      try {
        const result = change(stored.keyset);
        await stored.save();
        return result;
      } finally {
        stored.dispose();
      }
    },
  };
}
