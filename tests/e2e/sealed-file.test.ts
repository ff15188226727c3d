import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { CHEAP } from "../services/support/keysets.js";
import { accessibilityFaults } from "./support/accessibility.js";
import { opened } from "./support/sealed-page.js";

const ONCE = [
  ["secret-event-a", 3],
  ["secret-event-b", 2],
];
const TWICE = [
  ["secret-event-a", 6],
  ["secret-event-b", 4],
];
const FIVE_MINUTES = 300_000;

test("the module for sealed files is fetched with the first file, and not before", async (t) => {
  const { bench, text } = await opened(t);
  const modules = () => bench.requests.filter((request) => /sealing[^/]*\.wasm$/.test(request.url()));
  await bench.runExample();
  await bench.press("Rotate");
  assert.equal(modules().length, 0);
  await bench.openFile("team.keyset", text);
  assert.equal(modules().length, 1);
  await bench.openFile("other.keyset", text);
  assert.equal(modules().length, 1);
  assert.deepEqual(bench.faults, []);
});

test("a sealed file is unlocked with its passphrase, and its keys with state and age are those of the file", async (t) => {
  const created = Date.now() - 3 * 86_400_000;
  const keyset = Keyset.generate({ now: created, rotateAfterDays: 90 });
  const [oldest, second] = [keyset.primaryKeyId, keyset.rotate(created + 86_400_000)];
  const primary = keyset.rotate();
  keyset.disable(second);
  keyset.destroy(oldest);
  const { bench, text, passphrase } = await opened(t, keyset);
  await bench.openFile("team.keyset", text);
  assert.equal((await bench.file()).what, "team.keyset. Opens with: a passphrase, 2 of 3 recovery shares.");
  assert.equal((await bench.file()).state, "Locked.");
  assert.equal((await bench.file()).why, "It has not been unlocked yet.");
  assert.deepEqual(await bench.keys(), []);
  await bench.unlock(passphrase);
  assert.match((await bench.file()).what, /^team\.keyset, revision 1\. Opens with: /);
  assert.equal((await bench.file()).state, "Unlocked.");
  const keys = await bench.keys();
  assert.deepEqual(keys[0], { id: primary, state: "primary", age: "new" });
  assert.deepEqual(
    keys.slice(1).sort((one, other) => (one.age < other.age ? -1 : 1)),
    [
      { id: second, state: "disabled", age: "2 days old" },
      { id: oldest, state: "destroyed", age: "3 days old" },
    ],
  );
  assert.match((await bench.page.locator("#keys-note").textContent()) ?? "", /every 90 days/);
  await bench.runExample();
  assert.deepEqual(await bench.counts(), ONCE);
  assert.equal(await bench.page.getByLabel("Passphrase of this file").inputValue(), "");
  assert.deepEqual(bench.faults, []);
});

test("a wrong passphrase, another file and an older revision are refused in words, and change nothing", async (t) => {
  const { bench, text, passphrase, file } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock("not it");
  assert.match((await bench.file()).fault, /^The file does not open\. /);
  await bench.unlock("");
  assert.match((await bench.file()).fault, /^That is no passphrase\. /);
  assert.equal((await bench.file()).state, "Locked.");
  await bench.unlock(passphrase);
  assert.equal((await bench.file()).fault, "");

  await bench.openFile("no.keyset", "no keyset");
  assert.match((await bench.file()).fault, /^This is no sealed keyset file\. /);
  file.keyset.rotate();
  await bench.openFile("team.keyset", file.seal());
  await bench.openFile("team.keyset", text);
  assert.match((await bench.file()).fault, /^This file is older than what is in use here\. /);
  assert.match((await bench.file()).what, /revision 2\./);
  assert.equal((await bench.keys()).length, 2);
});

test("a revision that somebody else made is taken without the passphrase, unless changes here would be lost", async (t) => {
  const { bench, text, passphrase, file } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.runExample();
  file.keyset.rotate();
  await bench.openFile("team.keyset", file.seal());
  assert.match((await bench.file()).what, /revision 2\./);
  assert.deepEqual(await bench.counts(), ONCE);
  await bench.runExample();
  assert.deepEqual(await bench.counts(), TWICE);

  const ids = await bench.keyIds();
  await bench.press("Rotate");
  file.keyset.rotate();
  const theirs = file.seal();
  await bench.openFile("team.keyset", theirs);
  assert.match((await bench.file()).fault, /^This tab has changes of the same file that are not saved\. /);
  assert.equal((await bench.keyIds()).length, ids.length + 1);
});

