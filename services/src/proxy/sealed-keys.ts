import { isBlindtallyError, type Keyset } from "blindtally";
import type { Secret } from "blindtally/sealed";
import { openKeysetFile, type StoredKeyset } from "blindtally/store";
import { FileFollower, type FollowOptions, identityOf } from "./file-follower.js";

/** Where a line about the keys goes; a Fastify app's `log` is one. */
export interface KeyLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * The keys of a sealed keyset file that is followed: when somebody rotates, the keyset is exchanged, without a restart
 * and without the secret. A file that cannot be taken leaves the keys as they are.
 */
export class SealedKeys {
  readonly #stored: StoredKeyset;
  readonly #path: string;
  readonly #identity: string;
  #follower: FileFollower | undefined;
  #lastFailure: string | undefined;

  /** Opens the file; throws what `openKeysetFile` of `blindtally/store` does. */
  static async open(path: string, secret: Secret): Promise<SealedKeys> {
    const identity = await identityOf(path);
    return new SealedKeys(path, await openKeysetFile(path, secret), identity);
  }

  private constructor(path: string, stored: StoredKeyset, identity: string) {
    this.#path = path;
    this.#stored = stored;
    this.#identity = identity;
  }

  /** The keyset of now. */
  get keyset(): Keyset {
    return this.#stored.keyset;
  }

  /** Begins to follow the file. */
  follow(log: KeyLog, options?: FollowOptions): void {
    this.#follower ??= new FileFollower(this.#path, this.#identity, () => this.#reload(log), options);
  }

  /** Reads the file again at once, if it is followed. */
  async reload(): Promise<void> {
    await this.#follower?.now();
  }

  /** Ends the following and wipes the keys. */
  async close(): Promise<void> {
    await this.#follower?.close();
    this.#stored.dispose();
  }

  /** Whether the file is now in use, be it newer or not. */
  async #reload(log: KeyLog): Promise<boolean> {
    try {
      const newer = await this.#stored.reload();
      if (newer || this.#lastFailure !== undefined) log.info(this.#inUse(), "keyset in use");
      this.#lastFailure = undefined;
      return true;
    } catch (error) {
      const code = isBlindtallyError(error) ? error.code : "internal";
      // The file is tried again and again until somebody mends it; one line is enough for that.
      if (code !== this.#lastFailure) log.error({ code }, "keyset file not taken; the keys in use stay");
      this.#lastFailure = code;
      return false;
    }
  }

  #inUse(): { revision: number; keys: number; primaryKeyId: string } {
    const { keyset, file } = this.#stored;
    return { revision: file.revision, keys: keyset.keys.length, primaryKeyId: keyset.primaryKeyId };
  }
}
