// The revision that was seen last, kept beside the sealed file or wherever an older file cannot be brought with it: an
// older file is then refused.

import { BlindtallyError } from "../errors.js";
import { withLock } from "./lock-file.js";
import { codeOf, fileAccess, readPrivateFile } from "./private-file.js";
import { replaceFile } from "./writing.js";

/** Where it is kept, and whether that was asked for. */
export interface SeenFile {
  readonly path: string;
  /** If not, a folder in which nothing can be written is put up with. */
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
  try {
    if ((await readSeen(file)) >= revision) return;
    await withLock(file.path, async () => {
      if ((await readSeen(file)) < revision) await replaceFile(file.path, textOf(revision));
    });
  } catch (error) {
    if (file.required || !(error instanceof BlindtallyError) || !cannotWrite(error)) throw error;
  }
}

/** Notes the revision of a file that begins anew. */
export async function beginSeen(file: SeenFile, revision: number): Promise<void> {
  await withLock(file.path, () => replaceFile(file.path, textOf(revision)));
}

const LONGEST = 100;
const FORM = /^blindtally-seen 1\n(0|[1-9][0-9]{0,15})\n$/;

const textOf = (revision: number): string => `blindtally-seen 1\n${revision}\n`;

const cannotWrite = (error: BlindtallyError): boolean =>
  ["EACCES", "EPERM", "EROFS"].includes(codeOf(error.cause) ?? "");
