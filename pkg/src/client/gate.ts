// What an event passes before it is encrypted, in this order: consent, the allow-list, the application's own function, the
// allow-list again for a name that this changed, and the rate limit. What fails in between fails closed.

import { badOption } from "../errors.js";
import type { BeforeSend, EventMap, EventName, Properties } from "./events.js";
import { checkProperties } from "./properties.js";
import { createRateLimit, type RateLimit } from "./rate-limit.js";
import type { ClearEvent } from "./sealer.js";
import type { Clock, Consent, DropReason } from "./types.js";

/** Which events may be sent. They pass in this order: consent, `allow`, `beforeSend`, `rateLimit`. */
export interface GateOptions<Events = EventMap> {
  /**
   * Whether events may be sent, as far as the application knows. While it is `"pending"`, events wait in memory, encrypted,
   * until `optIn()` or `optOut()`. Default `"granted"`.
   */
  readonly consent?: Consent | undefined;
  /**
   * Whether Global Privacy Control and Do Not Track, where the browser sends one of them, mean `"denied"` until `optIn()`.
   * Default `true`.
   */
  readonly respectSignals?: boolean | undefined;
  /** The names that may be sent; any other is dropped as `not-allowed`. Default: all. A function that throws allows nothing. */
  readonly allow?: Iterable<EventName<Events>> | ((name: EventName<Events>) => boolean) | undefined;
  /** May change an event, its own copy of which it is given, or drop it. If it throws, the event is dropped. */
  readonly beforeSend?: BeforeSend<Events> | undefined;
  /** How many events are let through; the rest is dropped as `rate-limited`. Default `false`: all. */
  readonly rateLimit?: RateLimit | false | undefined;
}

/** What a browser says of its user's wishes, in its `navigator`. */
export type Signals = { readonly globalPrivacyControl?: unknown; readonly doNotTrack?: unknown } | undefined;

/** Lets events pass, or says why not. */
export interface Gate {
  readonly consent: Consent;
  optIn(): void;
  optOut(): void;
  /** While consent is pending, events pass: it is the client that keeps them in memory then. */
  pass(name: string, properties?: Properties): ClearEvent | DropReason;
}

/**
 * A gate.
 *
 * @throws BlindtallyError `bad-argument`.
 */
export function createGate(
  options: GateOptions,
  clock: Pick<Clock, "monotonic">,
  signals: Signals = globalThis.navigator,
): Gate {
  const { beforeSend, respectSignals = true } = options;
  let consent = checkedConsent(options.consent);
  let hasChosen = !respectSignals;
  const allows = allowing(options.allow);
  const withinLimit = options.rateLimit
    ? createRateLimit(options.rateLimit, () => clock.monotonic())
    : () => true;
  if (beforeSend !== undefined && typeof beforeSend !== "function")
    throw badOption("beforeSend", "a function");

  /** A signal that is there once counts until the user is asked and says otherwise. */
  const currentConsent = (): Consent => {
    if (!hasChosen && asksForPrivacy(signals)) consent = "denied";
    return consent;
  };
  const choose = (choice: Consent) => {
    consent = choice;
    hasChosen = true;
  };
  currentConsent();

  return {
    get consent() {
      return currentConsent();
    },
    optIn: () => choose("granted"),
    optOut: () => choose("denied"),
    pass(name, properties) {
      if (currentConsent() === "denied") return "no-consent";
      if (!allows(name)) return "not-allowed";
      let event: ClearEvent = { name, properties };
      if (beforeSend) {
        if (properties !== undefined && properties !== null) checkProperties(properties);
        const changed = attempt("beforeSend", () => beforeSend({ name, properties: { ...properties } }));
        if (!changed) return "before-send";
        event = { name: changed.name, properties: changed.properties };
        if (typeof event.name !== "string") return "before-send";
        if (event.name !== name && !allows(event.name)) return "not-allowed";
      }
      return withinLimit() ? event : "rate-limited";
    },
  };
}

/** GPC and DNT. The second is `"1"`; some older browsers say `"yes"`. */
function asksForPrivacy(signals: Signals): boolean {
  return [signals?.globalPrivacyControl, signals?.doNotTrack].some((said) =>
    /^(true|1|yes)$/.test(String(said)),
  );
}

/** A list is copied: one that is changed later changes nothing here. */
function allowing(allow: GateOptions["allow"]): (name: string) => boolean {
  if (allow === undefined) return () => true;
  if (typeof allow === "function") return (name) => attempt("allow", () => allow(name)) === true;
  if (typeof allow !== "object" || allow === null || !(Symbol.iterator in allow))
    throw badOption("allow", "a list of names, or a function");
  const names = new Set(allow);
  return (name) => names.has(name);
}

const warned = new Set<string>();

/** What a function of the application gives; nothing if it fails, which breaks nothing and lets nothing through. */
function attempt<T>(option: string, call: () => T): T | undefined {
  try {
    const answer = call();
    const { then } = Object(answer) as { then?: unknown };
    if (typeof then !== "function") return answer;
    // Nothing waits for a promise; and that it fails must not end a program.
    then.call(answer, undefined, () => {});
  } catch {
    // Said below, and without what was thrown: it may quote a name or a value.
  }
  if (!warned.has(option))
    console.warn(`Blindtally: \`${option}\` threw or gave a promise; the event was dropped`);
  warned.add(option);
  return undefined;
}

function checkedConsent(consent: Consent = "granted"): Consent {
  if (/^(granted|denied|pending)$/.test(consent)) return consent;
  throw badOption("consent", '"granted", "denied" or "pending"');
}
