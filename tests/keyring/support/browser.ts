// One browser with the tests' page in it, and the authenticator that stands for its user's passkeys.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { WebDriver } from "selenium-webdriver";
import { Command } from "selenium-webdriver/lib/command.js";
import type { TestBrowser } from "../../browser/drivers.js";
import type { Steps } from "../page.js";
import { servePackage } from "./site.js";

const READY_MS = 60_000;
const STEP_MS = 240_000;

/** What an authenticator is told to be; the rest is as a platform's own one. */
export interface AuthenticatorOptions {
  /** Whether its user agrees when asked. Default: yes. */
  readonly consents?: boolean;
  /** Whether it knows its user, by a finger or a PIN. Default: yes. */
  readonly verifies?: boolean;
  /** Whether it has the PRF extension. Default: yes. */
  readonly prf?: boolean;
  /** The protocol it speaks: CTAP 2.0, or 2.1 as today's do. Default: 2.1. */
  readonly protocol?: "ctap2" | "ctap2_1";
}

/** A browser that is open. */
export interface Visit {
  readonly driver: WebDriver;
  readonly address: string;
  /** Does a step of tests/keyring/page.ts in the page, and gives what it gave. */
  step<S extends keyof Steps>(step: S, ...args: Parameters<Steps[S]>): Promise<Awaited<ReturnType<Steps[S]>>>;
  /** Loads the page anew, from another domain if one is named. */
  reload(domain?: string): Promise<void>;
  /** Puts an authenticator in the place of the one before. Passkeys made before are gone with it. */
  authenticator(options?: AuthenticatorOptions): Promise<void>;
  /** From now on, the authenticator does not know its user any more, or does again. */
  verifies(verifies: boolean): Promise<void>;
}

export async function visit(t: TestContext, browser: TestBrowser): Promise<Visit> {
  const address = await servePackage(t);
  const driver = await browser.open();
  t.after(() => driver.quit());
  await driver.manage().setTimeouts({ script: STEP_MS });

  const reload = async (domain = "localhost") => {
    await driver.get(address.replace("localhost", domain));
    const ready = () => driver.executeScript<boolean>("return globalThis.steps !== undefined");
    await driver.wait(ready, READY_MS, `the page is not ready in ${browser.name}`);
  };
  await reload();

  let current: unknown;
  return {
    driver,
    address,
    reload,
    async step(step, ...args) {
      const script = `
        const [step, args, done] = arguments;
        globalThis.steps[step](...args).then(
          (value) => done({ value }),
          (error) => done({ error: String(error.stack ?? error) + " " + (error.code ?? "") }),
        );`;
      const answer = await driver.executeAsyncScript<{ value?: unknown; error?: string }>(script, step, args);
      assert.equal(answer.error, undefined, `${step}: ${answer.error}`);
      return answer.value as never;
    },
    async authenticator({ consents = true, verifies = true, prf = true, protocol = "ctap2_1" } = {}) {
      if (current !== undefined) {
        await driver.execute(
          new Command("removeVirtualAuthenticator").setParameter("authenticatorId", current),
        );
      }
      current = await driver.execute(
        new Command("addVirtualAuthenticator").setParameters({
          protocol,
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserConsenting: consents,
          isUserVerified: verifies,
          extensions: prf ? ["prf"] : [],
        }),
      );
    },
    async verifies(isUserVerified) {
      const command = new Command("setUserVerified").setParameters({
        authenticatorId: current,
        isUserVerified,
      });
      await driver.execute(command);
    },
  };
}
