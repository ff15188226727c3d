import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes a key file with the given text; by default one fresh key in hexadecimal digits. */
export async function writeKeyFile(
  folder: string,
  { name = "proxy.key", text = `${freshKey()}\n`, mode = 0o600 } = {},
): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

/** A random key as 64 hexadecimal digits. */
export function freshKey(): string {
  return randomBytes(32).toString("hex");
}
