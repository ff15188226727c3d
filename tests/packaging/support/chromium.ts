// Headless Chromium, where there is one, and what a consumer's page does in it.

import { after, type TestContext } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH } from "../../browser/chromium.js";
import { type Golden, golden } from "./golden.js";

/** What the main module of every page in tests/packaging/consumers shows to these tests. */
export interface Consumer {
  readonly init: (source?: string) => Promise<void>;
  readonly isBlindtallyError: typeof import("blindtally").isBlindtallyError;
  readonly importRootKey: typeof import("blindtally/hazard").importRootKey;
  readonly tokenInWorker?: (golden: Golden) => Promise<string>;
}

let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

/** Opens a page and waits until its modules have run. An uncaught error in it fails the test. */
export async function open(t: TestContext, url: string): Promise<Page> {
  browser ??= chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGUMENTS });
  const context = await (await browser).newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const failed = new Promise<never>((_, reject) => page.on("pageerror", reject));
  // The load event comes after modules have run.
  await Promise.race([page.goto(url), failed]);
  return page;
}

/** Calls `init()` so many times at once, then as often again; gives back the code of each call. */
export function initCodes(page: Page, times: number, source?: string): Promise<string[]> {
  return page.evaluate(
    async ({ times, source }) => {
      const { init, isBlindtallyError } = (globalThis as unknown as { consumer: Consumer }).consumer;
      const codeOf = async () => {
        try {
          await init(source);
          return "no error";
        } catch (error) {
          return isBlindtallyError(error) ? error.code : String(error);
        }
      };
      const together = await Promise.all(Array.from({ length: times }, codeOf));
      for (let call = 0; call < times; call += 1) together.push(await codeOf());
      return together;
    },
    { times, source },
  );
}

/** The token that the page makes of the golden vector, or the code of the error it gets instead. */
export function goldenToken(page: Page): Promise<string> {
  return page.evaluate((golden) => {
    const { importRootKey, isBlindtallyError } = (globalThis as unknown as { consumer: Consumer }).consumer;
    try {
      return importRootKey(Uint8Array.from(golden.root)).cipher(golden.context).encrypt(golden.name);
    } catch (error) {
      return isBlindtallyError(error) ? error.code : String(error);
    }
  }, golden);
}

/** The token that the page's worker makes of the golden vector. */
export function goldenTokenInWorker(page: Page): Promise<string> {
  return page.evaluate((golden) => {
    const { tokenInWorker } = (globalThis as unknown as { consumer: Consumer }).consumer;
    if (!tokenInWorker) throw new Error("this page has no worker");
    return tokenInWorker(golden);
  }, golden);
}
