// Every public name of what keeps keys, as a TypeScript program uses it. Compiled against the installed package, never
// run.

import {
  type GenerateOptions,
  type KeyInfo,
  Keyset,
  type LockOptions,
  type LockReason,
  type Time,
} from "blindtally";
import {
  exportKeyset,
  exportKeysetText,
  type ImportOptions,
  importKeyset,
  importKeysetText,
  importRootKey,
} from "blindtally/hazard";
import {
  Keyring,
  type KeyringEntry,
  type NewUnlock,
  type Protection,
  type UnlockedKeys,
  type UnlockSecret,
} from "blindtally/keyring";
import { type PasskeyOptions, passkey } from "blindtally/passkey";
import {
  type CreateOptions,
  describeShare,
  initSealing,
  KeysetFile,
  type KeyWrapper,
  type NewPasskey,
  type NewSlot,
  type OpenOptions,
  type Passkey,
  type PasskeyOutput,
  type PasskeyRequest,
  type PasskeySlot,
  type PassphraseCost,
  type PassphraseSlot,
  type RawSlot,
  type RecoverySlot,
  recoverySheet,
  type Secret,
  type ShareInfo,
  type SheetOptions,
  type SlotInfo,
  type WrapContext,
  type WrapperSlot,
} from "blindtally/sealed";
import {
  createKeysetFile,
  openKeysetFile,
  type SeenOptions,
  type StoredKeyset,
  type StoreOptions,
} from "blindtally/store";

export function lifecycle(now: Time): readonly KeyInfo[] {
  const options: GenerateOptions = { now, rotateAfterDays: 90 };
  const keyset = Keyset.generate(options);
  const id: string = keyset.rotate(new Date());
  const due: string | undefined = keyset.rotateIfDue(now);
  keyset.destroy(due ?? id);
  const scope: Keyset = keyset.scope(["acme", "event"]);
  const record: Uint8Array = exportKeyset(scope);
  const text: string = exportKeysetText(importKeyset(record));
  const created: ImportOptions = { now };
  importRootKey(new Uint8Array(32), importKeysetText(text), created);
  const reasons: LockReason[] = [];
  const locks: LockOptions = { lockAfterIdle: false, onLock: (reason) => void reasons.push(reason) };
  keyset.autoLock(locks);
  const when: Date | undefined = keyset.locksAt;
  keyset.lock();
  return when === undefined && keyset.locked ? [] : keyset.keys;
}

export async function sealing(raw: Uint8Array, wrapper: KeyWrapper): Promise<string> {
  await initSealing(new URL("https://a.example/sealing.wasm"));
  const cost: PassphraseCost = { memoryKiB: 131_072 };
  const created: CreateOptions = { after: 3 };
  const file: KeysetFile = await KeysetFile.create(Keyset.generate(), created);
  const slots: NewSlot[] = [
    { passphrase: "...", cost, label: "staff" },
    { raw },
    { passkey: somePasskey },
    { recovery: { threshold: 2, shares: 3 } },
    { wrapper },
  ];
  for (const slot of slots) await file.addSlot(slot);
  const { slot, shares = [] } = await file.addSlot({ recovery: { threshold: 2, shares: 3 } });
  const secrets: Secret[] = [
    { passphrase: "..." },
    { raw, slot: slot.id },
    { passkey: passkey() },
    { shares },
    { wrapper },
  ];
  const options: OpenOptions = { minRevision: 1, lockAfterIdle: 60_000 };
  const text: string = file.seal();
  for (const secret of secrets) using(await KeysetFile.open(text, secret, options));
  const { revision }: { revision: number } = await KeysetFile.rehearse(text, shares);
  const info: ShareInfo = describeShare(shares[0] ?? "");
  const sheet: SheetOptions = { share: shares[0] ?? "", holder: `holder ${info.index}`, created: new Date() };
  const keyset: Keyset = file.reopen(text);
  keyset.rotate();
  // @ts-expect-error made by create() and open() only
  new KeysetFile();
  // @ts-expect-error a secret has one kind
  await KeysetFile.open(text, { label: "x" });
  return `${recoverySheet(sheet)}${revision}`;
}

export async function slots(text: string): Promise<string[]> {
  const found: SlotInfo[] = await KeysetFile.inspect(text);
  return found.map((slot): string => {
    switch (slot.kind) {
      case "passphrase":
        return told(slot);
      case "passkey": {
        const { rpId }: PasskeySlot = slot;
        return rpId;
      }
      case "recovery": {
        const { threshold, shares }: RecoverySlot = slot;
        return `${threshold} of ${shares}`;
      }
      case "wrapper": {
        const { name }: WrapperSlot = slot;
        return name;
      }
      default: {
        const { label = "" }: RawSlot = slot;
        return label;
      }
    }
  });
}

export async function storing(path: string, file: KeysetFile): Promise<Keyset> {
  const seen: SeenOptions = { seenFile: "/elsewhere/seen" };
  (await createKeysetFile(path, file, seen)).dispose();
  const options: StoreOptions = { ...seen, lockAfterIdle: false };
  const stored: StoredKeyset = await openKeysetFile(path, { passphrase: "..." }, options);
  stored.keyset.rotate();
  await stored.save();
  const newer: boolean = await stored.reload();
  await stored.replace(newer ? stored.file : file);
  using({ [Symbol.dispose]: () => stored[Symbol.dispose]() });
  return stored.keyset;
}

export async function keyring(keyset: Keyset): Promise<string> {
  const ring: Keyring = await Keyring.open();
  const unlock: NewUnlock[] = [{ passphrase: "..." }, { passkey: somePasskey }];
  const protection: Protection = "device";
  await ring.store("staff", keyset, { unlock });
  await ring.store("device", keyset, { protection });
  const secret: UnlockSecret = { passphrase: "..." };
  const keys: UnlockedKeys = await ring.unlock("staff", secret, { lockOnPageHide: true });
  const scope: Keyset = await keys.scope("event");
  const entries: KeyringEntry[] = await ring.list();
  ring.close();
  return `${entries.length} ${scope.primaryKeyId}`;
}

const options: PasskeyOptions = { rpName: "Keys", timeoutMs: 60_000 };
const real: Passkey = passkey(options);

const somePasskey: Passkey = {
  async create(prfInput: Uint8Array): Promise<NewPasskey> {
    return real.create(prfInput);
  },
  async evaluate(requests: readonly PasskeyRequest[]): Promise<PasskeyOutput> {
    return real.evaluate(requests);
  },
};

export const store: KeyWrapper = {
  name: "a-store",
  async generate(context: WrapContext) {
    return { kek: new Uint8Array(32), blob: new TextEncoder().encode(JSON.stringify(context)) };
  },
  unwrap: async () => new Uint8Array(32),
};

const told = ({ memoryKiB, passes, lanes, id }: PassphraseSlot): string =>
  `${id} ${memoryKiB} ${passes} ${lanes}`;

function using(value: { [Symbol.dispose](): void }): void {
  value[Symbol.dispose]();
}
