// The sheet of a recovery share: what stands on it, and that it is one page of paper.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Keyset } from "blindtally";
import { describeShare, KeysetFile, recoverySheet, type SheetOptions } from "blindtally/sealed";
import { type Browser, chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH, whyNoChromium } from "../browser/chromium.js";

const skip = whyNoChromium;
let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

const file = await KeysetFile.create(Keyset.generate());
const { shares = [], slot } = await file.addSlot({ recovery: { threshold: 3, shares: 5 } });
const text = file.seal();
const share = shares[1] as string;
const full: SheetOptions = {
  share,
  holder: "Dr. Wilhelmina von Hohenstaufen-Württemberg, Chief Medical Information Officer",
  opens:
    "the keys of the analytics proxy of St. Elsewhere General Hospital, production, /etc/blindtally/keys.sealed",
  label: "board & notary <2026>",
  created: new Date("2026-03-01T12:00:00Z"),
};

test("a sheet says whose share it is, of which set, which of how many, and how many are needed", {
  skip,
}, async () => {
  const page = await opened(full);
  const shown = (await page.evaluate(() => document.body.innerText)).replace(/\s+/g, " ");
  for (const words of [
    `Recovery share 2 of 5, set ${slot.id}`,
    "any 3 of the 5 shares",
    "2 more must be brought",
    full.holder,
    full.opens,
    "board & notary <2026>",
    "2026-03-01",
    "npx blindtally recover combine",
    "npx blindtally recover rehearse",
  ]) {
    assert.ok(shown.includes(words as string), words);
  }
});

test("the share on a sheet opens the file as it is printed: in groups, line by line", { skip }, async () => {
  const page = await opened(full);
  const lines = await page.locator(".share li").allInnerTexts();
  assert.ok(lines.length > 1);
  assert.ok(lines.every((line) => line.split(" ").every((group) => group.length <= 4)));
  const typed = lines.join("\n");
  assert.deepEqual(describeShare(typed), { setId: slot.id, threshold: 3, shares: 5, index: 2 });
  const others = shares.slice(2, 4);
  assert.equal((await KeysetFile.rehearse(text, [typed.toUpperCase(), ...others])).slot, slot.id);
});

for (const format of ["A4", "Letter"]) {
  test(`a sheet with long words, and one with none, is one page of ${format}`, { skip }, async () => {
    for (const options of [full, { share }]) {
      const page = await opened(options);
      const pdf = (await page.pdf({ format, preferCSSPageSize: false })).toString("latin1");
      assert.deepEqual(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1);
    }
  });
}

test("on paper a sheet is black on white, also where the system is dark", { skip }, async () => {
  const page = await opened(full);
  const colours = () =>
    page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return [color, backgroundColor];
    });
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  const onPaper = await colours();
  await page.emulateMedia({ colorScheme: "light", media: "screen" });
  assert.deepEqual(onPaper, await colours());
  assert.equal(onPaper[1], "rgb(255, 255, 255)");
  await page.emulateMedia({ colorScheme: "dark", media: "screen" });
  assert.notDeepEqual(await colours(), onPaper);
});

test("a sheet loads nothing, runs nothing, and keeps words that look like HTML as words", {
  skip,
}, async () => {
  const attack = `<img src=x onerror="document.title='ran'"><script>document.title='ran'</script>{share}$&`;
  const context = await (await running()).newContext();
  const page = await context.newPage();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.setContent(recoverySheet({ share, holder: attack, label: attack, opens: attack }));
  assert.deepEqual(
    requests.filter((url) => !url.startsWith("about:")),
    [],
  );
  assert.equal(await page.locator("img, script, link, iframe").count(), 0);
  assert.ok((await page.title()).startsWith("Recovery share 2 of 5"));
  assert.equal(await page.locator("td").first().innerText(), attack);
  await context.close();
});

test("the title of a sheet, which browsers keep and print, does not hold the share", () => {
  const html = recoverySheet(full);
  assert.doesNotMatch(/<title>(.*)<\/title>/.exec(html)?.[1] as string, /bts1/);
});

test("a sheet is made of a share alone, and of words and a date that are such", () => {
  const code = (options: unknown) => {
    try {
      return recoverySheet(options as SheetOptions);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const wrong = `${share.slice(0, -1)}${share.endsWith("q") ? "p" : "q"}`;
  for (const bad of [wrong, "", "x", undefined]) assert.equal(code({ share: bad }), "bad-share");
  for (const bad of [
    { holder: 1 },
    { holder: "n".repeat(201) },
    ...["\u202e", "\u2066", "\n", "\u001b", "\u009b"].map((mark) => ({ opens: `a file${mark}` })),
    { label: null },
    { opens: {} },
    { created: new Date(Number.NaN) },
    { created: "today" },
  ]) {
    assert.equal(code({ share, ...bad }), "bad-argument", JSON.stringify(bad));
  }
  assert.ok(code({ share }).includes(new Date().toISOString().slice(0, 10)));
});

function running(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGUMENTS });
  return browser;
}

async function opened(options: SheetOptions) {
  const page = await (await running()).newPage();
  await page.setContent(recoverySheet(options));
  return page;
}