test("a locked file takes its next revision too, and goes back to its own when the other turns out to be older", async (t) => {
  const { bench, text, passphrase, file } = await opened(t);
  file.keyset.rotate();
  const second = file.seal();
  file.keyset.rotate();
  const third = file.seal();
  await bench.openFile("team.keyset", second);
  await bench.unlock(passphrase);
  await bench.press("Lock now");
  await bench.openFile("team.keyset", third);
  assert.deepEqual(await bench.keysets(), ["Keyset A", "team.keyset"]);
  await bench.unlock(passphrase);
  assert.match((await bench.file()).what, /revision 3\./);

  await bench.press("Lock now");
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  assert.match((await bench.file()).fault, /^This file is older than what is in use here\. /);
  await bench.unlock(passphrase);
  assert.match((await bench.file()).what, /revision 3\./);
  assert.equal((await bench.keys()).length, 3);
});

test("two files of one name are told apart, and each is saved under its own name", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  const other = await KeysetFile.create(Keyset.generate());
  t.after(() => other.dispose());
  await other.addSlot({ passphrase, cost: CHEAP });
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.runExample();
  await bench.openFile("team.keyset", other.seal());
  assert.deepEqual(await bench.keysets(), ["Keyset A", "team.keyset", "team.keyset (2)"]);
  await bench.unlock(passphrase);
  assert.deepEqual(await bench.unreadable(), { "unknown-key": { rows: 2, events: 5 } });
  assert.equal((await bench.saveFile()).name, "team.keyset");
  await bench.page.getByRole("radio", { name: "team.keyset", exact: true }).check();
  assert.deepEqual(await bench.counts(), ONCE);
});

test("locking removes keys and names from the page, says so, and unlocking brings the totals back", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.runExample();
  await bench.press("Rotate");
  await bench.press("Lock now");
  assert.equal((await bench.file()).state, "Locked.");
  assert.match((await bench.file()).why, /^You locked it\. .+ nothing to reload: unlock it again/);
  assert.equal((await bench.file()).rest, "");
  assert.deepEqual(await bench.keys(), []);
  assert.ok(!(await bench.page.locator(".columns").innerText()).includes("secret-event"));
  for (const name of ["Run the example", "Send", "Rotate", "Generate another key"]) {
    assert.equal(await bench.page.getByRole("button", { name, exact: true }).isDisabled(), true, name);
  }

  // The rotation was not saved and is not lost: what is unlocked is the newest revision of this tab.
  await bench.unlock(passphrase);
  assert.deepEqual(await bench.counts(), ONCE);
  assert.equal((await bench.keys()).length, 2);
  await bench.runExample();
  assert.deepEqual(await bench.counts(), TWICE);
});

test("a file that is not used locks itself after five minutes; every use begins them anew", async (t) => {
  const { bench, text, passphrase } = await opened(t, Keyset.generate(), async (visitor) => {
    await visitor.context.clock.install();
  });
  const { clock } = bench.page;
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await clock.fastForward(1_000);
  assert.match((await bench.file()).rest, /^Locks itself in 4:5\d if nothing is sent or read\.$/);
  await clock.fastForward(FIVE_MINUTES - 60_000);
  await bench.send("secret-event-a");
  assert.deepEqual(await bench.counts(), [["secret-event-a", 1]]);
  await clock.fastForward(FIVE_MINUTES - 60_000);
  assert.equal((await bench.file()).state, "Unlocked.");
  await clock.fastForward(61_000);
  assert.equal((await bench.file()).state, "Locked.");
  assert.match((await bench.file()).why, /^It was not used for five minutes\. /);
  assert.match(
    (await bench.page.locator("#status").textContent()) ?? "",
    /^team\.keyset is locked\. It was not used for five minutes\.$/,
  );
});

test("a file locks when the page is left", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  assert.equal((await bench.file()).state, "Locked.");
  assert.match((await bench.file()).why, /^The page was left\. /);
});

test("a lock in the middle loses no event: what was not sent waits, and counts after unlocking", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  let posts = 0;
  await bench.page.route("**/api/events", async (route) => {
    posts += 1;
    // Locked while the second of five is on its way.
    if (posts === 2) await bench.page.getByRole("button", { name: "Lock now" }).click();
    await route.continue();
  });
  await bench.runExample();
  assert.deepEqual(await bench.kept(), ["secret-event-a", "secret-event-b", "secret-event-b"]);
  assert.match(await bench.notice(), /^The keyset is locked\. .+ locked$/);
  await bench.press("Try all again");
  assert.equal((await bench.kept()).length, 3, "still locked, still kept");

  await bench.unlock(passphrase);
  await bench.press("Try all again");
  assert.deepEqual(await bench.kept(), []);
  assert.deepEqual(await bench.counts(), ONCE);
});

test("a name typed while locked is refused in words and stays in its field", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  const field = bench.page.getByLabel("Or one event by name");
  await field.fill("medication.missed");
  await field.press("Enter");
  await bench.settled();
  assert.match((await bench.page.locator("#name-fault").textContent()) ?? "", /^The keyset is locked/);
  assert.equal(await field.inputValue(), "medication.missed");
  assert.equal(bench.posted().length, 0);
  await bench.unlock(passphrase);
  assert.equal(await bench.page.locator("#name-fault").textContent(), "");
  await field.press("Enter");
  await bench.settled();
  assert.deepEqual(await bench.counts(), [["medication.missed", 1]]);
});

