import type { SlotInfo } from "blindtally/sealed";
import { printable } from "./text.js";

/** A way to open a file, in words: `a passphrase "office"`. */
export function describeSlot(slot: SlotInfo): string {
  const label = slot.label === undefined ? "" : ` "${printable(slot.label)}"`;
  return `${kindOf(slot)}${label}`;
}

/** What else is to be known of it. */
export function detailsOf(slot: SlotInfo): string {
  switch (slot.kind) {
    case "passphrase":
      return `Argon2id, ${slot.memoryKiB} KiB, ${slot.passes} passes, ${slot.lanes} ${slot.lanes === 1 ? "lane" : "lanes"}`;
    case "passkey":
      return `of ${slot.rpId}`;
    case "recovery":
      return `any ${slot.threshold} of ${slot.shares} shares`;
    case "wrapper":
      return `key store ${slot.name}`;
    case "raw":
      return "32 bytes";
  }
}

/** Slots as lines of a table. */
export function slotTable(slots: readonly SlotInfo[]): string {
  return slots
    .map((slot) => {
      const label = slot.label === undefined ? "" : `  "${printable(slot.label)}"`;
      return `${slot.id}  ${slot.kind.padEnd(10)}  ${detailsOf(slot)}${label}`;
    })
    .join("\n");
}

function kindOf(slot: SlotInfo): string {
  switch (slot.kind) {
    case "passphrase":
      return "a passphrase";
    case "raw":
      return "a key-encryption key";
    case "passkey":
      return "a passkey";
    case "recovery":
      return `any ${slot.threshold} of ${slot.shares} recovery shares`;
    case "wrapper":
      return `the key store ${slot.name}`;
  }
}
