// Events with types, as a TypeScript program uses them: what must compile and what must not. Compiled against the
// installed package, never run.

import {
  type BeforeSend,
  type Client,
  type ClientOptions,
  type ClientStats,
  type Consent,
  createClient,
  createEventCipher,
  type DebugEvent,
  type Drop,
  type DropReason,
  type EncryptedEvent,
  type EncryptedProperties,
  type EventArguments,
  type EventCipher,
  type EventCipherOptions,
  type EventField,
  type EventMap,
  type EventName,
  type EventsLike,
  type GateOptions,
  type GroupReport,
  type GroupRow,
  type HeaderFields,
  type Keyset,
  type LoggedEvent,
  type Notice,
  type OutgoingEvent,
  type Properties,
  type PropertyPolicies,
  type PropertyPolicy,
  type PropertyValue,
  type QueueSource,
  type RateLimit,
  type TransportOptions,
  type UnreadableGroup,
} from "blindtally";

/** The events of an application. */
type Events = {
  login: undefined;
  "dose.missed": { ward: string; late?: boolean };
  "bed.freed": { ward?: string; bed?: number | null };
  note: { text: string } | undefined;
};

const endpoint = "https://analytics.example";

export async function logging(keyset: Keyset): Promise<number> {
  const client: Client<Events> = createClient<Events>({ endpoint, keyset });
  await client.logEvent("login");
  await client.logEvent("login", undefined);
  await client.logEvent("dose.missed", { ward: "7b" });
  await client.logEvent("dose.missed", { ward: "7b", late: true });
  await client.logEvent("bed.freed");
  await client.logEvent("bed.freed", {});
  await client.logEvent("bed.freed", { bed: null });
  await client.logEvent("note");
  await client.logEvent("note", { text: "..." });
  // @ts-expect-error there is no such event
  await client.logEvent("logout");
  // @ts-expect-error this event has no properties
  await client.logEvent("login", { ward: "7b" });
  // @ts-expect-error this event needs its properties
  await client.logEvent("dose.missed");
  // @ts-expect-error this property is required
  await client.logEvent("dose.missed", {});
  // @ts-expect-error this property is a string
  await client.logEvent("dose.missed", { ward: 7 });
  // @ts-expect-error this event has no such property
  await client.logEvent("dose.missed", { ward: "7b", bed: 4 });
  // @ts-expect-error these are properties of another event
  await client.logEvent("bed.freed", { text: "..." });
  const either = (Date.now() > 0 ? "login" : "dose.missed") as "login" | "dose.missed";
  // @ts-expect-error one of the two needs its properties
  await client.logEvent(either);
  return client.logEvents([
    "login",
    "bed.freed",
    { name: "login" },
    { name: "dose.missed", properties: { ward: "7b" } },
    { name: "bed.freed", properties: { bed: 4 } },
  ]);
}

export async function loggingMany(client: Client<Events>): Promise<void> {
  // @ts-expect-error there is no such event
  await client.logEvents(["logout"]);
  // @ts-expect-error this event needs its properties
  await client.logEvents(["dose.missed"]);
  // @ts-expect-error here too
  await client.logEvents([{ name: "dose.missed" }]);
  // @ts-expect-error these are properties of another event
  await client.logEvents([{ name: "dose.missed", properties: { bed: 4 } }]);
  // @ts-expect-error a text is no list of names
  await client.logEvents("login");
  const list: LoggedEvent<Events>[] = ["login", { name: "note", properties: { text: "..." } }];
  await client.logEvents(new Set(list));
}

export function choosing(keyset: Keyset): Client<Events> {
  const properties: PropertyPolicies<Events> = { ward: "deterministic", text: "randomized", late: "clear" };
  const beforeSend: BeforeSend<Events> = (event: OutgoingEvent<Events>) => {
    event.properties.late = false;
    delete event.properties.bed;
    return event.name === "login" ? null : event;
  };
  const options: ClientOptions<Events> = {
    endpoint,
    keyset,
    properties,
    beforeSend,
    allow: ["login", "note"],
  };
  // @ts-expect-error no event has such a property
  createClient<Events>({ endpoint, keyset, properties: { wards: "deterministic" } });
  // @ts-expect-error there is no such policy
  createClient<Events>({ endpoint, keyset, properties: { ward: "plain" } });
  // @ts-expect-error there is no such event
  createClient<Events>({ endpoint, keyset, allow: ["logout"] });
  // @ts-expect-error a text is no list of names
  createClient<Events>({ endpoint, keyset, allow: "login" });
  // @ts-expect-error there is no such event
  createClient<Events>({ endpoint, keyset, beforeSend: () => ({ name: "logout" }) });
  // @ts-expect-error nothing waits for a promise
  createClient<Events>({ endpoint, keyset, beforeSend: async (event) => event });
  // @ts-expect-error a value is no object
  createClient<{ login: { user: { id: string } } }>({ endpoint, keyset });
  // @ts-expect-error an event has properties and not a value
  createClient<{ login: string }>({ endpoint, keyset });
  return createClient(options);
}

