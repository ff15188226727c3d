// Where the bytes of keys are seen, and where not.

import { argon2id } from "@noble/hashes/argon2.js";
import type { Passkey } from "blindtally/passkey";
import { equal, ok } from "../../suite/check.js";
import {
  type Bytes,
  type Claim,
  COST,
  hex,
  ownPasskey,
  random,
  rawEntry,
  rejects,
  sampleKeyset,
  withKeyring,
} from "./bench.js";
import { contextKeys, inCore, inSealing, watchRecords } from "./memory.js";

export const secretCases: Claim[] = [
  {
    claim: "nothing in the database holds a root key or the entry key, as bytes or as text",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { keyset, roots } = sampleKeyset();
        const passkey = ownPasskey();
        const drawn: Bytes[] = [];
        const stop = watchRandom(drawn);
        try {
          await keyring.store("staff", keyset, { unlock: [{ passkey }] });
          await keyring.store("device", keyset, { protection: "device" });
        } finally {
          stop();
        }
        // The entry keys are the only draws of 32 bytes, one for each storing; they were wiped in place.
        const entryKeys = drawn.filter(({ length }) => length === 32);
        equal(entryKeys.length, 2);
        const texts = [];
        for (const name of ["staff", "device"]) texts.push(...textsOf(await rawEntry(database, name)));
        ok(texts.length > 5 && texts.some((text) => text.includes("rotateAfterDays")), "there is a dump");
        for (const secret of [...roots, ...entryKeys]) {
          for (const form of formsOf(secret))
            ok(!texts.some((text) => text.includes(form)), "not in the dump");
        }
      }),
  },
  {
    claim:
      "keys that IndexedDB gives back under the protection device give no bytes: not exported, not wrapped, not as JWK",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { keyset } = sampleKeyset();
        await keyring.store("device", keyset, { protection: "device" });
        const { roots } = await rawEntry(database, "device");
        equal(roots.length, 3);
        const wrapping = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["wrapKey"]);
        for (const key of roots as CryptoKey[]) {
          equal([key.extractable, key.algorithm.name, key.usages], [false, "HKDF", ["deriveBits"]]);
          ok(!structuredClone(key).extractable, "nor does a clone");
          const aes = { name: "AES-GCM", iv: new Uint8Array(12) };
          for (const attempt of [
            () => crypto.subtle.exportKey("raw", key),
            () => crypto.subtle.exportKey("jwk", key),
            () => crypto.subtle.wrapKey("raw", key, wrapping, aes),
          ]) {
            const outcome = await attempt().then(
              () => "exported",
              (error) => error.name,
            );
            ok(outcome === "InvalidAccessError" || outcome === "NotSupportedError", `refused: ${outcome}`);
          }
        }
      }),
  },
  {
    claim:
      "unlocking passes no root key and no entry key through JavaScript or wasm; only keys of contexts come out",
    run: () =>
      withKeyring(async (keyring) => {
        const { keyset, roots } = sampleKeyset();
        const passkey = ownPasskey();
        const drawn: Bytes[] = [];
        const stopDraws = watchRandom(drawn);
        await keyring.store("staff", keyset, { unlock: [{ passkey }] });
        stopDraws();
        keyset.dispose();
        const seen: string[] = [];
        const keys: CryptoKey[] = [];
        const stop = watchSubtle(seen, (result) => void (result instanceof CryptoKey && keys.push(result)));
        const unlocked = await keyring.unlock("staff", { passkey });
        const scope = await unlocked.scope("event");
        stop();
        ok(
          seen.some((bytes) => bytes.includes(hex(contextKeys(roots[2] as Bytes, "event")))),
          "K || N is seen",
        );
        ok(keys.length >= 6 && keys.every(({ extractable }) => !extractable), "no key gives its bytes");
        for (const secret of [...roots, ...drawn.filter(({ length }) => length === 32)]) {
          ok(!seen.some((bytes) => bytes.includes(hex(secret))), "no root key or entry key is seen");
          equal(await inCore(secret), false, "nor in wasm memory");
        }
        ok(await inCore(contextKeys(roots[2] as Bytes, "event")), "the scan finds the scope's keys");
        equal(await inCore(contextKeys(roots[2] as Bytes, "other")), false);
        scope.dispose();
        unlocked.dispose();
      }),
  },
  {
    claim:
      "after lock() no wasm memory holds a root key, the entry key, a key of a context, the passphrase or what it became",
    run: () =>
      withKeyring(async (keyring, database) => {
        const { keyset, roots } = sampleKeyset();
        const passphrase = "correct horse battery staple";
        const drawn: Bytes[] = [];
        const stop = watchRandom(drawn);
        await keyring.store("staff", keyset, { unlock: [{ passphrase, cost: COST }] });
        stop();
        ok(await inCore(roots[2] as Bytes), "the scan finds a root key of a keyset in use");
        keyset.dispose();

        const unlocked = await keyring.unlock("staff", { passphrase });
        const scope = await unlocked.scope();
        const cipher = scope.cipher();
        cipher.decrypt(cipher.encrypt("name"));
        const contextKey = contextKeys(roots[2] as Bytes, "event");
        ok(await inCore(contextKey), "the scan finds the keys of a scope in use");
        unlocked.lock();

        const salt = JSON.parse((await rawEntry(database, "staff")).head).unlocks[0].salt;
        const stretched = argon2id(passphrase, bytesOf(salt), {
          t: COST.passes,
          m: COST.memoryKiB,
          p: COST.lanes,
        });
        const text = new TextEncoder().encode(passphrase);
        const entryKeys = drawn.filter(({ length }) => length === 32);
        equal(entryKeys.length, 1);
        const secrets: Uint8Array[] = [...roots, ...entryKeys, text, stretched];
        for (const root of roots) secrets.push(contextKeys(root, "event"));
        for (const secret of secrets) equal([await inCore(secret), await inSealing(secret)], [false, false]);
      }),
  },
  {
    claim:
      "buffers in which keys pass through JavaScript are wiped: when storing, when unlocking, and when a scope is made",
    run: () =>
      withKeyring(async (keyring) => {
        const { keyset } = sampleKeyset();
        const buffers: Uint8Array[] = [];
        const own = ownPasskey();
        // The same passkey, whose outputs are kept in sight.
        const passkey: typeof own = {
          create: async (input) => noted(await own.create(input)),
          evaluate: async (requests) => noted(await own.evaluate(requests)),
        };
        const noted = <T extends { output: Uint8Array }>(given: T): T => {
          buffers.push(given.output);
          return given;
        };
        const stop = [
          watchRecords(buffers),
          watchDraws((into) => void (into.length === 32 && buffers.push(into))),
          watchSubtle([], (result) => {
            if (result instanceof ArrayBuffer && result.byteLength === 44)
              buffers.push(new Uint8Array(result));
          }),
        ];
        try {
          await keyring.store("staff", keyset, { unlock: [{ passkey }] });
          // The record, the output of the passkey, the entry key.
          equal(buffers.length, 3);
          const unlocked = await keyring.unlock("staff", { passkey });
          await unlocked.scope();
          // The output again, K || N of three keys, and the record of the scope.
          equal(buffers.length, 8);
          unlocked.dispose();
        } finally {
          for (const end of stop) end();
        }
        for (const buffer of buffers)
          ok(buffer.length >= 32 && buffer.every((byte) => byte === 0), "it is wiped");
      }),
  },
  {
    claim:
      "what a passkey gives is refused unless it is 32 bytes and not all zero: when storing and when unlocking",
    run: () =>
      withKeyring(async (keyring) => {
        const { keyset } = sampleKeyset();
        const own = ownPasskey();
        await keyring.store("staff", keyset, { unlock: [{ passkey: own }] });
        for (const make of [
          () => new Uint8Array(),
          () => random(5),
          () => new Uint8Array(32),
          () => random(33),
        ]) {
          const output = make();
          const passkey = withOutput(own, output);
          await rejects(keyring.store("staff", keyset, { unlock: [{ passkey }] }), "bad-key");
          ok(
            output.every((byte) => byte === 0),
            "it is wiped when storing",
          );
          const again = make();
          await rejects(keyring.unlock("staff", { passkey: withOutput(own, again) }), "bad-key");
          ok(
            again.every((byte) => byte === 0),
            "it is wiped when unlocking",
          );
        }
        for (const output of ["x".repeat(32), undefined, null] as never[]) {
          const passkey = withOutput(own, output);
          await rejects(keyring.store("staff", keyset, { unlock: [{ passkey }] }), "bad-key");
          await rejects(keyring.unlock("staff", { passkey }), "bad-key");
        }
        equal((await keyring.list())[0]?.revision, 1);
        (await keyring.unlock("staff", { passkey: own })).dispose();
      }),
  },
  {
    claim: "what a passkey gave is wiped also where its domain or its id cannot be stored",
    run: () =>
      withKeyring(async (keyring) => {
        const { keyset } = sampleKeyset();
        for (const wrong of [{ rpId: "Keys.example" }, { credentialId: new Uint8Array(1024) }]) {
          const output = random(32);
          const made = { rpId: "localhost", credentialId: random(16), output, ...wrong };
          const passkey = { ...ownPasskey(), create: async () => made };
          await rejects(keyring.store("staff", keyset, { unlock: [{ passkey }] }), "bad-argument");
          ok(
            output.every((byte) => byte === 0),
            "it is wiped",
          );
        }
        equal(await keyring.list(), []);
      }),
  },
  {
    claim: "neither keyring nor unlocked keys show a key when they are printed, and errors hold no secret",
    run: () =>
      withKeyring(async (keyring) => {
        const { keyset, roots } = sampleKeyset();
        const passphrase = "correct horse battery staple";
        await keyring.store("staff", keyset, { unlock: [{ passphrase, cost: COST }] });
        const unlocked = await keyring.unlock("staff", { passphrase });
        const error = await keyring.unlock("staff", { passphrase: `${passphrase}!` }).catch((error) => error);
        const shown = [JSON.stringify(unlocked), JSON.stringify(keyring), String(error), String(error.stack)];
        shown.push(JSON.stringify(error), JSON.stringify(await keyring.list()));
        for (const text of shown) {
          ok(!text.includes("correct horse"), "no passphrase");
          for (const form of roots.flatMap(formsOf)) ok(!text.includes(form), "no key");
        }
        ok(shown[0]?.includes(unlocked.keys[0]?.id ?? "?") === true, "ids are shown");
        unlocked.dispose();
      }),
  },
];

