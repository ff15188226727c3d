// What every entry exports, beside its own `init`.

export type { Cipher, CipherOptions } from "./cipher.js";
export { type Client, createClient } from "./client/client.js";
export {
  createEventCipher,
  type EncryptedEvent,
  type EventCipher,
  type EventCipherOptions,
} from "./client/event-cipher.js";
export type {
  BeforeSend,
  EventArguments,
  EventField,
  EventMap,
  EventName,
  EventsLike,
  LoggedEvent,
  OutgoingEvent,
  Properties,
  PropertyPolicies,
  PropertyPolicy,
  PropertyValue,
} from "./client/events.js";
export type { GateOptions } from "./client/gate.js";
export type { GroupReport, GroupRow, UnreadableGroup } from "./client/groups.js";
export type { ClientOptions } from "./client/options.js";
export type { EncryptedProperties } from "./client/properties.js";
export type { RateLimit } from "./client/rate-limit.js";
export type { HeaderFields, TransportOptions } from "./client/transport.js";
export type { ClientStats, Consent, DebugEvent, Drop, DropReason } from "./client/types.js";
export { BlindtallyError, type ErrorCode, type ErrorDetails, isBlindtallyError } from "./errors.js";
export type { WasmSource } from "./instance.js";
export { type GenerateOptions, Keyset } from "./keyset.js";
export type { LockOptions, LockReason } from "./lock.js";
export type { Notice, QueueSource } from "./queue/queue.js";
export type { KeyInfo, KeyStatus } from "./record.js";
export type {
  ResultMap,
  ResultRow,
  Results,
  ResultsOptions,
  ResultsProgress,
  UnreadableCode,
  UnreadableRow,
} from "./results.js";
export type { Time } from "./time.js";
