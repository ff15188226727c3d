// @ts-check
// The first token of a new process: `node cold-start.mjs imported|generated|noble`. Prints milliseconds as JSON.
// Nothing but what is measured may be loaded before it.

const NAME = "medication.missed";
const ROOT = new Uint8Array(32).fill(7);

/** What is loaded, and how the first token is made then. @type {Record<string, () => Promise<() => string>>} */
const kinds = {
  async imported() {
    const { importRootKey } = await import("blindtally/hazard");
    await import("blindtally");
    return () => importRootKey(ROOT).cipher().encrypt(NAME);
  },
  async generated() {
    const { Keyset } = await import("blindtally");
    return () => Keyset.generate().cipher().encrypt(NAME);
  },
  async noble() {
    const { gcmsiv } = await import("@noble/ciphers/aes.js");
    return () => {
      // Only the cipher: no keyset, no derivation of keys, no format.
      const bytes = gcmsiv(ROOT, ROOT.subarray(0, 12)).encrypt(new TextEncoder().encode(NAME));
      return Buffer.from(bytes).toString("base64url");
    };
  },
};

const began = performance.now();
const first = await kinds[process.argv[2] ?? ""]?.();
const imported = performance.now();
const token = first?.();
const ended = performance.now();
if (!token) throw new Error("no token was made");
process.stdout.write(JSON.stringify({ whole: ended - began, loaded: ended - imported }));
