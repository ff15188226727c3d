// What tests ask of a page: all cases at once, or single steps between which they do something to the browser.

import * as main from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { Keyring, type NewUnlock, type UnlockedKeys, type UnlockSecret } from "blindtally/keyring";
import { passkey } from "blindtally/passkey";
import { KeysetFile, type SlotInfo } from "blindtally/sealed";
import { alteredCases } from "./cases/altered.js";
import { COST, hex, type RawEntry, rawEntry } from "./cases/bench.js";
import { lockingCases } from "./cases/locking.js";
import { secretCases } from "./cases/secrets.js";
import { storedCases } from "./cases/stored.js";

/** The outcome of a case: no message where it holds. */
export interface Outcome {
  readonly claim: string;
  readonly message?: string;
}

/** An entry as text, for tests outside the page. */
export interface EntryText {
  readonly name: string;
  readonly head: string;
  readonly seal: string;
  readonly roots: readonly string[];
}

export type Steps = typeof allSteps;

declare global {
  var steps: Steps | undefined;
}

/** What is unlocked, until the page is loaded anew. */
let unlocked: UnlockedKeys | undefined;
let scope: main.Keyset | undefined;
let file: KeysetFile | undefined;
const reasons: string[] = [];

/** How long a prompt waits that nobody answers. */
const PROMPT_MS = 3_000;

/** The ways that tests name by a word, or by a passphrase. */
const secretOf = (word: string): UnlockSecret =>
  word === "passkey" ? { passkey: passkey({ timeoutMs: PROMPT_MS }) } : { passphrase: word };

/** The code of what is refused, or `none`. */
async function codeOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return "none";
  } catch (error) {
    return main.isBlindtallyError(error) ? error.code : String(error);
  }
}

const allSteps = {
  /** Runs every case. */
  async cases(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const { claim, run } of [...storedCases, ...alteredCases, ...secretCases, ...lockingCases]) {
      try {
        await run();
        outcomes.push({ claim });
      } catch (error) {
        outcomes.push({ claim, message: String((error as Error).stack ?? error) });
      }
    }
    return outcomes;
  },
  /** Stores a keyset of these root keys, the first one primary. */
  async store(name: string, roots: number[][], ways: string[]): Promise<string> {
    const keyring = await Keyring.open();
    const [first, ...others] = roots.map((root) => Uint8Array.from(root));
    const keyset = importRootKey(first as Uint8Array, undefined, { now: 1_700_000_000_000 });
    for (const root of others) importRootKey(root, keyset);
    const unlock = ways
      .map(secretOf)
      .map((way): NewUnlock => ("passkey" in way ? way : { ...way, cost: COST }));
    const options = ways.includes("device") ? { protection: "device" as const } : { unlock };
    const code = await codeOf(() => keyring.store(name, keyset, options));
    keyset.dispose();
    for (const root of [first, ...others]) root?.fill(0);
    keyring.close();
    return code;
  },
  async unlock(name: string, word?: string): Promise<string> {
    const keyring = await Keyring.open();
    const code = await codeOf(async () => {
      const onLock = (reason: string) => void reasons.push(reason);
      unlocked = await keyring.unlock(name, word === undefined ? undefined : secretOf(word), { onLock });
      scope = await unlocked.scope();
    });
    keyring.close();
    return code;
  },
  /** Decrypts in the default context, or gives the code of the refusal. */
  async decrypt(token: string): Promise<string> {
    let name = "";
    const code = await codeOf(async () => {
      name = scope?.cipher().decrypt(token) ?? "nothing is unlocked";
    });
    return code === "none" ? name : code;
  },
  async encrypt(name: string): Promise<string> {
    return scope?.cipher().encrypt(name) ?? "nothing is unlocked";
  },
  /** Begins a sealed file of this root key, which a passphrase opens. */
  async begin(root: number[], passphrase: string): Promise<void> {
    file = await KeysetFile.create(importRootKey(Uint8Array.from(root)));
    await file.addSlot({ passphrase, cost: COST });
  },
  /** Adds a passkey to the file; of this domain, or of the page's own. */
  async addPasskey(label: string, rpId?: string): Promise<string> {
    const options = { timeoutMs: PROMPT_MS, userName: label };
    const made = passkey(rpId === undefined ? options : { ...options, rpId });
    return codeOf(async () => file?.addSlot({ label, passkey: made }));
  },
  /** The slots of the file and its revision. */
  async file(): Promise<{ slots: SlotInfo[]; revision: number }> {
    return { slots: file?.slots ?? [], revision: file?.revision ?? 0 };
  },
  async seal(): Promise<string> {
    return file?.seal() ?? "there is no file";
  },
  /** Opens a sealed file, by one slot if it is named. */
  async open(text: string, word: string, slot?: string): Promise<string> {
    file?.dispose();
    file = scope = undefined;
    return codeOf(async () => {
      file = await KeysetFile.open(text, { ...secretOf(word), ...(slot === undefined ? {} : { slot }) });
      scope = file.keyset;
    });
  },
  async lock(): Promise<void> {
    unlocked?.lock();
  },
  /** Whether what was unlocked is locked, `null` if nothing was; and why. */
  async state(): Promise<{ locked: boolean | null; reasons: string[] }> {
    return { locked: unlocked?.locked ?? null, reasons };
  },
  async list(): Promise<{ name: string; unlocks: string[]; keyIds: string[] }[]> {
    const keyring = await Keyring.open();
    const entries = await keyring.list();
    keyring.close();
    return entries.map(({ name, unlocks, keys }) => ({
      name,
      unlocks: unlocks.map(({ kind }) => kind),
      keyIds: keys.map(({ id }) => id),
    }));
  },
  async dump(name: string): Promise<EntryText> {
    const { head, seal, roots }: RawEntry = await rawEntry("blindtally-keyring", name);
    return { name, head, seal: hex(seal), roots: roots.map((root) => hex(root as Uint8Array)) };
  },
};

await main.init();
globalThis.steps = allSteps;
