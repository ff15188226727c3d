// One browser with the tests' page in it, and the authenticator that stands for its user's passkeys.

import type { TestContext } from "node:test";
import type { WebDriver } from "selenium-webdriver";
import { Command } from "selenium-webdriver/lib/command.js";
import type { TestBrowser } from "../../browser/drivers.js";
import { doStep, load } from "../../browser/steps.js";
import type { Steps } from "../page.js";
import { servePackage } from "./site.js";

const STEPS = "steps";
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

  const reload = (domain = "localhost") => load(driver, address.replace("localhost", domain), STEPS);
  await reload();

  let current: unknown;
  return {
    driver,
    address,
    reload,
    step: (step, ...args) => doStep(driver, STEPS, step, args) as never,
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
