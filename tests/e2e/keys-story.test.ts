// What somebody does who has never seen this before, from the first key to the lost passphrase: with the command line,
// a proxy and a page that really run.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../services/support/folders.js";
import { results } from "../services/support/http.js";
import { until } from "../services/support/until.js";
import { BenchPage } from "./support/bench-page.js";
import { visit } from "./support/browser.js";
import { blindtally, type Ended } from "./support/command-line.js";
import { type Deployment, deploy } from "./support/deployment.js";

test("from a new sealed keyset over two rotations to a lost passphrase and back, and no count is ever lost", async (t) => {
  const story = await Story.begin(t);
  await t.test("make a sealed keyset with a passphrase", () => story.makeKeyset());
  await t.test("hand out three recovery shares of which two open it, and rehearse", () =>
    story.handOutShares(),
  );
  await t.test("run the proxy and the page on it", () => story.run(t));
  await t.test("log events through the proxy and through the page", () => story.logEvents());
  for (const time of [1, 2]) {
    await t.test(`rotate while all runs, time ${time}: both read the same totals and go on counting`, () =>
      story.rotate(),
    );
  }
  await t.test("lose the passphrase", () => story.losePassphrase());
  await t.test("recover with two shares and set a new passphrase", () => story.recover());
  await t.test("the old passphrase does not open the file any more", () => story.refuseOldPassphrase());
  await t.test("run the proxy and the page with the new passphrase: the totals are the same", () =>
    story.runAgain(t),
  );
});

/** What there is at each point of the story. */
class Story {
  readonly #folder: string;
  #deployment: Deployment | undefined;
  #page: BenchPage | undefined;
  /** How often the example was run through the proxy and the page together. */
  #runs = 0;
  #revision = 0;
  #oldSlot = "";

