// What the client does with an event before it waits: it gets an id, is encrypted, and becomes the text that is sent.

import { checkUsable } from "../cipher.js";
import { at, BlindtallyError, badName, isBlindtallyError } from "../errors.js";
import type { Keyset } from "../keyset.js";
import type { QueuedEvent } from "../queue/queue.js";
import type { ResultMap, Results } from "../results.js";
import { asciiJson } from "../text.js";
import { type EventCipherOptions, openEventKeys } from "./event-cipher.js";
import { newEventId } from "./event-id.js";
import type { Properties } from "./events.js";
import type { GroupReport, GroupRow } from "./groups.js";
import type { EncryptedProperties } from "./properties.js";

/** An event in clear. */
export interface ClearEvent {
  readonly name: string;
  readonly properties?: Properties | undefined;
}

/** Encrypts events for the queue, and decrypts what an API has counted. */
export interface Sealer {
  /** @throws BlindtallyError `bad-name`, `bad-property`, `bad-argument`, `locked` or `disposed`. */
  seal(name: string, properties?: Properties): QueuedEvent;
  /** The same for many, faster; all or none. Errors of an event have its `index`. */
  sealAll(events: readonly ClearEvent[]): QueuedEvent[];
  openResults(results: ResultMap): Results;
  openGroups(field: string, rows: Iterable<GroupRow>): GroupReport;
  /** Throws what `openGroups` would of this field, before anything is asked for. */
  checkField(field: string): void;
  /** Throws what any use would, `locked` or `disposed`. */
  check(): void;
  dispose(): void;
}

/** A sealer; throws as `createEventCipher`. */
export function createSealer(keyset: Keyset, options?: EventCipherOptions): Sealer {
  const { cipher, fields, checkField, readGroups, dispose } = openEventKeys(keyset, options);
  return {
    seal: (name, properties) => entry(cipher.encrypt(name), fields.encrypt(properties)),
    sealAll(events) {
      // Names repeat, so each is encrypted once, and all of them in one crossing into wasm.
      const positions = new Map<string, number>();
      events.forEach(({ name }, index) => {
        if (!positions.has(name)) positions.set(name, index);
      });
      const names = [...positions.keys()];
      const tokens = new Map<string, string>();
      try {
        cipher.encryptAll(names).forEach((token, index) => {
          tokens.set(names[index] as string, token);
        });
      } catch (error) {
        throw atEvent(error, (index) => positions.get(names[index] as string));
      }
      return events.map(({ name, properties }, index) => {
        let encrypted: EncryptedProperties | undefined;
        try {
          encrypted = fields.encrypt(properties);
        } catch (error) {
          throw atEvent(error, () => index);
        }
        return entry(tokens.get(name) as string, encrypted);
      });
    },
    openResults: (results) => cipher.decryptResults(results),
    openGroups: readGroups,
    checkField,
    check: () => checkUsable(cipher),
    dispose,
  };
}

/**
 * Events as a caller lists them, all with their names.
 *
 * @throws BlindtallyError `bad-argument`, for one of them with its `index`.
 */
export function entriesOf(events: Iterable<string | ClearEvent>): ClearEvent[] {
  const isIterable = typeof events === "object" && events !== null && Symbol.iterator in events;
  if (!isIterable)
    throw new BlindtallyError("bad-argument", "events are given as an array or another iterable");
  return Array.from(events, (event, index) => {
    if (typeof event !== "object" || event === null) return { name: event };
    if (typeof event.name === "string") return event;
    const message = at("an event is a name or { name, properties }", index);
    throw new BlindtallyError("bad-argument", message, { index });
  });
}

/** Tokens, ids and names of fields need no escaping, so only values in clear take the way of JSON. */
function entry(event: string, properties: EncryptedProperties | undefined): QueuedEvent {
  const id = newEventId();
  const rest = properties ? `","properties":${asciiJson(JSON.stringify(properties))}}` : '"}';
  return { id, json: `{"id":"${id}","event":"${event}${rest}` };
}

/** The refusal of one event of several, with its position among them. */
function atEvent(error: unknown, position: (index: number) => number | undefined): unknown {
  if (!isBlindtallyError(error)) return error;
  const { code, message } = error;
  if (code === "bad-name") return badName(position(error.index ?? 0));
  if (code !== "bad-property" && code !== "bad-argument") return error;
  const index = position(0) as number;
  return new BlindtallyError(code, at(message, index), { index });
}
