/**
 * The storage did not do what it was asked: its disk is full, or failed. What was to be stored is stored or not; with
 * the ids of the events it can be sent again without harm.
 */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** Which error of the system it was, such as ENOSPC, where the database says so. */
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super("the storage failed", { cause });
    this.code = systemCodeOf(cause);
  }
}

/** What the database says of a failed call of the system. Its messages have no codes, and may quote data. */
export function systemCodeOf(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : "";
  return SYSTEM_ERRORS.find(([said]) => message.includes(said))?.[1];
}

const SYSTEM_ERRORS = [
  ["No space left on device", "ENOSPC"],
  ["Disk quota exceeded", "EDQUOT"],
  ["File too large", "EFBIG"],
  ["Input/output error", "EIO"],
  ["Read-only file system", "EROFS"],
  ["Permission denied", "EACCES"],
] as const;
