import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { temporaryFolder } from "./support/folders.js";
import { freshKey, writeKeyFile } from "./support/keys.js";
import { type Command, runCommand } from "./support/processes.js";

for (const command of ["analytics", "proxy"] as const) {
  test(`blindtally-${command} --help prints every option and ends with 0`, async () => {
    const { code, stdout, stderr } = await runCommand(command, ["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const option of [
      "--host <address>",
      "--port <port>",
      "--allow-origin <origin>",
      "--help",
      "127.0.0.1",
    ]) {
      assert.ok(stdout.includes(option), option);
    }
  });

  test(`blindtally-${command} on a port that is taken says so and ends with 1`, async (t) => {
    const folder = await temporaryFolder(t);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const { code, stderr } = await runCommand(command, [
      ...(await workingArgs(command, folder)),
      "--port",
      `${address.port}`,
    ]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `blindtally-${command}: Port ${address.port} on 127.0.0.1 is taken. ` +
        "End what listens there or choose another with --port.\n",
    );
  });

  test(`blindtally-${command} takes its port from the environment, where a bad one is refused`, async (t) => {
    const variable = command === "analytics" ? "BLINDTALLY_API_PORT" : "BLINDTALLY_PROXY_PORT";
    const args = await workingArgs(command, await temporaryFolder(t));
    const { code, stderr } = await runCommand(command, args, { [variable]: "65536" });
    assert.deepEqual(
      [code, stderr],
      [2, `blindtally-${command}: $${variable} must be a port from 0 to 65535. See --help.\n`],
    );
  });
}

const SECRET = freshKey();

const BAD_OPTIONS: readonly (readonly [Command, readonly string[], string])[] = [
  ["analytics", ["--prot", "1"], "--prot is not an option."],
  ["analytics", [SECRET], "Only options are taken; one argument is not an option."],
  ["analytics", [`--${SECRET}`], "There is an option that is not known."],
  ["analytics", ["--port"], "--port needs a value: --port <port>."],
  ["analytics", ["--port", "--memory"], "--port needs a value: --port <port>."],
  ["analytics", ["--port="], "--port needs a value: --port <port>."],
  ["analytics", ["--port", "70000"], "--port must be a port from 0 to 65535."],
  ["analytics", ["--port", "1e3"], "--port must be a port from 0 to 65535."],
  ["analytics", ["--port", "1", "--port", "2"], "--port is given twice."],
  ["analytics", ["--memory=yes"], "--memory takes no value."],
  ["analytics", ["--memory", "--database", "x"], "--memory and --database exclude each other."],
  [
    "analytics",
    ["--allow-origin", "*"],
    "--allow-origin must be an origin such as https://portal.example, without a path.",
  ],
  [
    "analytics",
    ["--allow-origin", "https://a.example/"],
    "--allow-origin must be an origin such as https://portal.example, without a path.",
  ],
  ["analytics", ["--__proto__", "x"], "--__proto__ is not an option."],
  ["proxy", [], "--upstream <url> is missing."],
  [
    "proxy",
    ["--upstream", "http://127.0.0.1:9"],
    "Keys are missing: give --keyset <file> or --key-file <file>, or $BLINDTALLY_KEYSET or $BLINDTALLY_KEY_FILE.",
  ],
  ["proxy", ["--allow-host", "http://a.example", "--upstream", "x"], hostSentence()],
  ["proxy", ["--allow-host", "a.example:80", "--upstream", "x"], hostSentence()],
];

for (const [command, args, sentence] of BAD_OPTIONS) {
  const shown = args.join(" ").replaceAll(SECRET, "<a secret>");
  test(`blindtally-${command} ${shown} is refused with a sentence and status 2`, async () => {
    const { code, stdout, stderr } = await runCommand(command, args);
    assert.deepEqual([code, stdout, stderr], [2, "", `blindtally-${command}: ${sentence} See --help.\n`]);
  });
}

for (const args of [["--key", SECRET], [`--root-key=${SECRET}`], ["--secret", SECRET], [`--KEY=${SECRET}`]]) {
  test(`a key as ${args.join(" ").replace(SECRET, "<key>")} is refused with the reason and not repeated`, async () => {
    const { code, stdout, stderr } = await runCommand("proxy", args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /Keys are never taken on the command line/);
    assert.ok(!stderr.includes(SECRET));
  });
}

test("an upstream that is refused ends the command with status 2", async (t) => {
  const keyFile = await writeKeyFile(await temporaryFolder(t));
  const { code, stderr } = await runCommand("proxy", [
    "--upstream",
    "http://api.example",
    "--key-file",
    keyFile,
  ]);
  const reason = "it must be https, or http to this machine (localhost, 127.0.0.1, [::1])";
  assert.deepEqual([code, stderr], [2, `blindtally-proxy: --upstream is refused: ${reason}. See --help.\n`]);
});

test("a context of nine labels, or with one that is too long, is refused with status 2", async (t) => {
  const keyFile = await writeKeyFile(await temporaryFolder(t));
  for (const labels of [Array(9).fill("label"), ["x".repeat(65)]]) {
    const context = labels.flatMap((label) => ["--context", label]);
    const args = ["--upstream", "http://127.0.0.1:9", "--key-file", keyFile, ...context];
    const { code, stderr } = await runCommand("proxy", args);
    const sentence = "--context takes one to eight labels of 1 to 64 bytes each.";
    assert.deepEqual([code, stderr], [2, `blindtally-proxy: ${sentence} See --help.\n`]);
  }
});

/** Options with which the command would start. */
async function workingArgs(command: Command, folder: string): Promise<readonly string[]> {
  if (command === "analytics") return ["--memory"];
  return ["--upstream", "http://127.0.0.1:9", "--key-file", await writeKeyFile(folder)];
}

function hostSentence(): string {
  return "--allow-host must be a host name such as proxy.example, without a scheme or a port.";
}