  static async begin(t: TestContext): Promise<Story> {
    return new Story(await temporaryFolder(t));
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  async makeKeyset(): Promise<void> {
    await this.#write("passphrase", randomBytes(18).toString("base64url"));
    await this.#cli("keygen", "-k", "team.keyset", "--passphrase-file", "passphrase", "--label", "first");
    assert.equal((await stat(this.#path("team.keyset"))).mode & 0o777, 0o600);
    const [slot, ...others] = await this.#slots();
    assert.deepEqual([slot?.kind, slot?.label, others], ["passphrase", "first", []]);
    this.#oldSlot = slot?.id ?? "";
  }

  async handOutShares(): Promise<void> {
    const split = ["--threshold", "2", "--shares", "3", "--out", "shares", "--sheets"];
    await this.#cli("recover", "split", "-k", "team.keyset", "--passphrase-file", "passphrase", ...split);
    const files = await readdir(this.#path("shares"));
    assert.deepEqual(files.filter((name) => name.endsWith(".txt")).sort(), [
      "share-1-of-3.txt",
      "share-2-of-3.txt",
      "share-3-of-3.txt",
    ]);
    assert.equal(files.filter((name) => name.endsWith(".html")).length, 3, "a sheet for each to print");
    for (const pair of [
      [1, 2],
      [1, 3],
      [3, 2],
    ]) {
      await this.#cli(
        "recover",
        "rehearse",
        "-k",
        "team.keyset",
        ...pair.flatMap((index) => this.#share(index)),
      );
    }
    const alone = await this.#try("recover", "rehearse", "-k", "team.keyset", ...this.#share(2));
    assert.notEqual(alone.code, 0);
    assert.match(alone.stderr, /too-few-shares/);
  }

  async run(t: TestContext): Promise<void> {
    // Not of the step: they are to run on when it has ended.
    this.#deployment = await deploy(t, this.#proxyKeys("passphrase"));
    this.#page = await BenchPage.open(await visit(t), this.#deployment.url);
    await this.#openInPage();
    await this.#bench().unlock(await this.#read("passphrase"));
    assert.equal((await this.#bench().file()).state, "Unlocked.");
    this.#revision = 2;
  }

  async logEvents(): Promise<void> {
    await this.#runExamples();
    await this.#assertTotals();
  }

  async rotate(): Promise<void> {
    await this.#cli("rotate", "-k", "team.keyset", "--passphrase-file", "passphrase");
    await this.#proxyHasNext();
    await this.#openInPage();
    assert.match((await this.#bench().file()).what, new RegExp(`revision ${this.#revision}\\.`));
    await this.#assertTotals();
    const before = (await this.#bench().stored()).length;
    await this.#runExamples();
    assert.equal(
      (await this.#bench().stored()).length,
      before + 2,
      "two names have tokens under the new key",
    );
    await this.#assertTotals();
  }

  async losePassphrase(): Promise<void> {
    const lost = await this.#read("passphrase");
    await rm(this.#path("passphrase"));
    await this.#write("remembered-later", lost);
    // Whoever runs goes on; whoever would open the file cannot.
    await this.#assertTotals();
    await this.#write("guess", "it began with an s");
    const guessed = await this.#try("inspect", "-k", "team.keyset", "--passphrase-file", "guess");
    assert.deepEqual([guessed.code, /cannot-open/.test(guessed.stderr)], [3, true]);
  }

  async recover(): Promise<void> {
    await this.#write("new-passphrase", randomBytes(18).toString("base64url"));
    const shares = [...this.#share(1), ...this.#share(3)];
    const added = ["--new-passphrase-file", "new-passphrase", "--label", "second"];
    await this.#cli("recover", "combine", "-k", "team.keyset", ...shares, ...added);
    await this.#proxyHasNext();
    const slots = await this.#slots();
    assert.deepEqual(slots.map(({ label }) => label ?? "").sort(), ["", "first", "second"]);
  }

  async refuseOldPassphrase(): Promise<void> {
    const old = ["inspect", "-k", "team.keyset", "--passphrase-file", "remembered-later"];
    assert.equal((await this.#try(...old)).code, 0, "its slot is still there");
    const opening = ["--passphrase-file", "new-passphrase"];
    await this.#cli("slot", "remove", "-k", "team.keyset", ...opening, this.#oldSlot);
    await this.#proxyHasNext();
    const refused = await this.#try(...old);
    assert.deepEqual([refused.code, /cannot-open/.test(refused.stderr)], [3, true]);
    assert.equal((await this.#slots()).length, 2);
  }

  async runAgain(t: TestContext): Promise<void> {
    const deployment = this.#running();
    await deployment.stopProxy();
    await deployment.startProxy(this.#proxyKeys("new-passphrase"));
    this.#page = await BenchPage.open(await visit(t), deployment.url);
    await this.#openInPage();
    await this.#bench().unlock(await this.#read("remembered-later"));
    assert.match((await this.#bench().file()).fault, /^The file does not open\. /);
    await this.#bench().unlock(await this.#read("new-passphrase"));
    await this.#assertTotals();
    await this.#runExamples();
    await this.#assertTotals();
    for (const file of ["remembered-later", "new-passphrase"])
      assert.ok(!deployment.logs().includes(await this.#read(file)), "no log holds a passphrase");
  }

  /** The example once through the proxy and once through the page's own keys. */
  async #runExamples(): Promise<void> {
    for (const way of ["proxy", "sdk"] as const) {
      await this.#bench().choose(way);
      await this.#bench().runExample();
      this.#runs += 1;
    }
  }

  /** The proxy, asked directly and through the page, and the page's own keys all read what was sent so far. */
  async #assertTotals(): Promise<void> {
    const totals = [
      ["secret-event-a", 3 * this.#runs],
      ["secret-event-b", 2 * this.#runs],
    ];
    for (const way of ["proxy", "sdk"] as const) {
      await this.#bench().choose(way);
      assert.deepEqual(await this.#bench().counts(), totals, way);
      assert.deepEqual(await this.#bench().unreadable(), {}, way);
    }
    assert.deepEqual(await results(new URL("proxy", this.#running().url).href), totals);
  }

  /** Hands the page the file as it is now, as somebody does who chooses it in the dialog. */
  async #openInPage(): Promise<void> {
    await this.#bench().choose("sdk");
    await this.#bench().openFile("team.keyset", await readFile(this.#path("team.keyset"), "utf8"));
  }

  /** Each writing is a revision, which the proxy takes up without being told. */
  async #proxyHasNext(): Promise<void> {
    this.#revision += 1;
    const line = new RegExp(`"revision":${this.#revision},.*"msg":"keyset in use"`);
    await until(`revision ${this.#revision} at the proxy`, () => line.test(this.#running().logs()));
  }

  #proxyKeys(passphraseFile: string): string[] {
    return ["--keyset", this.#path("team.keyset"), "--passphrase-file", this.#path(passphraseFile)];
  }

  #share(index: number): string[] {
    return ["--shares-file", join("shares", `share-${index}-of-3.txt`)];
  }

  async #slots(): Promise<{ id: string; kind: string; label?: string }[]> {
    const { stdout } = await this.#cli("slot", "list", "-k", "team.keyset", "--json");
    return JSON.parse(stdout);
  }

  async #cli(...args: string[]): Promise<Ended> {
    const ended = await this.#try(...args);
    assert.equal(ended.code, 0, `${args.join(" ")}: ${ended.stderr}`);
    return ended;
  }

  #try(...args: string[]): Promise<Ended> {
    return blindtally(this.#folder, ...args);
  }

  #running(): Deployment {
    assert.ok(this.#deployment);
    return this.#deployment;
  }

  #bench(): BenchPage {
    assert.ok(this.#page);
    return this.#page;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  async #write(name: string, secret: string): Promise<void> {
    await writeFile(this.#path(name), `${secret}\n`, { mode: 0o600 });
  }

  async #read(name: string): Promise<string> {
    return (await readFile(this.#path(name), "utf8")).trimEnd();
  }
}
