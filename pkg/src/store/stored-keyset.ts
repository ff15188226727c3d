/// <reference lib="esnext.disposable" preserve="true" />

import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BlindtallyError, isBlindtallyError } from "../errors.js";
import type { Keyset } from "../keyset.js";
import { KeysetFile, type OpenOptions } from "../sealing/keyset-file.js";
import type { Secret } from "../sealing/secret.js";
import { withLock } from "./lock-file.js";
import { codeOf, fileAccess, readPrivateFile } from "./private-file.js";
import { beginSeen, noteSeen, readSeen, type SeenFile } from "./seen.js";
import { createFile, replaceFile, syncFolderOf } from "./writing.js";

/** Where it is noted which revision was seen last. */
export interface SeenOptions {
  /**
   * Default: `<path>.seen`. Beside the file it shows an older copy that came by mistake; where whoever can replace the
   * file cannot reach, it shows one that was put there.
   */
  readonly seenFile?: string | undefined;
}

/** How a stored file is opened. */
export interface StoreOptions extends OpenOptions, SeenOptions {}

/**
 * Writes a sealed file where there is none, with mode 0600.
 *
 * @throws BlindtallyError `file-access`, also if there is a file, which is never overwritten; `last-slot` for a file
 * that nothing would open.
 */
export async function createKeysetFile(
  path: string,
  file: KeysetFile,
  options: SeenOptions = {},
): Promise<StoredKeyset> {
  const place = join(await resolved(dirname(path)), basename(path));
  await requireAbsent(place);
  const seen = seenFileOf(place, options);
  const text = await withLock(place, async () => {
    await requireAbsent(place);
    const text = file.seal();
    // First: what a former file has left there would refuse the new one if this were cut off in between.
    await beginSeen(seen, file.revision);
    await createFile(place, text);
    await butSaid(`${path} was made, but a power cut may undo it`, () => syncFolderOf(place));
    return text;
  });
  return createStored({ path, file, text, seen });
}

/**
 * Opens a sealed file. Whose it is and what its mode is are checked as for a private SSH key: 0600 or 0400, and of the
 * user of this process. A path may be a symbolic link.
 *
 * @throws BlindtallyError `file-access`; `rollback` for a file older than the one that was opened or saved last; and
 * what `KeysetFile.open` throws.
 */
export async function openKeysetFile(
  path: string,
  secret: Secret,
  options: StoreOptions = {},
): Promise<StoredKeyset> {
  const place = await resolved(path);
  const seen = seenFileOf(place, options);
  // Before the file: one that somebody saves in between is newer than what was seen, and not the other way round.
  const seenRevision = await readSeen(seen);
  const { text } = await readPrivateFile(place, MAX_BYTES);
  const minRevision = Math.max(options.minRevision ?? 0, seenRevision);
  const file = await KeysetFile.open(text, secret, { ...options, minRevision }).catch((error) => {
    throw isBlindtallyError(error) && error.code === "rollback" ? older(path, seen) : error;
  });
  try {
    await noteSeen(seen, file.revision);
  } catch (error) {
    file.dispose();
    throw error;
  }
  return createStored({ path, file, text, seen });
}

interface Parts {
  readonly path: string;
  readonly file: KeysetFile;
  readonly text: string;
  readonly seen: SeenFile;
}

let createStored: (parts: Parts) => StoredKeyset;

/** A sealed file on disk, opened. Its methods that promise something wait for each other. */
export class StoredKeyset {
  /** The path as it was given. */
  readonly path: string;
  #file: KeysetFile;
  /** What may be on disk without anybody else having written it: usually one text. */
  #ours: Set<string>;
  readonly #seen: SeenFile;
  #last: Promise<unknown> = Promise.resolve();

  private constructor({ path, file, text, seen }: Parts) {
    this.path = path;
    this.#file = file;
    this.#ours = new Set([text]);
    this.#seen = seen;
  }

  /** The sealed file: its slots can be changed, and {@link StoredKeyset.save} writes it. */
  get file(): KeysetFile {
    return this.#file;
  }

  /** The keyset of now: {@link StoredKeyset.reload} puts another in its place. */
  get keyset(): Keyset {
    return this.#file.keyset;
  }

