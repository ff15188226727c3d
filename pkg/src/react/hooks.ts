// A client for a tree of React components. On a server nothing happens, and what a page shows first is what the server
// rendered: the client comes after that.

import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import type { EventArguments, EventMap, EventName, EventsLike } from "../client/events.js";
import { BlindtallyError } from "../errors.js";
import type { Client } from "../index.js";
import { type AnyClient, createHolder, type GivenClient, type Holder } from "./holder.js";

/** What a provider is given. */
export interface BlindtallyProviderProps {
  /** The client, or its promise, or `undefined` until there is one. The provider does not dispose it. */
  readonly client: GivenClient;
  readonly children?: ReactNode;
}

/** Logs an event; see `Client.logEvent`. */
export type LogEvent<Events extends EventsLike<Events> = EventMap> = <Name extends EventName<Events>>(
  name: Name,
  ...properties: EventArguments<Events, Name>
) => Promise<void>;

/** What is counted, as far as it is known. */
export interface ResultsState<Counts> {
  /** The counts; `undefined` until they were read. */
  readonly results: Counts | undefined;
  /** Why they could not be read the last time, if so. What was read before stays. */
  readonly error: unknown;
  /** Reads them again. */
  readonly refresh: () => void;
}

/** What to read, and how often. */
export interface UseResultsOptions {
  /** A field of properties to group by. */
  readonly by?: string | undefined;
  /** How long after each answer to ask again, in milliseconds. Default: never. */
  readonly refreshMs?: number | undefined;
}

/**
 * Gives a client to all components below.
 *
 * @example
 * ```tsx
 * <BlindtallyProvider client={client}><App /></BlindtallyProvider>
 * ```
 */
export function BlindtallyProvider({ client, children }: BlindtallyProviderProps): ReactElement {
  const [holder] = useState(createHolder);
  useEffect(() => holder.take(client), [holder, client]);
  return createElement(HolderContext.Provider, { value: holder }, children);
}

/** The client of the nearest provider; `undefined` on a server, in the first rendering, and until there is one. */
export function useBlindtally<Events extends EventsLike<Events> = EventMap>(): Client<Events> | undefined {
  const { subscribe, client } = useHolder();
  return useSyncExternalStore(subscribe, client, nothing) as Client<Events> | undefined;
}

/**
 * A function that logs an event; the same for as long as the provider lives. What is logged before there is a client waits for
 * it, up to 1000 events. If the promise of the client fails, each call rejects with what it failed with.
 */
export function useLogEvent<Events extends EventsLike<Events> = EventMap>(): LogEvent<Events> {
  return useHolder().logEvent as LogEvent<Events>;
}

/** The counts of the provider's client; see `Client.getResults`. */
export function useResults(
  options: UseResultsOptions & { readonly by: string },
): ResultsState<Record<string, Record<string, number>>>;
export function useResults(
  options?: UseResultsOptions & { readonly by?: undefined },
): ResultsState<Record<string, number>>;
export function useResults({ by, refreshMs }: UseResultsOptions = {}): ResultsState<unknown> {
  const client: AnyClient | undefined = useBlindtally();
  const [answer, setAnswer] = useState<Answer>({});
  const [round, setRound] = useState(0);
  const refresh = useCallback(() => setRound((former) => former + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another reading.
  useEffect(() => {
    if (!client) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const next: Answer = { client, by, error: undefined };
      try {
        next.results = await client.getResults(...((by === undefined ? [] : [{ by }]) as never));
      } catch (error) {
        next.error = error;
      }
      // What another field, or another client, has answered in the meantime stands.
      if (isOver) return;
      setAnswer((former) => (isFor(former, client, by) ? { ...former, ...next } : next));
      if (refreshMs) timer = setTimeout(read, refreshMs);
    };
    void read();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [client, by, refreshMs, round]);

  const { results, error }: Answer = isFor(answer, client, by) ? answer : {};
  return { results, error, refresh };
}

/** What was read, and of what. */
interface Answer {
  client?: AnyClient;
  by?: string | undefined;
  results?: unknown;
  error?: unknown;
}

const HolderContext = createContext<Holder | undefined>(undefined);
const nothing = () => undefined;

const isFor = (answer: Answer, client: AnyClient | undefined, by: string | undefined): boolean =>
  answer.client === client && answer.by === by;

function useHolder(): Holder {
  const holder = useContext(HolderContext);
  if (holder) return holder;
  throw new BlindtallyError(
    "not-initialized",
    "put a <BlindtallyProvider> around the components that use it",
  );
}
