// As much of the library's types as the package uses.

/** Opens a database, or makes it. */
export function openDB(name: string, version: number, callbacks: OpenCallbacks): Promise<Database>;

export interface OpenCallbacks {
  upgrade(database: Database, oldVersion: number, newVersion: number | null, transaction: Transaction): void;
  /** Another connection wants to change the database, or, without a version, to delete it. */
  blocking(currentVersion: number, blockedVersion: number | null): void;
  /** The browser has closed the connection by itself. */
  terminated(): void;
}

export interface Database {
  createObjectStore(name: string, options: IDBObjectStoreParameters): Store;
  transaction(name: string, mode: "readonly" | "readwrite", options?: IDBTransactionOptions): Transaction;
  close(): void;
}

export interface Transaction {
  readonly store: Store;
  /** Fulfilled when it is completed, rejected when it is aborted. */
  readonly done: Promise<void>;
  abort(): void;
  commit(): void;
}

export interface Store {
  add(value: unknown): Promise<number>;
  clear(): Promise<void>;
  count(): Promise<number>;
  delete(keys: IDBKeyRange): Promise<void>;
  getAll(keys?: IDBKeyRange | null, count?: number): Promise<unknown[]>;
}
