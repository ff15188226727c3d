// What a client tells its application about itself. Never a name, a value or a key.

import type { ErrorCode } from "../errors.js";
import type { Notice } from "../queue/queue.js";

/** Why an event will not be delivered. */
export type DropReason =
  /** Consent was not given, or was withdrawn before the event was sent. */
  | "no-consent"
  /** The name is not on the allow-list. */
  | "not-allowed"
  /** `beforeSend` dropped it, or threw. */
  | "before-send"
  /** More events than `rateLimit` lets through. */
  | "rate-limited"
  /** The queue held `maxQueue` events. */
  | "queue-full"
  /** The API takes no body as large as this one event. */
  | "too-large"
  /** The API refused this very event. */
  | "refused"
  /** The client ended while the event was in memory only. */
  | "shutdown"
  /** The event could not be encrypted, and `onUnavailable` is `"drop"`. */
  | "wasm-unavailable";

/** Events that will not be delivered. */
export interface Drop {
  readonly reason: DropReason;
  readonly count: number;
  /** Their event ids. Empty where they were dropped before they got one. */
  readonly ids: readonly string[];
  /** What the API answered, for `too-large` and `refused`. */
  readonly status?: number;
}

/** Whether events may be stored and sent; `pending` until the visitor has decided. */
export type Consent = "granted" | "denied" | "pending";

/** How a client is doing. Of its own events, `logged` is always `delivered + waiting + dropped`. */
export interface ClientStats {
  /** `waiting`: for the next attempt after a failure. */
  readonly state: "idle" | "sending" | "waiting" | "closed";
  /** Events that were logged. */
  readonly logged: number;
  /** Of them, those that the API has; also those that another tab with the same queue took over. */
  readonly delivered: number;
  /** Of all that this client sent, those that the API already had. */
  readonly duplicates: number;
  /** Of those logged, those that are neither delivered nor dropped. */
  readonly waiting: number;
  /** Requests with events. */
  readonly attempts: number;
  /** Of them, those that were not a delivery. */
  readonly failures: number;
  /** Of those logged, those that were dropped, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** What a client does, for `onDebug`: states and counts. */
export type DebugEvent =
  | { readonly kind: "logged"; readonly count: number; readonly waiting: number }
  | { readonly kind: "sending"; readonly count: number; readonly bytes: number; readonly unload: boolean }
  | { readonly kind: "delivered"; readonly count: number; readonly duplicates: number }
  /** An attempt after which events were kept: when the next is made, in milliseconds. */
  | {
      readonly kind: "kept";
      readonly count: number;
      readonly code: ErrorCode | undefined;
      readonly status: number | undefined;
      readonly delayMs: number;
    }
  | { readonly kind: "dropped"; readonly count: number; readonly reason: DropReason }
  | { readonly kind: "consent"; readonly consent: Consent }
  | { readonly kind: "closed" }
  | Notice;

/** Time and chance, so that tests need wait for neither. */
export interface Clock {
  /** The time of day in milliseconds, which may jump. */
  now(): number;
  /** Milliseconds since some moment, which only goes on. */
  monotonic(): number;
  /** From 0 to 1, without 1. */
  random(): number;
  /** Calls it later; what it returns undoes that. Only where `keepAlive` says so does a program wait for it. */
  setTimer(call: () => void, ms: number, keepAlive: boolean): () => void;
}
