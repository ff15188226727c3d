// Every case of tests/vectors/keysets.json through the hazard door, and whatever else may be passed there.

import { sha256 } from "@noble/hashes/sha2.js";
import { type Case, equal, firstRoot, type KeysetVector, type Lib, ok, refused, unhex } from "./check.js";
import { hexadecimal } from "./oracle.js";

/** Those that are written out. */
const whole = (lib: Lib) => lib.keysetVectors.valid.filter(({ fillers }) => fillers === undefined);

export const recordCases: Case[] = [
  {
    claim:
      "every valid record and text gives its keys, its policy and its context, and comes out as it went in",
    run(lib) {
      const { importKeyset, importKeysetText, exportKeyset, exportKeysetText } = lib.hazard;
      equal([lib.keysetVectors.valid.length, lib.keysetVectors.invalid.length > 80], [12, true]);
      for (const vector of whole(lib)) {
        for (const keyset of [importKeyset(unhex(vector.record)), importKeysetText(vector.text)]) {
          equal(hexadecimal(exportKeyset(keyset)), vector.record, vector.case);
          equal(exportKeysetText(keyset), vector.text, vector.case);
          equal(keyset.context ?? null, vector.context, vector.case);
          equal(keyset.rotateAfterDays ?? 0, vector.rotate_after_days, vector.case);
          const keys = keyset.keys.map(({ id, status, created }) => {
            return { id, status, created: (created?.getTime() ?? 0) / 1000 };
          });
          equal(
            keys,
            vector.keys.map(({ id, status, created }) => ({ id, status, created })),
            vector.case,
          );
          equal(
            keyset.keys.map(({ primary }) => primary),
            vector.keys.map((_, position) => position === 0),
          );
        }
      }
    },
  },
  {
    claim:
      "every valid record makes and reads the tokens it should, and refuses the rest with its code and key id",
    run(lib) {
      for (const vector of whole(lib)) {
        const keyset = lib.hazard.importKeyset(unhex(vector.record));
        for (const { context, name, tokens } of vector.tokens) {
          const cipher = keyset.cipher(context);
          equal(cipher.encrypt(name), tokens[0], vector.case);
          equal(cipher.tokensFor(name), tokens, vector.case);
          equal(cipher.rewrapAll(tokens), Array(tokens.length).fill(tokens[0]), vector.case);
        }
        for (const { context, token, name, expect, key_id } of vector.rows) {
          const { counts, unreadable } = keyset.cipher(context).decryptResults([[token, 1]]);
          if (name !== undefined) equal([...counts], [[name, 1]], vector.case);
          else
            equal([unreadable[0]?.code, unreadable[0]?.keyId], [expect, key_id], `${vector.case} ${token}`);
        }
        for (const context of vector.out_of_scope ?? [])
          refused(lib, () => keyset.cipher(context), "out-of-scope");
      }
    },
  },
  {
    claim: "every scope of the vectors is exactly what scope() makes of its keyset",
    run(lib) {
      const scopes = whole(lib).filter(({ of }) => of !== undefined);
      ok(scopes.length >= 5, "there are some");
      for (const scope of scopes) {
        const source = lib.keysetVectors.valid.find((vector) => vector.case === scope.of) as KeysetVector;
        const keyset = lib.hazard.importKeyset(unhex(source.record));
        const made = keyset.scope(scope.context as string[]);
        equal(hexadecimal(lib.hazard.exportKeyset(made)), scope.record, scope.case);
      }
    },
  },
  {
    claim: "a record of a thousand keys is read and written whole",
    run(lib) {
      const filled = lib.keysetVectors.valid.filter(({ fillers }) => fillers !== undefined);
      equal(filled.length, 2);
      for (const vector of filled) {
        const record = recordOf(vector);
        equal(hexadecimal(sha256(record)), vector.sha256, "the record that is meant");
        const keyset = lib.hazard.importKeyset(record);
        equal([keyset.keys.length, keyset.context ?? null], [1000, vector.context]);
        equal(hexadecimal(sha256(lib.hazard.exportKeyset(keyset))), vector.sha256);
        const code = vector.context ? "scoped-keyset" : "too-many-keys";
        refused(lib, () => keyset.generateKey(), code);
      }
    },
  },
  {
    claim: "every invalid record and text is refused with its code",
    run(lib) {
      for (const vector of lib.keysetVectors.invalid) {
        try {
          if (vector.text !== undefined) {
            const { text } = vector;
            refused(lib, () => lib.hazard.importKeysetText(text), vector.expect);
          } else refused(lib, () => lib.hazard.importKeyset(recordOf(vector)), vector.expect);
        } catch (error) {
          throw new Error(`${vector.case}: ${(error as Error).message}`);
        }
      }
    },
  },
  {
    claim: "what is no record or text at all is refused, and nothing breaks",
    run(lib) {
      const { importKeyset, importKeysetText, exportKeyset } = lib.hazard;
      const record = exportKeyset(lib.hazard.importRootKey(firstRoot()));
      const detached = record.slice();
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      class Liar extends Uint8Array {
        override get length() {
          return record.length;
        }
      }
      for (const value of [
        detached,
        new Uint8Array(0),
        new Uint8Array(100_001),
        new Uint8Array(50_000_000),
        new Liar(300_000),
        new Liar(3),
        new Proxy(record, {}),
        new Uint16Array(record),
        record.buffer,
        [...record],
        "btk1_",
        { length: 84 },
        null,
        undefined,
        1,
      ]) {
        refused(lib, () => importKeyset(value as Uint8Array), "bad-keyset");
      }
      const text = lib.hazard.exportKeysetText(importKeyset(record));
      const objects = [new String(text), [text], { toString: () => text }, null, undefined, 1];
      for (const value of [...objects, `${text}\n`, ` ${text}`, `btk1_${"A".repeat(10_000_000)}`])
        refused(lib, () => importKeysetText(value as string), "bad-keyset");
      for (const value of [null, undefined, 1, {}, record, Object.create(lib.main.Keyset.prototype)]) {
        refused(lib, () => exportKeyset(value as never), "bad-argument");
        refused(lib, () => lib.hazard.exportKeysetText(value as never), "bad-argument");
      }
      equal(importKeyset(record).primaryKeyId, "0ef13b40");
    },
  },
  {
    claim: "a record is a copy on the way out and on the way in",
    run(lib) {
      const keyset = lib.hazard.importRootKey(firstRoot());
      const record = lib.hazard.exportKeyset(keyset);
      const again = lib.hazard.importKeyset(record);
      record.fill(0);
      equal(lib.hazard.exportRootKeys(again)[0]?.key, firstRoot());
      equal(lib.hazard.exportKeyset(again), lib.hazard.exportKeyset(keyset));
    },
  },
];

/** The bytes of a case, with the entries that are not written out. */
function recordOf({ record = "", fillers = 0 }: { record?: string; fillers?: number }): Uint8Array {
  const head = unhex(record);
  const isScope = head[1] === 2;
  const size = 45 + (isScope ? 44 : 32);
  const whole = new Uint8Array(head.length + fillers * size);
  whole.set(head);
  const view = new DataView(whole.buffer);
  for (let index = 1; index <= fillers; index += 1) {
    const start = head.length + (index - 1) * size;
    whole[start] = 3;
    view.setUint32(start + 9, index);
    for (let word = 0; word < 8 && !isScope; word += 1) view.setUint32(start + 13 + 4 * word, index);
  }
  return whole;
}
