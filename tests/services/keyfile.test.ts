import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chown, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Keyset } from "blindtally";
import { exportRootKeys } from "blindtally/hazard";
import { generateKeyFile, KeyFileError, readKeyFile } from "blindtally-services/proxy";
import { temporaryFolder } from "./support/folders.js";
import { freshKey, writeKeyFile } from "./support/keys.js";

const OLD = freshKey();
const NEW = freshKey();
const base64url = (hex: string): string => Buffer.from(hex, "hex").toString("base64url");

const GOOD: readonly (readonly [claim: string, text: string, keys: readonly string[]])[] = [
  ["64 hexadecimal digits", NEW, [NEW]],
  ["hexadecimal digits in capitals", NEW.toUpperCase(), [NEW]],
  ["43 base64url characters", base64url(NEW), [NEW]],
  ["a newline at the end", `${NEW}\n`, [NEW]],
  ["lines that end in CRLF", `${NEW}\r\n${OLD}\r\n`, [NEW, OLD]],
  ["older keys after the primary one, in either form", `${NEW}\n${base64url(OLD)}`, [NEW, OLD]],
  ["the same keys in the other order", `${OLD}\n${NEW}\n`, [OLD, NEW]],
];

for (const [claim, text, keys] of GOOD) {
  test(`a key file with ${claim} is read, its first key the primary one`, async (t) => {
    const keyset = await readKeyFile(await writeKeyFile(await temporaryFolder(t), { text }));
    t.after(() => keyset.dispose());
    assert.deepEqual(keysOf(keyset), keys);
    assert.equal(keyset.primaryKeyId, exportRootKeys(keyset)[0]?.id);
  });
}

const NOT_A_KEY = (line: number): string =>
  `line ${line} is not a key: neither 64 hexadecimal digits nor 43 base64url characters`;

const BAD: readonly (readonly [claim: string, text: string, reason: string])[] = [
  ["nothing", "", "it is empty"],
  ["only a newline", "\n", NOT_A_KEY(1)],
  ["63 hexadecimal digits", NEW.slice(1), NOT_A_KEY(1)],
  ["65 hexadecimal digits", `${NEW}0`, NOT_A_KEY(1)],
  ["a digit that is not hexadecimal", `g${NEW.slice(1)}`, NOT_A_KEY(1)],
  ["base64 with padding", `${base64url(NEW)}=`, NOT_A_KEY(1)],
  ["a character of plain base64", `+${base64url(NEW).slice(1)}`, NOT_A_KEY(1)],
  ["base64url whose last bits are not zero", `${"A".repeat(42)}B`, NOT_A_KEY(1)],
  ["a space before the key", ` ${NEW}`, NOT_A_KEY(1)],
  ["a space after the key", `${NEW} \n`, NOT_A_KEY(1)],
  ["a blank line between keys", `${NEW}\n\n${OLD}\n`, NOT_A_KEY(2)],
  ["a comment", `${NEW}\n# older\n${OLD}\n`, NOT_A_KEY(2)],
  ["a lone CR at the end", `${NEW}\r`, NOT_A_KEY(1)],
  ["a byte order mark", `\ufeff${NEW}`, NOT_A_KEY(1)],
  ["the same key twice", `${NEW}\n${OLD}\n${base64url(NEW)}\n`, "line 3 repeats the key of an earlier line"],
  ["more than 8 KiB", `${NEW}\n`.repeat(200), "it is longer than 8192 bytes"],
];

for (const [claim, text, reason] of BAD) {
  test(`a key file with ${claim} is refused, with the reason and without its text`, async (t) => {
    const path = await writeKeyFile(await temporaryFolder(t), { text });
    await assertRefused(readKeyFile(path), reason);
  });
}

for (const mode of [0o600, 0o400]) {
  test(`a key file of mode 0${mode.toString(8)} is read`, async (t) => {
    const keyset = await readKeyFile(await writeKeyFile(await temporaryFolder(t), { mode }));
    t.after(() => keyset.dispose());
    assert.equal(keyset.keys.length, 1);
  });
}

