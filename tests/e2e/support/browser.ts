import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH } from "../../browser/chromium.js";

/** A browser with a profile of its own on disk, as a visitor has one. */
export interface Visitor {
  readonly context: BrowserContext;
  /** The folder of the profile; it outlives the browser until the test ends. */
  readonly profile: string;
  /** Ends the browser, so that it writes down what it keeps. */
  leave(): Promise<void>;
}

export async function visit(t: TestContext, options: BrowserContextOptions = {}): Promise<Visitor> {
  const profile = await mkdtemp(join(tmpdir(), "blindtally-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM_PATH,
    args: CHROMIUM_ARGUMENTS,
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  t.after(async () => {
    await context.close();
    // A last write of the browser may come between the listing and the removal of a folder.
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  return { context, profile, leave: () => context.close() };
}