test("a key is destroyed by two presses, and its rows are then reported as destroyed-key with its id", async (t) => {
  const { bench, text, passphrase } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.runExample();
  const [first = ""] = await bench.keyIds();
  await bench.press("Rotate");
  await bench.press(`Destroy key ${first}`);
  assert.deepEqual(await bench.counts(), ONCE, "one press destroys nothing");
  await bench.press(`Keep key ${first}`);
  await bench.press(`Destroy key ${first}`);
  await bench.press(`Destroy for good key ${first}`);
  assert.deepEqual(await bench.counts(), []);
  assert.deepEqual(await bench.unreadable(), { "destroyed-key": { rows: 2, events: 5 } });
  assert.match((await bench.page.locator(".unread .reason").first().textContent()) ?? "", new RegExp(first));
  assert.deepEqual(
    (await bench.keys()).map(({ state }) => state),
    ["primary", "destroyed"],
  );
});

test("a scope in a sealed file reads and writes its context, and offers no change of its keys", async (t) => {
  const keyset = Keyset.generate();
  const { bench, text, passphrase } = await opened(t, keyset.scope(["acme", "event"]));
  await bench.openFile("acme.keyset", text);
  await bench.unlock(passphrase);
  await bench.runExample();
  assert.deepEqual(await bench.counts(), ONCE);
  const tokens = (await bench.stored()).map(([row]) => row);
  assert.deepEqual(keyset.cipher(["acme", "event"]).decryptAll(tokens), ["secret-event-a", "secret-event-b"]);
  assert.match((await bench.page.locator("#keys-note").textContent()) ?? "", /^A scope: .* acme \/ event /);
  assert.equal(await bench.page.getByRole("button", { name: "Rotate" }).isDisabled(), true);
});

test("file and passphrase leave the tab in no request, and nothing of them is kept in the browser", async (t) => {
  const { bench, text, passphrase, visitor } = await opened(t);
  await bench.openFile("team.keyset", text);
  await bench.unlock(passphrase);
  await bench.press("Rotate");
  await bench.runExample();
  await bench.press("Lock now");
  for (const request of bench.requests) {
    const sent = `${request.url()}\n${request.postData() ?? ""}\n${JSON.stringify(await request.allHeaders())}`;
    for (const secret of [passphrase, encodeURIComponent(passphrase), text.slice(0, 60), text.slice(-100)])
      assert.ok(!sent.includes(secret), request.url());
  }
  const kept = await bench.page.evaluate(async () => [
    ...Object.entries(localStorage),
    ...Object.entries(sessionStorage),
    // The SDK's queue is there, of which leaks.test.ts looks at every record.
    ...(await indexedDB.databases()).filter(({ name }) => name?.startsWith("blindtally-queue ") !== true),
    ...(await caches.keys()),
  ]);
  assert.deepEqual([...(await visitor.context.cookies()), ...kept], []);
  assert.ok(!(await bench.page.content()).includes(passphrase));
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe-core finds nothing wrong with a sealed file in the ${colorScheme} scheme, locked, unlocked, unsaved or refused`, async (t) => {
    const { bench, text, passphrase } = await opened(t, Keyset.generate(), undefined, { colorScheme });
    const faults = async (state: string) =>
      assert.deepEqual(await accessibilityFaults(bench.page), [], state);
    await bench.openFile("team.keyset", text);
    await faults("new");
    await bench.unlock("wrong");
    await faults("refused");
    await bench.unlock(passphrase);
    await faults("unlocked");
    await bench.runExample();
    await bench.press("Rotate");
    await bench.press(/^Destroy key/);
    await faults("unsaved");
    await bench.saveFile();
    await faults("handed over");
    await bench.press("Lock now");
    await faults("locked");
  });
}

for (const width of [360, 768, 1440]) {
  test(`at ${width} pixels a sealed file with a long name makes nothing wider than the page`, async (t) => {
    const viewport = { width, height: 800 };
    const { bench, text, passphrase } = await opened(t, Keyset.generate(), undefined, { viewport });
    const fits = async (state: string): Promise<void> => {
      assert.equal(await bench.page.evaluate(() => document.documentElement.scrollWidth), width, state);
    };
    await bench.openFile(`${"n".repeat(180)}.keyset`, text);
    await fits("new");
    await bench.unlock(passphrase);
    await bench.runExample();
    await bench.press("Rotate");
    await fits("unlocked");
    await bench.saveFile();
    await fits("handed over");
    await bench.press("Lock now");
    await fits("locked");
  });
}
