// Chromium for every test that opens a page: where it is, and how it is started.

import { accessSync, constants } from "node:fs";

export const CHROMIUM_PATH = process.env.CHROME_PATH ?? "/usr/bin/chromium";

export const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why there is no browser, or `false`; for the option `skip` of a test. */
export const whyNoChromium: string | false = (() => {
  try {
    accessSync(CHROMIUM_PATH, constants.X_OK);
    return false;
  } catch {
    return `there is no Chromium at ${CHROMIUM_PATH}; CHROME_PATH says where it is`;
  }
})();
