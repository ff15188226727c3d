// The client of a provider, which may come later than the first event.

import { BlindtallyError } from "../errors.js";

/** What the hooks need of a client: every `Client` is one, whatever its events are. */
export interface AnyClient {
  logEvent(...event: never): Promise<void>;
  getResults(...options: never): Promise<object>;
}

/** A client, or its promise, or nothing yet. */
export type GivenClient = AnyClient | PromiseLike<AnyClient> | undefined;

/** Holds a client. Its members are the same as long as it lives. */
export interface Holder {
  /** Takes what a provider was given. */
  take(given: GivenClient): void;
  /** The client, once it is there. */
  client(): AnyClient | undefined;
  /** Logs an event, or keeps it, in memory and in clear, until there is a client. */
  logEvent(...event: readonly unknown[]): Promise<void>;
  /** Calls whenever the client changes; returns what ends that. */
  subscribe(listener: () => void): () => void;
}

/** A holder with nothing in it. */
export function createHolder(): Holder {
  let given: GivenClient;
  let client: AnyClient | undefined;
  let failure: { readonly error: unknown } | undefined;
  let waiting: (() => void)[] = [];
  const listeners = new Set<() => void>();

  const change = (next: AnyClient | undefined, failed?: typeof failure) => {
    client = next;
    failure = failed;
    if (client || failure) {
      const calls = waiting;
      waiting = [];
      for (const call of calls) call();
    }
    for (const tell of listeners) tell();
  };
  const logNow = async (event: readonly unknown[]) => {
    if (failure) throw failure.error;
    return (client as AnyClient).logEvent(...(event as never));
  };

  return {
    take(next) {
      // React runs effects twice in its strict mode.
      if (next === given) return;
      given = next;
      if (!isPromise(next)) return change(next);
      // Not to the client of before: it may be that of another user.
      change(undefined);
      next.then(
        (client) => given === next && change(client),
        (error) => given === next && change(undefined, { error }),
      );
    },
    client: () => client,
    logEvent(...event) {
      if (client || failure) return logNow(event);
      if (waiting.length >= MOST_WAITING) return Promise.reject(noClient());
      return new Promise((resolve) => {
        waiting.push(() => resolve(logNow(event)));
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A page that never gets a client must not keep events for ever. */
const MOST_WAITING = 1000;

const isPromise = (given: GivenClient): given is PromiseLike<AnyClient> =>
  typeof (given as Partial<PromiseLike<AnyClient>> | undefined)?.then === "function";

const noClient = (): BlindtallyError =>
  new BlindtallyError("not-initialized", `${MOST_WAITING} events wait for a client; give the provider one`);
