import { type BigIntStats, type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** How a file is followed. */
export interface FollowOptions {
  /** How often the file is looked at, in milliseconds; default 2000. */
  readonly pollMs?: number;
  /** How long it must have been quiet before it is read, in milliseconds; default 100. */
  readonly quietMs?: number;
}

/**
 * Calls `changed` whenever a file has been written or replaced, one call at a time.
 *
 * The folder is watched, since a file that is replaced by a rename is another file than the one before. A look every
 * two seconds finds what watching does not tell, as on network file systems and behind links.
 */
export class FileFollower {
  readonly #path: string;
  readonly #changed: () => Promise<boolean>;
  readonly #quietMs: number;
  readonly #watcher: FSWatcher | undefined;
  readonly #poll: NodeJS.Timeout;
  #quiet: NodeJS.Timeout | undefined;
  #seen: string | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  /**
   * @param seen the file's {@link identityOf} before it was first read, so that a change since then is not missed
   * @param changed resolves to whether the file was taken; if not it is offered again at each look. Never rejects.
   */
  constructor(
    path: string,
    seen: string | undefined,
    changed: () => Promise<boolean>,
    options: FollowOptions = {},
  ) {
    this.#path = path;
    this.#seen = seen;
    this.#changed = changed;
    this.#quietMs = options.quietMs ?? 100;
    this.#watcher = watchFolder(path, () => this.#soon());
    this.#poll = setInterval(() => void this.#look(), options.pollMs ?? 2_000);
    this.#poll.unref();
  }

  /** Calls `changed` whether the file has changed or not; resolves when that call has ended. */
  async now(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run();
    await this.#running;
  }

  /** Ends the watching, and waits for a call that was begun. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#quiet);
    await this.#running;
  }

  #soon(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.#look(), this.#quietMs);
    this.#quiet.unref();
  }

  async #look(): Promise<void> {
    if (this.#running !== undefined) return;
    const identity = await identityOf(this.#path);
    if (!this.#closed && identity !== this.#seen) await this.now();
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const identity = await identityOf(this.#path);
      const taken = await this.#changed();
      this.#seen = taken ? identity : undefined;
    }
    this.#running = undefined;
  }
}

/** What tells one state of a file from another; nothing where there is no file. */
export async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return "";
  }
}

/** Nothing where the system cannot watch: then the regular look has to do. */
function watchFolder(path: string, changed: () => void): FSWatcher | undefined {
  const name = basename(path);
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, file) => {
      if (file === null || file === name) changed();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
