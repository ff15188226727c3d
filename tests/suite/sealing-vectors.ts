// Every case of tests/vectors/sealed.json and shares.json through the JavaScript face.

import type { SlotInfo } from "blindtally/sealed";
import { equal } from "./check.js";
import {
  eachRefused,
  fromBase64url,
  hexOf,
  type SealedVectors,
  type SealingCase,
  type SealingLib,
  secretOf,
} from "./sealing-check.js";

export const sealingVectorCases: SealingCase[] = [
  {
    claim:
      "every valid sealed file opens with each of its secrets, as the revision and the record that it holds",
    async run(lib) {
      for (const vector of lib.files.valid) {
        for (const secret of vector.secrets) {
          const minRevision = vector.min_revision;
          const file = await lib.sealed.KeysetFile.open(vector.text, secretOf(vector.text, secret), {
            minRevision,
          });
          const what = `${vector.case}, ${secret.kind}`;
          equal(file.revision, vector.revision, what);
          equal(hexOf(lib.hazard.exportKeyset(file.keyset)), vector.record, what);
          agree(file.slots, vector, what);
          file.dispose();
        }
      }
    },
  },
  {
    claim: "the slots of every valid sealed file are told without a secret",
    async run(lib) {
      for (const vector of lib.files.valid) {
        agree(await lib.sealed.KeysetFile.inspect(vector.text), vector, vector.case);
      }
    },
  },
  {
    claim: "every invalid sealed file is refused with its code",
    run: (lib) =>
      eachRefused(
        lib,
        lib.files.invalid.map(({ case: name, text, growth = 0, secret, min_revision, expect }) => ({
          name,
          code: expect,
          act: () => {
            const grown = growth ? `${text.slice(0, -1)}${"A".repeat(growth)}\n` : text;
            const options = min_revision === undefined ? {} : { minRevision: min_revision };
            return lib.sealed.KeysetFile.open(grown, secretOf(grown, secret), options);
          },
        })),
      ),
  },
  {
    claim: "every reading of a set of shares opens its file, and a rehearsal of it succeeds",
    async run(lib) {
      for (const { case: name, set, shares } of lib.sets.readings) {
        const { file: text, revision, record, set_id } = setOf(lib, set);
        const file = await lib.sealed.KeysetFile.open(text, { shares });
        equal([file.revision, hexOf(lib.hazard.exportKeyset(file.keyset))], [revision, record], name);
        file.dispose();
        equal(await lib.sealed.KeysetFile.rehearse(text, shares), { slot: set_id, revision }, name);
      }
    },
  },
  {
    claim: "every invalid set of shares is refused with its code and position, by a rehearsal as well",
    async run(lib) {
      const cases = lib.sets.invalid.map(({ case: name, set, shares, expect, position }) => ({
        name,
        code: expect,
        ...(position === null ? {} : { index: position }),
        text: setOf(lib, set).file,
        shares,
      }));
      const { KeysetFile } = lib.sealed;
      await eachRefused(
        lib,
        cases.map((one) => ({ ...one, act: () => KeysetFile.open(one.text, one) })),
      );
      await eachRefused(
        lib,
        cases.map((one) => ({ ...one, act: () => KeysetFile.rehearse(one.text, one.shares) })),
      );
    },
  },
  {
    claim: "every share of the vectors says what set it is of and which it is",
    run(lib) {
      for (const { set_id, threshold, of, shares } of lib.sets.sets) {
        shares.forEach((share, at) => {
          const info = { setId: set_id, threshold, shares: of, index: at + 1 };
          equal(lib.sealed.describeShare(share), info, share);
          equal(lib.sealed.describeShare(` ${share.toUpperCase()}\n`), info, share);
        });
      }
    },
  },
  {
    claim: "the text of a bad share says nothing of itself but `bad-share`",
    run: (lib) =>
      eachRefused(
        lib,
        lib.sets.invalid
          .filter(({ expect }) => expect === "bad-share")
          .map(({ case: name, shares, position }) => ({
            name,
            code: "bad-share",
            act: async () => lib.sealed.describeShare(shares[position as number] as string),
          })),
      ),
  },
];

/** There is a slot for each line, and each that the vector describes is told like that. */
function agree(slots: readonly SlotInfo[], vector: SealedVectors["valid"][number], what: string): void {
  equal(slots.length, vector.text.split("\n").filter((line) => line.startsWith("slot ")).length, what);
  for (const slot of vector.slots) {
    equal(
      slots.find(({ id }) => id === slot.id),
      described(slot),
      what,
    );
  }
}

type VectorSlot = SealedVectors["valid"][number]["slots"][number];

/** A slot of a vector, as the package tells it. */
function described({ id, kind, label, arguments: args }: VectorSlot): SlotInfo {
  const slot = { id, label: label ?? undefined };
  const [first = "", second = "", third = ""] = args;
  switch (kind) {
    case "passphrase":
      return { ...slot, kind, memoryKiB: Number(first), passes: Number(second), lanes: Number(third) };
    case "passkey":
      return { ...slot, kind, rpId: String.fromCharCode(...fromBase64url(first)), credentialId: second };
    case "recovery":
      return { ...slot, kind, threshold: Number(first), shares: Number(second) };
    case "wrapper":
      return { ...slot, kind, name: first };
    default:
      return { ...slot, kind };
  }
}

function setOf(lib: SealingLib, name: string) {
  const found = lib.sets.sets.find((set) => set.case === name);
  if (!found) throw new Error(`there is no set ${name}`);
  return found;
}
