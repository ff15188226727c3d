import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Looks for a name in bytes of any origin, in every form in which it could lie there. */
export class Scanner {
  readonly #forms: readonly (readonly [form: string, needle: Buffer])[];

  constructor(name: string) {
    const bytes = Buffer.from(name, "utf8");
    const escaped = Array.from(name, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
    const percent = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    this.#forms = [
      ["UTF-8", bytes],
      ["UTF-16LE", Buffer.from(name, "utf16le")],
      ["UTF-16BE", Buffer.from(name, "utf16le").swap16()],
      ["hexadecimal", Buffer.from(bytes.toString("hex"))],
      ["upper-case hexadecimal", Buffer.from(bytes.toString("hex").toUpperCase())],
      ["JSON escapes", Buffer.from(escaped)],
      ["percent escapes", Buffer.from(percent)],
      ["upper-case percent escapes", Buffer.from(percent.toUpperCase())],
      ["reversed", Buffer.from(bytes).reverse()],
      ...[0, 1, 2].flatMap((shift) => base64Forms(bytes, shift)),
    ];
  }

  /** The forms in which the name lies in these bytes. */
  find(bytes: Buffer | string): string[] {
    const haystack = typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
    return this.#forms.filter(([, needle]) => haystack.includes(needle)).map(([form]) => form);
  }

  /** The files below the folder in which the name lies, with its form. */
  async findInFolder(folder: string): Promise<string[]> {
    const found: string[] = [];
    for (const [path, bytes] of await filesBelow(folder)) {
      for (const form of this.find(bytes)) found.push(`${path}: ${form}`);
    }
    return found;
  }
}

/** Every file below a folder with its bytes. */
export async function filesBelow(folder: string): Promise<[path: string, bytes: Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: [string, Buffer][] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.push([path, await readFile(path)]);
  }
  return files;
}

/** Base64 of the name at one of the three places a text can start in; the characters its neighbours share are cut. */
function base64Forms(bytes: Buffer, shift: number): [string, Buffer][] {
  const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
  const whole = padded.subarray(0, padded.length - (padded.length % 3)).toString("base64");
  const text = whole.slice(shift === 0 ? 0 : 4);
  const url = text.replaceAll("+", "-").replaceAll("/", "_");
  return [
    [`Base64 at ${shift}`, Buffer.from(text)],
    [`Base64url at ${shift}`, Buffer.from(url)],
  ];
}
