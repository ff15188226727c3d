// @ts-check
// Debian's packages, for whoever may install them without being asked for a password.

import { existsSync } from "node:fs";
import { CommandError, run, UserError } from "./run.mjs";

/** @typedef {import("./log.mjs").Step} Step */

const LOCK_WAIT_S = 300;
const INSTALL_TIMEOUT_MS = 900_000;
const NONINTERACTIVE = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };

/** How a command becomes root's: nothing before it, `sudo -n`, or `null` where neither is possible. @type {Promise<string[] | null> | undefined} */
let elevation;

/** Why packages cannot be installed here, or `null` when they can. */
export async function whyNoApt() {
  if (!existsSync("/etc/debian_version") || !existsSync("/usr/bin/apt-get"))
    return "this is not a Debian system";
  if ((await asRoot()) === null) return "installing packages needs root, and sudo asks for a password";
  return null;
}

/**
 * Runs a command as root.
 * @param {string} command @param {readonly string[]} args @param {import("./run.mjs").RunOptions} [options]
 */
export async function sudo(command, args, options = {}) {
  const prefix = await asRoot();
  if (prefix === null) throw new UserError(`\`${command}\` needs root, and sudo asks for a password.`);
  // sudo clears the environment, hence env(1).
  const settings = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value ?? ""}`);
  const [program, ...rest] = [...prefix, "env", ...settings, command, ...args];
  return run(/** @type {string} */ (program), rest, options);
}

/** The newest version that apt could install, or `null`. @param {string} name */
export async function candidate(name) {
  const policy = await run("apt-cache", ["policy", name], { allowFailure: true, env: { LC_ALL: "C" } });
  const version = /^ +Candidate: (.+)$/m.exec(policy.stdout)?.[1];
  return version === undefined || version === "(none)" ? null : version;
}

/** The packages among `names` that are not installed. @param {readonly string[]} names */
export async function missing(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: these braces are dpkg-query's
  const format = "${Package} ${db:Status-Status}\n";
  const query = await run("dpkg-query", ["-W", "-f", format, ...names], {
    allowFailure: true,
  });
  const installed = new Set(
    query.stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Reads the package lists again. @param {Step} step */
export async function update(step) {
  const deadline = Date.now() + LOCK_WAIT_S * 1000;
  for (;;) {
    const result = await sudo("apt-get", ["update", "-q"], {
      env: NONINTERACTIVE,
      log: "apt-update",
      timeoutMs: INSTALL_TIMEOUT_MS,
      onLine: (line) => step.note(line),
      allowFailure: true,
    });
    if (result.ok) return;
    // DPkg::Lock::Timeout does not cover the lock on the lists.
    if (!/Could not get lock/.test(result.output) || Date.now() > deadline) {
      throw new CommandError(
        `\`apt-get update\` ${result.why}:\n${result.output.split("\n").slice(-5).join("\n")}`,
        result,
      );
    }
    step.note("another program holds the lock on the package lists; waiting");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}

/**
 * Installs packages, and never at the price of removing another one.
 * @param {readonly string[]} names @param {Step} step
 */
export async function install(names, step) {
  const args = [
    "install",
    "--yes",
    "--quiet",
    "--no-install-recommends",
    "--no-remove",
    "-o",
    `DPkg::Lock::Timeout=${LOCK_WAIT_S}`,
    ...names,
  ];
  const options = {
    env: NONINTERACTIVE,
    log: `apt-install-${names[0]}`,
    timeoutMs: INSTALL_TIMEOUT_MS,
    onLine: (/** @type {string} */ line) => step.note(line),
  };
  const first = await sudo("apt-get", args, { ...options, allowFailure: true });
  if (first.ok) return;
  if (/dpkg was interrupted/.test(first.output)) {
    await sudo("dpkg", ["--configure", "-a"], options);
  } else {
    // The likeliest cause: lists so old that their packages have been replaced.
    await update(step);
  }
  await sudo("apt-get", args, options);
}

function asRoot() {
  elevation ??= (async () => {
    if (process.getuid?.() === 0) return [];
    const allowed = await run("sudo", ["-n", "true"], { allowFailure: true, timeoutMs: 10_000 });
    return allowed.ok ? ["sudo", "-n"] : null;
  })();
  return elevation;
}
