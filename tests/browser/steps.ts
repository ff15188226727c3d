// Pages of tests that wait to be told what to do: a global object has a function for each step.

import assert from "node:assert/strict";
import type { WebDriver } from "selenium-webdriver";

const READY_MS = 60_000;

/** Loads such a page; `steps` is the name of its object. */
export async function load(driver: WebDriver, address: string, steps: string): Promise<void> {
  await driver.get(address);
  const ready = () => driver.executeScript<boolean>("return globalThis[arguments[0]] !== undefined", steps);
  await driver.wait(ready, READY_MS, "the page is not ready");
}

/** Does a step in the page that is loaded, and gives what it gave. */
export async function doStep(
  driver: WebDriver,
  steps: string,
  step: string,
  args: readonly unknown[],
): Promise<unknown> {
  const script = `
    const [steps, step, args, done] = arguments;
    globalThis[steps][step](...args).then(
      (value) => done({ value }),
      (error) => done({ error: String(error.stack ?? error) + " " + (error.code ?? "") }),
    );`;
  const answer = await driver.executeAsyncScript<{ value?: unknown; error?: string }>(
    script,
    steps,
    step,
    args,
  );
  assert.equal(answer.error, undefined, `${step}: ${answer.error}`);
  return answer.value;
}
