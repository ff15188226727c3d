// @ts-check
// WebKit as Debian packages it: its own small browser, drawn on a display that is in memory.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Builder } from "selenium-webdriver";
import { ensureWebKit } from "../../../scripts/lib/browsers.mjs";
import { start, stop } from "../../../scripts/lib/run.mjs";
import { Untested } from "./target.mjs";

/** @typedef {import("./browsers.mjs").Opened} Opened */

const READY_MS = 30_000;

/** @param {import("../../../scripts/lib/log.mjs").Step} step @returns {Promise<Opened>} */
export async function openWebKit(step) {
  const found = await ensureWebKit(step);
  if ("reason" in found) throw new Untested(found.reason);
  const home = mkdtempSync(join(tmpdir(), "blindtally-webkit-"));
  // It chooses a free number of a display and writes it where it is told.
  const xvfb = start(found.display, ["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let service;
  const end = async () => {
    if (service) await stop(service);
    await stop(xvfb);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const display = `:${await firstLine(xvfb)}`;
    const port = await freePort();
    service = start(found.driver, [`--port=${port}`, "--host=127.0.0.1"], {
      // A home of its own: what another run has stored is not there.
      env: {
        DISPLAY: display,
        HOME: home,
        XDG_RUNTIME_DIR: home,
        GDK_BACKEND: "x11",
        LIBGL_ALWAYS_SOFTWARE: "1",
      },
      stdio: "ignore",
    });
    const server = `http://127.0.0.1:${port}`;
    await listening(server);
    const driver = await new Builder()
      .usingServer(server)
      .withCapabilities({
        browserName: "MiniBrowser",
        "webkitgtk:browserOptions": { args: ["--automation"] },
      })
      .build();
    const version = (await driver.getCapabilities()).get("browserVersion");
    return { driver, version: String(version), stop: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @param {import("node:child_process").ChildProcess} child @returns {Promise<string>} */
function firstLine(child) {
  return new Promise((resolve, reject) => {
    child.once("close", () => reject(new Error("Xvfb ended before it had a display")));
    if (child.stdout) createInterface({ input: child.stdout }).once("line", resolve);
  });
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** Waits until a driver answers. @param {string} server */
async function listening(server) {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const answered = await fetch(`${server}/status`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (Date.now() > deadline) throw new Error("WebKitWebDriver does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
