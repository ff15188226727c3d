/** Headless Chromium, where there is one, and what a page prints in it. */

import { type Browser, chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, CHROMIUM_PATH } from "../../browser/chromium.js";

const PRINTED_TIMEOUT_MS = 30_000;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM_PATH, args: CHROMIUM_ARGUMENTS });
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
