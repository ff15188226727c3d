// The revision that was seen last, kept beside the sealed file or wherever an older file cannot be brought with it: an
// older file is then refused.

import { BlindtallyError } from "../errors.js";
import { withLock } from "./lock-file.js";
import { codeOf, fileAccess, readPrivateFile } from "./private-file.js";
import { replaceFile, syncFolderOf } from "./writing.js";

/** Where it is kept, and whether that was asked for. */
export interface SeenFile {
  readonly path: string;
  /** If not, it is put up with that it cannot be written: opening and saving matter more. */
  readonly required: boolean;
}

/** The revision that was noted; 0 if none was. */
export async function readSeen({ path }: SeenFile): Promise<number> {
  let text: string;
  try {
    ({ text } = await readPrivateFile(path, LONGEST));
  } catch (error) {
    if (error instanceof BlindtallyError && codeOf(error.cause) === "ENOENT") return 0;
    throw error;
  }
  const revision = Number(FORM.exec(text)?.[1]);
  if (Number.isSafeInteger(revision)) return revision;
  throw fileAccess(
    path,
    "it does not say which revision was seen; delete it if you know that the file is new enough",
  );
}

/** Notes a revision, unless a later one is there. */
export async function noteSeen(file: SeenFile, revision: number): Promise<void> {
  if ((await readSeen(file)) >= revision) return;
  try {
    await withLock(file.path, async () => {
      if ((await readSeen(file)) < revision) await write(file, revision);
    });
  } catch (error) {
    if (file.required) throw error;
  }
}

/** Notes the revision of a file that begins anew. */
export async function beginSeen(file: SeenFile, revision: number): Promise<void> {
  try {
    await withLock(file.path, () => write(file, revision));
  } catch (error) {
    // A later revision of a former file would refuse the new one.
    if (file.required || (await readSeen(file)) > revision) throw error;
  }
}

const LONGEST = 100;
const FORM = /^blindtally-seen 1\n(0|[1-9][0-9]{0,15})\n$/;

const textOf = (revision: number): string => `blindtally-seen 1\n${revision}\n`;

async function write({ path }: SeenFile, revision: number): Promise<void> {
  await replaceFile(path, textOf(revision));
  await syncFolderOf(path);
}
