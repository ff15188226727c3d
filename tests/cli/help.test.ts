import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Bench } from "./support/cli.js";

const OPENING =
  "passphrase-file passphrase-stdin passphrase-fd kek-file kms-key shares-file ask-shares show-typing slot";
const NEW = "passphrase-file passphrase-stdin passphrase-fd kek-file kms-key label cost";
const MORE = "new-passphrase-file new-passphrase new-passphrase-fd new-kek-file new-kms-key label cost";
const FORMAT = "json field csv column delimiter header no-header skip-missing";
const DATA = "in out force";

/** Every command and every option that its help has to explain. */
const COMMANDS: Readonly<Record<string, string>> = {
  keygen: `keyset rotate-after json ${NEW}`,
  import: `keyset from rotate-after json ${NEW}`,
  inspect: `keyset open json ${OPENING}`,
  rotate: `keyset if-due rotate-after json ${OPENING}`,
  promote: `keyset json ${OPENING}`,
  disable: `keyset json ${OPENING}`,
  enable: `keyset json ${OPENING}`,
  destroy: `keyset yes json ${OPENING}`,
  "slot list": "keyset json",
  "slot add": `keyset json ${OPENING} ${MORE}`,
  "slot remove": `keyset json ${OPENING}`,
  rekey: `keyset json ${OPENING} ${MORE}`,
  "recover split": `keyset json threshold shares out sheets holder label opens ${OPENING}`,
  "recover rehearse": "keyset json shares-file ask-shares show-typing",
  "recover combine": `keyset json shares-file ask-shares show-typing ${MORE}`,
  "recover sheet": "shares-file out holder label opens",
  scope: `keyset context out raw i-understand json ${OPENING} ${MORE}`,
  export: `keyset out form i-understand ${OPENING}`,
  encrypt: `keyset context ${OPENING} ${DATA} ${FORMAT}`,
  decrypt: `keyset context ${OPENING} ${DATA} ${FORMAT} keep-unreadable`,
  results: `keyset context ${OPENING} ${DATA} unreadable from to json sort token-field count-field delimiter header no-header`,
  rewrap: `keyset context ${OPENING} ${DATA} ${FORMAT} keep-unreadable`,
  tokens: `keyset context ${OPENING} ${DATA} json`,
};

const EXIT_CODES = ["0", "1", "2", "3", "4", "5", "130"];

describe("the help", () => {
  it("lists every command, and the exit codes", async (t) => {
    const bench = new Bench(t);
    const { code, stdout } = await bench.run(["--help"]);
    assert.equal(code, 0);
    const section = stdout.slice(stdout.indexOf("Commands:"), stdout.indexOf("\n\n`"));
    const listed = [...section.matchAll(/^ {2}(\w+(?: \w+)?) {2,}\S/gm)].map(([, name]) => name);
    assert.deepEqual(listed, Object.keys(COMMANDS));
    assert.deepEqual(exitCodesIn(stdout), EXIT_CODES);
    assert.equal((await bench.run(["help"])).stdout, stdout);
  });

  for (const [command, options] of Object.entries(COMMANDS)) {
    it(`of ${command} explains every option it has, and no other`, async (t) => {
      const bench = new Bench(t);
      const { code, stdout, stderr } = await bench.run([...command.split(" "), "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^Usage: blindtally ${command} .+\n\n[A-Z]`));
      const explained = [
        ...stdout.matchAll(/^ {2}(?:-\w,| {3}) --([a-z-]+)(?: [A-Z]+(?:[_,][A-Z]+)*)? {2,}\S/gm),
      ];
      assert.deepEqual(
        explained.map(([, name]) => name).sort(),
        [...new Set(`${options} quiet help`.split(" "))].sort(),
      );
      assert.match(stdout, new RegExp(`\nExamples:\n {2}(?:.*\\| )?blindtally ${command} `));
      assert.deepEqual(exitCodesIn(stdout), EXIT_CODES);
      const widest = Math.max(...stdout.split("\n").map((line) => line.length));
      assert.ok(widest <= 120, `a line has ${widest} characters`);
    });
  }
});

const exitCodesIn = (text: string): (string | undefined)[] =>
  [...text.slice(text.indexOf("Exit codes:")).matchAll(/^ {2}(\d+) +\S/gm)].map(([, code]) => code);
