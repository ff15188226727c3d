// One store of entries in IndexedDB, by name. Whatever the browser refuses here is `storage-unavailable`.

import { BlindtallyError } from "../errors.js";

/** An open database. Several tabs may have it open at once: each writing is one transaction. */
export class Database {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
    // Another tab wants to delete the database, or a newer version of this package to change it: neither must wait for us.
    database.onversionchange = () => database.close();
  }

  static async open(name: string): Promise<Database> {
    if (typeof indexedDB === "undefined") throw unavailable();
    return guarded(async () => {
      const request = indexedDB.open(name, VERSION);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "name" });
      return new Database(await resultOf(request));
    });
  }

  /** `undefined` if there is none of this name. */
  read(name: string): Promise<unknown> {
    return guarded(() => resultOf(this.#store("readonly").get(name)));
  }

  all(): Promise<unknown[]> {
    return guarded(() => resultOf(this.#store("readonly").getAll()));
  }

  /** Puts an entry in the place of the one of its name, unless `check` throws when it sees that one. */
  write(entry: { readonly name: string }, check: (stored: unknown) => void): Promise<void> {
    return guarded(async () => {
      const store = this.#store("readwrite");
      const { transaction } = store;
      const completed = endOf(transaction);
      const stored = store.get(entry.name);
      let objection: unknown;
      stored.onsuccess = () => {
        try {
          check(stored.result);
          store.put(entry);
        } catch (error) {
          objection = error;
          transaction.abort();
        }
      };
      await completed.catch((error) => Promise.reject(objection ?? error));
    });
  }

  remove(name: string): Promise<void> {
    return guarded(async () => {
      const store = this.#store("readwrite");
      store.delete(name);
      await endOf(store.transaction);
    });
  }

  close(): void {
    this.#database.close();
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    // "strict": what was said to be stored has reached the disk.
    return this.#database.transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  }
}

const VERSION = 1;
const STORE = "entries";

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

async function guarded<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof BlindtallyError ? error : unavailable(error);
  }
}

function unavailable(cause?: unknown): BlindtallyError {
  const message =
    "the browser's storage cannot be used here: there is none, or it is full, closed, deleted, or of a newer version";
  return new BlindtallyError("storage-unavailable", message, cause === undefined ? {} : { cause });
}