  /**
   * Writes the next revision in the place of the file, which is kept as `<path>.previous`. Once this is fulfilled, a
   * power cut undoes nothing of it; until then it leaves the one file or the other, whole.
   *
   * @throws BlindtallyError `conflict` if another process has written the file since it was opened or reloaded, or is
   * writing it: nothing was changed then, and {@link StoredKeyset.reload} gives what is there; `file-access`, whose
   * message says so if the file was saved all the same and something after it failed; `locked`, `disposed`, `last-slot`.
   */
  save(): Promise<void> {
    return this.#inTurn(() => this.#write(this.#file));
  }

  /**
   * The same with a new file, which takes the place of this one and is then disposed of with it: new slots and a new
   * key of the file, so that what opened the former no longer opens what is saved.
   *
   * @throws BlindtallyError as {@link StoredKeyset.save}; `rollback` for a file whose next revision would be none after
   * this one, see `CreateOptions.after`.
   */
  replace(file: KeysetFile): Promise<void> {
    return this.#inTurn(async () => {
      if (file.revision < this.#file.revision) {
        const message = "the new file would have a lower revision; create it with `after: file.revision`";
        throw new BlindtallyError("rollback", message);
      }
      await this.#write(file);
    });
  }

  /**
   * Takes over what is on disk if it is another revision, without the secret: the keyset is then a new one, the former
   * is disposed of, and changes that were not saved are lost with it. If it fails, everything stays as it is, except
   * where the message says that only `seenFile` could not be written.
   *
   * @returns whether there was another revision.
   * @throws BlindtallyError `rollback` for an older one; `cannot-open` for another file; `file-access`,
   * `bad-keyset-file`, `locked`, `disposed`.
   */
  reload(): Promise<boolean> {
    return this.#inTurn(async () => {
      const { text } = await readPrivateFile(await resolved(this.path), MAX_BYTES);
      if (this.#ours.has(text)) return false;
      await readSeen(this.#seen);
      this.#file.reopen(text);
      this.#ours = new Set([text]);
      await butSaid(`${this.path} was reloaded, but its revision is not noted`, () =>
        noteSeen(this.#seen, this.#file.revision),
      );
      return true;
    });
  }

  /** Wipes the keyset and the key of the file. What is on disk stays. */
  dispose(): void {
    this.#file.dispose();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #write(file: KeysetFile): Promise<void> {
    const place = await resolved(this.path);
    await withLock(place, async () => {
      const { text: there, mode } = await readPrivateFile(place, MAX_BYTES);
      if (!this.#ours.has(there)) throw writtenByOther(this.path);
      // One that says nothing refuses the save while there is none yet.
      await readSeen(this.#seen);
      const text = file.seal();
      // It may be on disk even if writing it is reported as failed.
      this.#ours.add(text);
      await replaceFile(place, text, { mode, keepPrevious: true });
      this.#ours = new Set([text]);
      this.#takeOver(file);
      await butSaid(`${this.path} was saved, but a power cut may undo it`, () => syncFolderOf(place));
      await butSaid(`${this.path} was saved, but its revision is not noted`, () =>
        noteSeen(this.#seen, file.revision),
      );
    });
  }

  #takeOver(file: KeysetFile): void {
    const former = this.#file;
    this.#file = file;
    if (former !== file) former.dispose();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => {});
    return result;
  }

  static {
    createStored = (parts) => new StoredKeyset(parts);
  }
}

/** Of a sealed file, SPEC.md section 13. */
const MAX_BYTES = 262_144;

/** Where the path leads in the end: two processes must agree on it, whichever links they come by. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw fileAccess(path, error);
  }
}

async function requireAbsent(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw fileAccess(path, error);
  }
  throw fileAccess(path, "there is a file already, and it is never overwritten");
}

/** Does what follows a change that cannot be taken back: if it fails, nobody must take the change for undone. */
async function butSaid(words: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = `${words}: ${isBlindtallyError(error) ? error.message : "the system refused it"}`;
    throw new BlindtallyError("file-access", message, { cause: error });
  }
}

function seenFileOf(place: string, { seenFile }: SeenOptions): SeenFile {
  return { path: seenFile ?? `${place}.seen`, required: seenFile !== undefined };
}

function older(path: string, seen: SeenFile): BlindtallyError {
  const message =
    `${path} is older than a revision that was seen before; ` +
    `if an older copy was put there on purpose, delete ${seen.path}`;
  return new BlindtallyError("rollback", message);
}

function writtenByOther(path: string): BlindtallyError {
  const message = `${path} was written by another process meanwhile; reload it and do the change again`;
  return new BlindtallyError("conflict", message);
}
