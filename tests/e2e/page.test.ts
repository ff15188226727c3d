import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { freePort } from "../services/support/ports.js";
import { accessibilityFaults } from "./support/accessibility.js";
import { BenchPage } from "./support/bench-page.js";
import { visit } from "./support/browser.js";
import { deploy, servePage } from "./support/deployment.js";

const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

test("the page comes with a strict policy, as a header and in itself, and with headers that isolate it", async (t) => {
  const { url } = await servePage(t, { api: await freePort(), proxy: await freePort() });
  const answer = await fetch(url);
  assert.deepEqual(answer.headers.get("content-security-policy")?.split("; "), [
    ...POLICY,
    "frame-ancestors 'none'",
  ]);
  const markup = await answer.text();
  const [, inPage = ""] = /<meta http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(markup) ?? [];
  assert.deepEqual(inPage.replaceAll("&#39;", "'").split("; "), POLICY);
  assert.deepEqual(
    ["x-content-type-options", "referrer-policy", "x-frame-options", "cross-origin-opener-policy"].map(
      (name) => answer.headers.get(name),
    ),
    ["nosniff", "no-referrer", "DENY", "same-origin"],
  );
  assert.equal((await fetch(new URL("no-such-page", url))).status, 404);
});

test("the built page has no inline script or style and no address but its own", async () => {
  const www = dirname(createRequire(import.meta.url).resolve("blindtally-www/package.json"));
  const markup = await readFile(join(www, "dist", "index.html"), "utf8");
  assert.doesNotMatch(markup, /<style|\sstyle=|\son\w+=|javascript:/i);
  for (const [script = ""] of markup.matchAll(/<script[^>]*>/g)) assert.match(script, / src="\.\//);
  const outside = markup.matchAll(/\s(?:src|href)="([^"]*)"/g);
  for (const [, address = ""] of outside) assert.match(address, /^(?:\.\/|#)/);
});

test("a request under a foreign host name is refused, so that no other site can read through the page's server", async (t) => {
  const { url } = await deploy(t);
  for (const path of ["", "api/results", "proxy/results"]) {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(new URL(path, url), { headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.once("error", reject).end();
    });
    assert.equal(status, 403, `/${path}`);
  }
});

test("no request leaves the origin, the policy is never violated and the console stays silent", async (t) => {
  const { url } = await deploy(t);
  const visitor = await visit(t);
  const everywhere: string[] = [];
  visitor.context.on("request", (request) => everywhere.push(request.url()));
  const bench = await BenchPage.open(visitor, url);
  for (const way of ["clear", "proxy", "sdk"] as const) {
    await bench.choose(way);
    await bench.runExample();
    await bench.send("medication.missed");
  }
  await bench.press("Generate a second key");
  await bench.press("Use another keyset");
  await bench.press("Read the results again");
  assert.ok(
    everywhere.some((address) => address.endsWith(".wasm")),
    "the requests were seen",
  );
  assert.deepEqual([...new Set(everywhere.map((address) => new URL(address).origin))], [new URL(url).origin]);
  assert.deepEqual(bench.faults, []);
});

test("the policy is in force: a violation would have been seen", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  await bench.page.evaluate(() => {
    const script = document.createElement("style");
    script.textContent = "body { color: red }";
    document.head.append(script);
  });
  await bench.page.waitForFunction(() => getComputedStyle(document.body).color !== "rgb(255, 0, 0)");
  assert.ok(
    bench.faults.some(({ kind, text }) => kind === "policy" && text === "style-src-elem inline"),
    JSON.stringify(bench.faults),
  );
  const refused = await bench.page.evaluate(() => {
    try {
      document.body.innerHTML = "<b>markup</b>";
      return "";
    } catch (error) {
      return String(error);
    }
  });
  assert.match(refused, /TrustedHTML/);
});

test("the whole of the bench works by keyboard alone", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  const { keyboard } = bench.page;
  const focused = () =>
    bench.page.evaluate(() => {
      const element = document.activeElement;
      const style =
        element === null
          ? undefined
          : getComputedStyle(
              element.matches(".way input") ? (element.nextElementSibling ?? element) : element,
            );
      return {
        text: element?.textContent?.trim() ?? "",
        id: element?.id ?? "",
        outline: style?.outlineStyle ?? "",
      };
    });
  /** Moves on until the element with this text or id has the focus, as someone without a pointer does. */
  const tabTo = async (wanted: string): Promise<void> => {
    for (let step = 0; step < 60; step++) {
      await keyboard.press("Tab");
      const { text, id, outline } = await focused();
      if (text !== "" || id !== "") assert.equal(outline, "solid", `the focus shows on ${id || text}`);
      if (text === wanted || id === wanted) return;
    }
    assert.fail(`${wanted} is out of reach`);
  };

  await tabTo("Skip to the bench");
  await keyboard.press("Enter");
  await tabTo("way-sdk");
  await keyboard.press("ArrowRight");
  await bench.settled();
  assert.equal((await focused()).id, "way-proxy");
  await keyboard.press("ArrowLeft");
  await bench.settled();
  await tabTo("run-example");
  await keyboard.press("Enter");
  await bench.settled();
  await tabTo("name");
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("secret-event-b");
  await keyboard.press("Enter");
  await bench.settled();
  assert.deepEqual(await bench.counts(), [
    ["secret-event-a", 3],
    ["secret-event-b", 3],
  ]);
  await tabTo("generate-key");
  await keyboard.press("Space");
  const [, second = ""] = await bench.keyIds();
  await bench.page.getByRole("link", { name: "Try it" }).focus();
  await tabTo(`Make primary key ${second}`);
  await keyboard.press("Enter");
  assert.equal((await bench.keyIds())[0], second);
  assert.equal((await focused()).id, "keys", "the focus stays where the button was");
});