for (const mode of [0o644, 0o640, 0o660, 0o604, 0o700, 0o4600]) {
  test(`a key file of mode 0${mode.toString(8)} is refused with what to do`, async (t) => {
    const path = await writeKeyFile(await temporaryFolder(t), { mode });
    const reason = `its mode is 0${mode.toString(8)}, and must be 0600 or 0400; run chmod 600 on it`;
    await assertRefused(readKeyFile(path), reason);
  });
}

test("a key file that is missing, a folder or a named pipe is refused at once", async (t) => {
  const folder = await temporaryFolder(t);
  await assertRefused(readKeyFile(join(folder, "missing")), "there is no such file or folder");
  await mkdir(join(folder, "folder"), { mode: 0o600 });
  await assertRefused(readKeyFile(join(folder, "folder")), "it is not a regular file");
  execFileSync("mkfifo", ["-m", "600", join(folder, "pipe")]);
  await assertRefused(readKeyFile(join(folder, "pipe")), "it is not a regular file");
});

test("a link is as good as the file it leads to", async (t) => {
  const folder = await temporaryFolder(t);
  await symlink(await writeKeyFile(folder, { text: NEW }), join(folder, "good"));
  await symlink(await writeKeyFile(folder, { name: "open", mode: 0o644 }), join(folder, "bad"));
  const keyset = await readKeyFile(join(folder, "good"));
  t.after(() => keyset.dispose());
  assert.deepEqual(keysOf(keyset), [NEW]);
  const reason = "its mode is 0644, and must be 0600 or 0400; run chmod 600 on it";
  await assertRefused(readKeyFile(join(folder, "bad")), reason);
});

test("a key file of another user is refused", {
  skip: process.getuid?.() === 0 ? false : "only the superuser can give a file away",
}, async (t) => {
  const path = await writeKeyFile(await temporaryFolder(t));
  await chown(path, 65_534, 65_534);
  await assertRefused(
    readKeyFile(path),
    "it belongs to another user; make it belong to the one who runs the proxy",
  );
});

test("a generated key file is private, holds one fresh key and is read back under the id it was given", async (t) => {
  const folder = await temporaryFolder(t);
  const umask = process.umask(0o777);
  t.after(() => process.umask(umask));
  const ids = [await generateKeyFile(join(folder, "one")), await generateKeyFile(join(folder, "two"))];
  process.umask(umask);
  assert.notEqual(ids[0], ids[1]);
  assert.equal((await stat(join(folder, "one"))).mode & 0o7777, 0o600);
  const text = await readFile(join(folder, "one"), "latin1");
  assert.match(text, /^[0-9a-f]{64}\n$/);
  const keyset = await readKeyFile(join(folder, "one"));
  t.after(() => keyset.dispose());
  assert.equal(keyset.primaryKeyId, ids[0]);
  assert.deepEqual(keysOf(keyset), [text.trim()]);
});

test("generating never overwrites, nor writes through a link, and makes no folder", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "there");
  await writeFile(path, "precious");
  await symlink(join(folder, "elsewhere"), join(folder, "link"));
  for (const name of ["there", "link"]) {
    await assertRefused(
      generateKeyFile(join(folder, name)),
      "there is a file already, and it is never overwritten",
    );
  }
  await assertRefused(generateKeyFile(join(folder, "missing", "key")), "there is no such file or folder");
  assert.equal(await readFile(path, "utf8"), "precious");
  await assert.rejects(stat(join(folder, "elsewhere")), { code: "ENOENT" });
});

function keysOf(keyset: Keyset): string[] {
  return exportRootKeys(keyset).map(({ key }) => Buffer.from(key).toString("hex"));
}

async function assertRefused(promise: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof KeyFileError);
    assert.equal(error.message, reason);
    return true;
  });
}
