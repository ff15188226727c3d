// What passphrase slots may cost, alone and together.

import { equal, refusedLater } from "./check.js";
import { FLOOR, randomKey, rawFile, type SealingCase, secretOf, type VectorSecret } from "./sealing-check.js";

export const costCases: SealingCase[] = [
  {
    claim: "a cost outside its limits is refused before it is computed",
    async run(lib) {
      const { file } = await rawFile(lib);
      const costs = [
        { memoryKiB: 19455 },
        { memoryKiB: 262145 },
        { passes: 1 },
        { passes: 17 },
        { lanes: 0 },
        { lanes: 5 },
        { memoryKiB: 19456.5 },
        { passes: Number.NaN },
        { lanes: -1 },
        { memoryKiB: "65536" as never },
      ];
      for (const cost of costs) {
        await refusedLater(
          lib,
          file.addSlot({ passphrase: "x", cost: { ...FLOOR, ...cost } }),
          "bad-parameters",
        );
      }
      equal(file.slots.length, 1);
    },
  },
  {
    claim: "a passphrase is not added when trying it with the others would cost more than a reader accepts",
    async run(lib) {
      const { KeysetFile } = lib.sealed;
      const vector = lib.files.valid.find((valid) => valid.case === "costs_at_the_limit");
      const { text, secrets } = vector as (typeof lib.files.valid)[number];
      // Its first slot is cheap, and opens it; the other one asks for all that is left.
      const secret = secretOf(text, secrets[0] as VectorSecret);
      const file = await KeysetFile.open(text, secret);
      equal(file.slots.length, 2);
      const another = { passphrase: "one too many", cost: FLOOR };
      await refusedLater(lib, file.addSlot(another), "bad-parameters");
      const raw = randomKey();
      await file.addSlot({ raw });
      const written = file.seal();
      equal((await KeysetFile.open(written, secret)).slots.length, 3);
      file.removeSlot(file.slots[1]?.id as string);
      await file.addSlot(another);
      equal((await KeysetFile.open(file.seal(), another)).slots.length, 3);
    },
  },
];
