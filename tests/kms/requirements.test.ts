// The server of the tests here is what requirements.txt says.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** Where the scripts install it. */
const installedHere = fileURLToPath(new URL("../../../target/moto/bin/moto_server", import.meta.url));
const isInstalledHere = process.env.MOTO_SERVER === installedHere;
const packages = readFileSync(new URL("../../kms/requirements.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

test("every package of the list has one version", () => {
  assert.ok(packages.length > 3);
  for (const line of packages) assert.match(line, /^[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*$/);
});

test("what is listed is installed: no package chose another version of it", {
  skip: isInstalledHere ? false : "MOTO_SERVER names another than the scripts install",
}, () => {
  const args = ["-m", "pip", "freeze", "--disable-pip-version-check"];
  const installed = execFileSync(join(dirname(installedHere), "python3"), args, { encoding: "utf8" })
    .trim()
    .split("\n");
  // Another Python may need a package more.
  assert.deepEqual(
    packages.filter((line) => !installed.includes(line)),
    [],
  );
});
