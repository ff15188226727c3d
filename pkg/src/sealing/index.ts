// What `blindtally/sealed` exports.

export type { WasmSource } from "../instance.js";
export type { LockOptions, LockReason } from "../lock.js";
export type { NewPasskey, Passkey, PasskeyOutput, PasskeyRequest } from "../passkey.js";
export { initSealing } from "./instance.js";
export { type CreateOptions, KeysetFile, type OpenOptions } from "./keyset-file.js";
export type { NewSlot } from "./new-slot.js";
export type { PassphraseCost } from "./passphrase.js";
export type { Secret } from "./secret.js";
export { describeShare, type ShareInfo } from "./share.js";
export { recoverySheet, type SheetOptions } from "./sheet.js";
export type {
  PasskeySlot,
  PassphraseSlot,
  RawSlot,
  RecoverySlot,
  SlotInfo,
  WrapperSlot,
} from "./slot.js";
export type { KeyWrapper, WrapContext } from "./wrapper.js";
