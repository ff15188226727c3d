/** Headless Chromium, where there is one, and what a page prints in it. */

import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATH = process.env.CHROME_PATH ?? "/usr/bin/chromium";
const PRINTED_TIMEOUT_MS = 30_000;
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why there is no browser, or `false`; for the option `skip` of a test. */
export function whyNoChromium(): string | false {
  try {
    accessSync(PATH, constants.X_OK);
    return false;
  } catch {
    return `there is no Chromium at ${PATH}; CHROME_PATH says where it is`;
  }
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, args: ARGUMENTS });
}

/** Opens a page and waits until it has printed so many lines; an uncaught error of the page fails at once. */
export async function printedAt(browser: Browser, url: string, lines: number): Promise<string[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const printed: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the page printed ${printed.length} lines: ${printed.join("; ")}`)),
        PRINTED_TIMEOUT_MS,
      );
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        action();
      };
      page.on("pageerror", (error) => settle(() => reject(error)));
      page.on("console", (message) => {
        // Other types are the browser's own, and those of a development server.
        if (message.type() !== "log") return;
        printed.push(message.text());
        if (printed.length === lines) settle(resolve);
      });
      page.goto(url).catch((error: Error) => settle(() => reject(error)));
    });
  } finally {
    await context.close();
  }
  return printed;
}