/** The same passkey, but for what it gives. */
const withOutput = (own: Passkey, output: Uint8Array): Passkey => ({
  create: async (input) => ({ ...(await own.create(input)), output }),
  evaluate: async (requests) => ({ ...(await own.evaluate(requests)), output }),
});

/** Copies whatever is drawn at random, before it is used and wiped. */
const watchRandom = (drawn: Bytes[]) => watchDraws((into) => void drawn.push(Uint8Array.from(into)));

function watchDraws(note: (into: Bytes) => void): () => void {
  const original = crypto.getRandomValues;
  crypto.getRandomValues = ((into: Bytes) => {
    original.call(crypto, into);
    note(into);
    return into;
  }) as typeof original;
  return () => {
    crypto.getRandomValues = original;
  };
}

/** Notes all bytes that go to the browser's cryptography or come from it, in hexadecimal. */
function watchSubtle(seen: string[], note: (result: unknown) => void = () => {}): () => void {
  const subtle = crypto.subtle as unknown as Record<string, unknown>;
  const names = [
    "importKey",
    "unwrapKey",
    "wrapKey",
    "deriveBits",
    "deriveKey",
    "encrypt",
    "decrypt",
    "exportKey",
  ];
  for (const name of names) {
    const original = subtle[name] as (...args: unknown[]) => Promise<unknown>;
    subtle[name] = async (...args: unknown[]) => {
      seen.push(...args.flatMap(bytesIn));
      const result = await original.apply(crypto.subtle, args);
      seen.push(...bytesIn(result));
      note(result);
      return result;
    };
  }
  return () => {
    // What was set on the object hid what its prototype has.
    for (const name of names) delete subtle[name];
  };
}

function bytesIn(value: unknown): string[] {
  if (value instanceof ArrayBuffer) return [hex(new Uint8Array(value))];
  if (ArrayBuffer.isView(value)) {
    return [hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))];
  }
  if (typeof value !== "object" || value === null || value instanceof CryptoKey) return [];
  return Object.values(value).flatMap(bytesIn);
}

/** Every text and every byte of an entry, bytes in hexadecimal, and base64url inside texts so as well. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") {
    const decoded = value.match(/[\w-]{22,}/g) ?? [];
    return [value, ...decoded.filter((text) => text.length % 4 !== 1).map((text) => hex(bytesOf(text)))];
  }
  if (typeof value !== "object" || value === null || value instanceof CryptoKey)
    return [JSON.stringify(value)];
  return value instanceof Uint8Array ? [hex(value)] : Object.values(value).flatMap(textsOf);
}

/** How a secret could be written. */
function formsOf(secret: Uint8Array): string[] {
  const base64 = btoa(String.fromCharCode(...secret));
  return [hex(secret), base64, base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")];
}

function bytesOf(base64url: string): Bytes {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
