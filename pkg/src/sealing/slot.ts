// The slots of a sealed file: what may be told of them, and what their lines say.

import { BlindtallyError } from "../errors.js";
import { utf8Length } from "../text.js";
import { fromBase64url, toBase64url } from "./base64url.js";

/** What every slot has. */
interface AnySlot {
  /** Its id, eight hexadecimal digits. */
  readonly id: string;
  /** What it was called when it was added. Whoever has the file can read it. */
  readonly label: string | undefined;
}

/** A slot that a passphrase opens, and what each guess of it costs. */
export interface PassphraseSlot extends AnySlot {
  readonly kind: "passphrase";
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** A slot that 32 bytes open, which the caller keeps. */
export interface RawSlot extends AnySlot {
  readonly kind: "raw";
}

/** A slot that a passkey opens. */
export interface PasskeySlot extends AnySlot {
  readonly kind: "passkey";
  /** The domain of the passkey. */
  readonly rpId: string;
  /** The id of the passkey, in base64url. */
  readonly credentialId: string;
}

/** A slot that recovery shares open. Its id is the set id on the sheets. */
export interface RecoverySlot extends AnySlot {
  readonly kind: "recovery";
  /** How many shares open it. */
  readonly threshold: number;
  /** How many there are. */
  readonly shares: number;
}

/** A slot that a key store opens. */
export interface WrapperSlot extends AnySlot {
  readonly kind: "wrapper";
  /** The name of the key store. */
  readonly name: string;
}

/** What may be told of a slot; none of it is secret. */
export type SlotInfo = PassphraseSlot | RawSlot | PasskeySlot | RecoverySlot | WrapperSlot;

/** The kinds of slots, by the number under which the binding knows each. */
export const SLOT_KINDS = ["passphrase", "raw", "passkey", "recovery", "wrapper"] as const;

/** A slot's line up to its check, in parts. */
export interface SlotHead {
  readonly kind: string;
  /** In base64url. */
  readonly salt: string;
  readonly label: string;
  readonly args: readonly string[];
}

/** The heads of a file's slots, as the binding gives them: joined by line feeds. */
export function readHeads(joined: string): SlotHead[] {
  const lines = joined === "" ? [] : joined.split("\n");
  return lines.map((line) => {
    const [, kind, salt, label, ...args] = line.split(" ") as [string, string, string, string, ...string[]];
    return { kind, salt, label, args };
  });
}

/** A head as its line begins. */
export function writeHead({ kind, salt, label, args }: SlotHead): string {
  return ["slot", kind, salt, label, ...args].join(" ");
}

/** The id of a slot: the first four bytes of its salt. */
export function slotIdOf({ salt }: SlotHead): string {
  return Array.from(fromBase64url(salt).subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** What may be told of a slot. */
export function describeSlot(head: SlotHead): SlotInfo {
  const label = head.label === "-" ? undefined : decoder.decode(fromBase64url(head.label));
  const slot = { id: slotIdOf(head), label };
  const [first = "", second = "", third = ""] = head.args;
  switch (head.kind) {
    case "passphrase":
      return {
        ...slot,
        kind: "passphrase",
        memoryKiB: Number(first),
        passes: Number(second),
        lanes: Number(third),
      };
    case "passkey":
      return {
        ...slot,
        kind: "passkey",
        rpId: decoder.decode(fromBase64url(first)),
        credentialId: second,
      };
    case "recovery":
      return { ...slot, kind: "recovery", threshold: Number(first), shares: Number(second) };
    case "wrapper":
      return { ...slot, kind: "wrapper", name: first };
    default:
      return { ...slot, kind: "raw" };
  }
}

/** A label as it stands in a line. */
export function writeLabel(label: unknown): string {
  if (label === undefined) return "-";
  const length = typeof label === "string" && label.length <= 64 ? utf8Length(label) : 0;
  if (length >= 1 && length <= 64 && !DECEPTIVE.test(label as string)) {
    return toBase64url(encoder.encode(label as string));
  }
  const message =
    "a slot's label has 1 to 64 bytes of well-formed UTF-8, without control characters and changes of direction";
  throw new BlindtallyError("bad-argument", message);
}

/** The domain of a passkey as it stands in a line. */
export function writeDomain(rpId: unknown): string {
  if (typeof rpId === "string" && /^[a-z0-9.-]{1,253}$/.test(rpId)) return toBase64url(encoder.encode(rpId));
  const message = "the domain of a passkey has 1 to 253 of the characters a-z, 0-9, dot and hyphen";
  throw new BlindtallyError("bad-argument", message);
}

/** The id of a passkey as it stands in a line. */
export function writeCredential(id: unknown): string {
  if (id instanceof Uint8Array && id.length >= 1 && id.length <= 1023) return toBase64url(id);
  throw new BlindtallyError("bad-argument", "the id of a passkey has 1 to 1023 bytes");
}

/** What would make a list of slots look like another one: it is shown to people, and anyone could have written it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const DECEPTIVE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const encoder = new TextEncoder();
// A label may begin with a byte order mark, which is a character like any other here.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