export async function grouping(client: Client<Events>): Promise<number> {
  const byWard: Record<string, Record<string, number>> = await client.getResults({ by: "ward" });
  const { counts, unreadable }: GroupReport = await client.getReport({ by: "bed" });
  const group: Map<string, number> | undefined = counts.get("bed.freed");
  const rows: UnreadableGroup[] = unreadable;
  const parts: ("event" | "value")[] = rows.map(({ part }) => part);
  const all: Record<string, number> = await client.getResults();
  // @ts-expect-error no event has such a property
  await client.getResults({ by: "wards" });
  return (byWard.note?.["7b"] ?? 0) + (group?.get("4") ?? 0) + parts.length + (all.note ?? 0);
}

/** An interface has no index, and serves as well. */
interface Declared {
  opened: undefined;
  closed: { reason: string };
}

export async function declared(keyset: Keyset): Promise<void> {
  const client = createClient<Declared>({ endpoint, keyset, properties: { reason: "clear" } });
  await client.logEvent("opened");
  await client.logEvent("closed", { reason: "done" });
  // @ts-expect-error this event needs its properties
  await client.logEvent("closed");
}

/** Without a map, every name and every property is taken. */
export async function untyped(keyset: Keyset, name: string, properties?: Properties): Promise<void> {
  const client: Client = createClient({ endpoint, keyset, properties: { [name]: "clear" } });
  await client.logEvent(name);
  await client.logEvent(name, properties);
  await client.logEvent("anything", { any: "text", of: 7, these: true, or: null, not: undefined });
  await client.logEvents([name, { name }, { name, properties: { a: 1 } }]);
  await client.getResults({ by: name });
  // @ts-expect-error a name is a string
  await client.logEvent(7);
  // @ts-expect-error a value is no list
  await client.logEvent(name, { list: [] });
}

export async function whole(keyset: Keyset, queue: QueueSource): Promise<ClientStats> {
  const policy: PropertyPolicy = "drop";
  const headers: HeaderFields = { authorization: "Bearer ..." };
  const rateLimit: RateLimit = { perSecond: 10, burst: 100 };
  const gate: GateOptions = {
    consent: "pending",
    respectSignals: false,
    allow: (name) => name !== "",
    rateLimit,
  };
  const transport: TransportOptions = { endpoint, headers, fetch, timeoutMs: 5_000, credentials: "omit" };
  const drops: Drop[] = [];
  const options: ClientOptions = {
    ...gate,
    ...transport,
    keyset: () => keyset,
    onUnavailable: "drop",
    queue,
    maxQueue: 100,
    whenFull: "wait",
    flushAt: 10,
    flushBytes: 1_000,
    flushIntervalMs: 0,
    maxBatch: 10,
    maxBatchBytes: 1_000,
    retry: { baseMs: 10, capMs: 100 },
    properties: { ward: policy },
    waitUntil: (delivery: Promise<void>) => void delivery,
    onDrop: (drop) => void drops.push(drop),
    onDebug: told,
  };
  await using client = createClient(options);
  await client.optIn();
  const consent: Consent = client.consent;
  await client.flush();
  if (consent === "denied") await client.optOut();
  await client.shutdown({ timeoutMs: 1_000 });
  const reasons: DropReason[] = drops.map(({ reason }) => reason);
  return reasons.length ? client.stats : { ...client.stats, state: "idle" };
}

function told(event: DebugEvent): string | undefined {
  if (event.kind !== "memory-only") return event.kind === "delivered" ? `${event.count}` : undefined;
  const notice: Notice = event;
  return notice.reason;
}

export function onTheWay(keyset: Keyset, rows: GroupRow[]): GroupReport {
  const options: EventCipherOptions = {
    context: ["acme", "event"],
    cacheSize: 10,
    properties: { ward: "clear" },
  };
  const events: EventCipher = createEventCipher(keyset, options);
  const { event, properties }: EncryptedEvent = events.encryptEvent("a", { ward: 7 });
  const encrypted: EncryptedProperties | undefined = events.encryptProperties(properties);
  // @ts-expect-error a value is no object
  events.encryptEvent("a", { ward: {} });
  const value: GroupRow["value"] = encrypted?.ward ?? "7b";
  return events.decryptGroups("ward", [...rows, { event, value, count: 1 }]);
}

/** What the types say of a map of events. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export const claims: readonly true[] = [
  true satisfies Equal<EventName<Events>, "login" | "dose.missed" | "bed.freed" | "note">,
  true satisfies Equal<EventField<Events>, "ward" | "late" | "bed" | "text">,
  true satisfies Equal<EventName<EventMap>, string>,
  true satisfies Equal<EventField<EventMap>, string>,
  true satisfies Equal<EventArguments<Events, "login">, [properties?: undefined]>,
  true satisfies Equal<EventArguments<Events, "dose.missed">, [properties: { ward: string; late?: boolean }]>,
  true satisfies Events extends EventsLike<Events> ? true : false,
  true satisfies Equal<PropertyValue, string | number | boolean | null | undefined>,
];
