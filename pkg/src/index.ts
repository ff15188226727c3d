// What every entry exports, beside its own `init`.

export type { Cipher, CipherOptions } from "./cipher.js";
export { type Client, type ClientOptions, createClient } from "./client.js";
export { BlindtallyError, type ErrorCode, type ErrorDetails, isBlindtallyError } from "./errors.js";
export type { WasmSource } from "./instance.js";
export { type GenerateOptions, Keyset } from "./keyset.js";
export type { LockOptions, LockReason } from "./lock.js";
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
