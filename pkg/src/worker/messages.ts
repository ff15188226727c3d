// What the page and the thread say to each other. The thread answers every request but the last kind, in order.

import type { ErrorCode } from "../errors.js";
import type { OpenedRows } from "../results.js";

/** From the page to the thread. A job is one call of `decryptResults`. */
export type Request =
  /** Comes first: what to decrypt with. */
  | { readonly kind: "load"; readonly module: WebAssembly.Module }
  /** The derived keys of one context, which are wiped when they are read. */
  | { readonly kind: "begin"; readonly job: number; readonly keys: Uint8Array }
  /** Packed tokens. */
  | { readonly kind: "open"; readonly job: number; readonly bytes: Uint8Array; readonly lengths: Uint16Array }
  /** Has no answer. */
  | { readonly kind: "end"; readonly job: number };

/** From the thread to the page; what was asked for is there after `open` only. */
export type Answer =
  | { readonly opened: OpenedRows | undefined }
  | { readonly code: ErrorCode; readonly message: string; readonly cause?: string };
