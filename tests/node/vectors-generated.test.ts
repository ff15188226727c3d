/** The vectors of parts 2 and 3 of SPEC.md are what their generator makes, and what others make of them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { bech32m } from "@scure/base";
import { combine } from "shamir-secret-sharing";

const VECTORS = new URL("../../vectors/", import.meta.url);
const { files } = (await import(new URL("generate/index.mjs", VECTORS).href)) as {
  files(): Record<string, string>;
};

interface Cases {
  valid: { case: string }[];
  invalid: { case: string; expect: string }[];
}

interface Randomized {
  valid: { case: string; context: string[]; text: string; nonce: string; key_id: string; token: string }[];
}

interface Shares {
  sets: { case: string; threshold: number; kek: string; shares: string[] }[];
}

describe("the vectors of keysets, sealed files, shares, randomized tokens and properties", () => {
  it("are what their generator makes, byte for byte", () => {
    const made = files();
    assert.deepEqual(Object.keys(made).sort(), [
      "br1.json",
      "keysets.json",
      "properties.json",
      "sealed.json",
      "shares.json",
    ]);
    for (const [name, text] of Object.entries(made)) assert.ok(text === read(name), `${name} differs`);
  });

  it("have a name of their own for each case", () => {
    for (const name of ["keysets.json", "sealed.json", "br1.json", "properties.json"]) {
      const { valid, invalid } = parsed<Cases>(name);
      const names = [...valid, ...invalid].map((vector) => vector.case);
      assert.equal(new Set(names).size, names.length, name);
      for (const { case: fault, expect } of invalid) assert.ok(/^[a-z]+_\w+$/.test(fault) && expect, fault);
    }
  });

  it("give every refusal that a reader of these formats knows", () => {
    const refusals = ["keysets.json", "sealed.json", "shares.json"].flatMap((name) =>
      parsed<Cases>(name).invalid.map(({ expect }) => expect),
    );
    assert.deepEqual([...new Set(refusals)].sort(), [
      "bad-key",
      "bad-keyset",
      "bad-keyset-file",
      "bad-parameters",
      "bad-passphrase",
      "bad-share",
      "cannot-open",
      "duplicate-key",
      "duplicate-share",
      "key-check",
      "mixed-shares",
      "rollback",
      "too-few-shares",
      "unknown-slot",
    ]);
  });

  it("are as many in part 3 as SPEC.md says, and the token that it shows is one of them", () => {
    const spec = readFileSync(new URL("../../SPEC.md", VECTORS), "utf8").replace(/\s+/g, " ");
    const [randomized, properties] = ["br1.json", "properties.json"].map((name) => parsed<Cases>(name));
    const [, ...stated] =
      /holds (\d+) randomized tokens for given nonces, and (\d+) refusals; `\S+` holds (\d+) values, their texts, contexts and tokens, and (\d+) values that are refused/.exec(
        spec,
      ) ?? [];
    assert.deepEqual(
      stated.map(Number),
      [randomized, properties].flatMap((file) => [file?.valid.length, file?.invalid.length]),
    );
    const shown = parsed<Randomized>("br1.json").valid.find(
      ({ case: name }) => name === "context_event_known",
    );
    assert.ok(shown && spec.includes(`\`${shown.nonce}\` give \`\`\`text ${shown.token} \`\`\``));
    assert.ok(spec.includes(`in the context \`event\`, the text \`${shown.text}\``));
    assert.deepEqual([shown.context, shown.key_id], [["event"], "0ef13b40"]);
  });

  it("give another implementation of Shamir's scheme the same keys", async () => {
    for (const { threshold, kek, shares } of parsed<Shares>("shares.json").sets) {
      for (const chosen of [shares.slice(0, threshold), shares.slice(-threshold).reverse()])
        assert.equal(Buffer.from(await combine(chosen.map(inItsLayout))).toString("hex"), kek);
    }
  });
});

/** The values, then the place they are at. */
function inItsLayout(share: string): Uint8Array {
  const content = bech32m.fromWords(bech32m.decode(share as `bts1${string}`).words);
  return Uint8Array.of(...content.subarray(7), content[6] as number);
}

function read(name: string): string {
  return readFileSync(new URL(name, VECTORS), "utf8");
}

function parsed<File>(name: string): File {
  return JSON.parse(read(name)) as File;
}
