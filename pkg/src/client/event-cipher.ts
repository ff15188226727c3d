import { type Cipher, checkUsable } from "../cipher.js";
import { BlindtallyError } from "../errors.js";
import { Keyset } from "../keyset.js";
import type { Properties, PropertyPolicies } from "./events.js";
import { type GroupReport, type GroupRow, readGroups } from "./groups.js";
import { createFields, type EncryptedProperties, type Fields } from "./properties.js";

/** What is encrypted of events, and for what. */
export interface EventCipherOptions {
  /** What the tokens belong to; see `Keyset.cipher`. Default `["event"]`, and for a scope its own. */
  readonly context?: string | readonly string[] | undefined;
  /** How many names, and values of each deterministic field, are remembered with their tokens. Default 1000. */
  readonly cacheSize?: number | undefined;
  /** What is sent of each property. One that is not named here is dropped. */
  readonly properties?: PropertyPolicies | undefined;
}

/** An event as it travels. */
export interface EncryptedEvent {
  readonly event: string;
  readonly properties?: EncryptedProperties;
}

/** Encrypts whole events, name and properties, for a program that sends them its own way; a client does so by itself. */
export interface EventCipher {
  /**
   * The token of a name, and what is to be sent of its properties.
   *
   * @throws BlindtallyError `bad-name`, `bad-property`, or `bad-argument` for properties that are no object.
   */
  encryptEvent(name: string, properties?: Properties): EncryptedEvent;

  /** What is to be sent of properties; `undefined` if that is nothing. @throws as {@link EventCipher.encryptEvent}. */
  encryptProperties(properties: Properties | undefined): EncryptedProperties | undefined;

  /**
   * Reads counts grouped by a field. Of a clear field the values are taken as they are; of any other, tokens of both kinds
   * are read, whether or not the field has a policy here.
   *
   * @throws BlindtallyError `bad-response` for what is no list of rows, `bad-count` or `count-overflow`, with the `index`;
   * `bad-argument` for what names no field, `out-of-scope` for a scope.
   */
  decryptGroups(field: string, rows: Iterable<GroupRow>): GroupReport;

  /** Wipes the derived keys. Later use throws `disposed`. */
  dispose(): void;

  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * A cipher for events with properties.
 *
 * @example
 * ```ts
 * const events = createEventCipher(keyset, { properties: { ward: "deterministic", note: "randomized" } });
 * const { event, properties } = events.encryptEvent("dose.missed", { ward: "7b", note: "asleep" });
 * ```
 * @throws BlindtallyError `bad-argument`; `bad-context`, also for a context of more than 6 labels if a property is encrypted;
 * `out-of-scope` for a scope if one is.
 */
export function createEventCipher(keyset: Keyset, options?: EventCipherOptions): EventCipher {
  const { cipher, fields, readGroups, dispose } = openEventKeys(keyset, options);
  return {
    encryptEvent(name, properties) {
      const event = cipher.encrypt(name);
      const encrypted = fields.encrypt(properties);
      return encrypted ? { event, properties: encrypted } : { event };
    },
    encryptProperties: fields.encrypt,
    decryptGroups: readGroups,
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** The keys of events and of their fields; for this folder only. */
export interface EventKeys {
  readonly cipher: Cipher;
  readonly fields: Fields;
  /** Throws what reading by this field would. */
  checkField(field: string): void;
  readGroups(field: string, rows: Iterable<GroupRow>): GroupReport;
  dispose(): void;
}

/** What {@link createEventCipher} is made of; for this folder only. */
export function openEventKeys(
  keyset: Keyset,
  { context, cacheSize, properties }: EventCipherOptions = {},
): EventKeys {
  if (!(keyset instanceof Keyset))
    throw new BlindtallyError(
      "bad-argument",
      "events are encrypted with a Keyset of this copy of the package",
    );
  const cipher = keyset.cipher(context, { cacheSize });
  const fields = createFields(keyset, cipher.context, properties, cacheSize);
  const checkField = (field: string) => {
    // First: a field that is only read gets its cipher there, and nothing would take that away again.
    checkUsable(cipher);
    fields.check(field);
  };
  return {
    cipher,
    fields,
    checkField,
    readGroups(field, rows) {
      checkField(field);
      return readGroups(
        rows,
        (token) => cipher.decrypt(token),
        (value) => fields.open(field, value),
      );
    },
    dispose() {
      cipher.dispose();
      fields.dispose();
    },
  };
}