test("every control, table and landmark has a name, and what happens is announced", async (t) => {
  const { url } = await deploy(t);
  const bench = await BenchPage.open(await visit(t), url);
  const { page } = bench;
  await bench.runExample();
  await bench.press("Use another keyset");

  for (const role of ["banner", "main", "contentinfo"] as const)
    assert.equal(await page.getByRole(role).count(), 1);
  assert.equal(await page.getByRole("navigation", { name: "On this page" }).count(), 1);
  for (const name of ["Your code says", "The wire carries", "The vendor stores", "You read"]) {
    assert.equal(await page.getByRole("region", { name, exact: true }).count(), 1, name);
  }
  const snapshot = await page.locator("body").ariaSnapshot();
  assert.match(snapshot, /- group "How to send":/);
  assert.match(snapshot, /- combobox "Or one event by name"/);
  for (const role of [
    "button",
    "radio",
    "link",
    "table",
    "combobox",
    "textbox",
    "region",
    "navigation",
    "heading",
  ]) {
    assert.doesNotMatch(snapshot, new RegExp(`- ${role}(?::|$| \\[)`, "m"), `a ${role} without a name`);
  }
  const levels = await page
    .locator("h1, h2, h3, h4")
    .evaluateAll((headings) =>
      headings.filter((it) => it.checkVisibility()).map((it) => Number(it.tagName[1])),
    );
  assert.equal(levels[0], 1);
  for (const [index, level] of levels.entries()) {
    assert.ok(level <= (levels[index - 1] ?? 1) + 1, `heading ${index} skips a level`);
  }

  const status = page.getByRole("status");
  assert.equal(await status.textContent(), "Keyset B is in use. The others are kept.");
  await bench.runExample();
  assert.equal(
    await status.textContent(),
    "5 events sent through the SDK. Results: secret-event-a 3, secret-event-b 2. 2 rows could not be read.",
  );
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe-core finds nothing wrong in the ${colorScheme} scheme, contrast included, with or without an error`, async (t) => {
    const deployment = await deploy(t);
    const bench = await BenchPage.open(await visit(t, { colorScheme }), deployment.url);
    for (const way of ["clear", "proxy", "sdk"] as const) {
      await bench.choose(way);
      await bench.runExample();
      await bench.page.locator("summary").evaluateAll((all) => {
        for (const it of all) if (it.parentElement?.matches(":not([open])")) (it as HTMLElement).click();
      });
      assert.deepEqual(await accessibilityFaults(bench.page), [], way);
    }
    await deployment.stopApi();
    await bench.runExample();
    await bench.send("");
    assert.notEqual(await bench.notice(), "");
    assert.deepEqual(await accessibilityFaults(bench.page), [], "with an error");
  });
}

test("text of too little contrast would have been found", async (t) => {
  const { url } = await servePage(t, { api: await freePort(), proxy: await freePort() });
  const { context } = await visit(t);
  const page = await context.newPage();
  await page.goto(url);
  await page
    .locator(".lead")
    .first()
    .evaluate((lead) => lead.style.setProperty("color", "#a0a0a0"));
  assert.equal((await accessibilityFaults(page)).length, 1);
});

for (const width of [360, 768, 1440, 1600]) {
  test(`at ${width} pixels nothing is wider than the page, in any way and with an error`, async (t) => {
    const deployment = await deploy(t);
    const bench = await BenchPage.open(await visit(t, { viewport: { width, height: 800 } }), deployment.url);
    const fits = async (state: string): Promise<void> => {
      assert.equal(await bench.page.evaluate(() => document.documentElement.scrollWidth), width, state);
    };
    await fits("empty");
    for (const way of ["clear", "proxy", "sdk"] as const) {
      await bench.choose(way);
      await bench.runExample();
      await bench.send("w".repeat(239));
      await fits(way);
    }
    await bench.press("Generate a second key");
    await bench.press("Use another keyset");
    await fits("keys");
    await deployment.stopApi();
    await bench.send("w".repeat(239));
    assert.equal(await bench.waiting(), 1);
    await bench.choose("clear");
    await bench.send("w".repeat(239));
    assert.equal((await bench.kept()).length, 1);
    await fits("error");
  });
}
