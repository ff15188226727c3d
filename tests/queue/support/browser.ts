// One browser with the tests' page in it.

import type { TestContext } from "node:test";
import type { WebDriver } from "selenium-webdriver";
import type { TestBrowser } from "../../browser/drivers.js";
import { doStep, load } from "../../browser/steps.js";
import { servePackage } from "../../keyring/support/site.js";
import type { Steps } from "../page.js";

const STEPS = "queueSteps";
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
  const reload = () => load(driver, address, STEPS);
  await reload();
  return {
    driver,
    address,
    reload,
    step: (step, ...args) => doStep(driver, STEPS, step, args) as never,
  };
}
