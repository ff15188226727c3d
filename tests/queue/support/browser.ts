// One browser with the tests' page in it.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { WebDriver } from "selenium-webdriver";
import type { TestBrowser } from "../../browser/drivers.js";
import { servePackage } from "../../keyring/support/site.js";
import type { Steps } from "../page.js";

const READY_MS = 60_000;
const STEP_MS = 120_000;

/** A page that is open, in the tab that the driver looks at. */
export interface Visit {
  readonly driver: WebDriver;
  readonly address: string;
  /** Does a step of tests/queue/page.ts in the page, and gives what it gave. */
  step<S extends keyof Steps>(step: S, ...args: Parameters<Steps[S]>): Promise<Awaited<ReturnType<Steps[S]>>>;
  /** Loads the page anew. */
  reload(): Promise<void>;
}

export const servePage = (t: TestContext): Promise<string> => servePackage(t, "/tests/queue/page.js");

export async function visit(t: TestContext, browser: TestBrowser): Promise<Visit> {
  const address = await servePage(t);
  const driver = await browser.open();
  t.after(() => driver.quit());
  return visitWith(driver, address);
}

/** The same with a browser that is open. */
export async function visitWith(driver: WebDriver, address: string): Promise<Visit> {
  await driver.manage().setTimeouts({ script: STEP_MS });
  const reload = async () => {
    await driver.get(address);
    const ready = () => driver.executeScript<boolean>("return globalThis.queueSteps !== undefined");
    await driver.wait(ready, READY_MS, "the page is not ready");
  };
  await reload();
  return {
    driver,
    address,
    reload,
    async step(step, ...args) {
      const script = `
        const [step, args, done] = arguments;
        globalThis.queueSteps[step](...args).then(
          (value) => done({ value }),
          (error) => done({ error: String(error.stack ?? error) }),
        );`;
      const answer = await driver.executeAsyncScript<{ value?: unknown; error?: string }>(script, step, args);
      assert.equal(answer.error, undefined, `${step}: ${answer.error}`);
      return answer.value as never;
    },
  };
}
