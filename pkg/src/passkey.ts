// Passkeys as a source of secrets: the PRF extension of WebAuthn gives 32 bytes that depend on the passkey and on
// an input, and on nothing else. Nobody is signed in by this, so challenges are random and signatures not looked at.

import { BlindtallyError } from "./errors.js";
import { toBase64url } from "./sealing/base64url.js";

/** A passkey that gives secrets: {@link passkey}, or one of your own. */
export interface Passkey {
  /** Makes a passkey and gives the output for an input. */
  create(prfInput: Uint8Array): Promise<NewPasskey>;
  /** Gives the output of one of several passkeys, whichever the user has, each for an input of its own. */
  evaluate(requests: readonly PasskeyRequest[]): Promise<PasskeyOutput>;
}

/** What a passkey gave, 32 bytes. Wipe them after use. */
export interface PasskeyOutput {
  readonly credentialId: Uint8Array;
  readonly output: Uint8Array;
}

/** A passkey that was just made. */
export interface NewPasskey extends PasskeyOutput {
  /** The domain it belongs to. */
  readonly rpId: string;
}

/** A passkey that may answer, and what for. */
export interface PasskeyRequest {
  readonly rpId: string;
  readonly credentialId: Uint8Array;
  readonly prfInput: Uint8Array;
}

/** What {@link passkey} may be told. */
export interface PasskeyOptions {
  /** The domain that the passkey belongs to: the page's own or one above it. Default: the page's own. */
  readonly rpId?: string;
  /** What the browser calls this place. Default: the domain. */
  readonly rpName?: string;
  /** The name under which the browser lists a new passkey. Default: `Blindtally`. */
  readonly userName?: string;
  /** The same in longer words. Default: `userName`. */
  readonly userDisplayName?: string;
  /** How long the browser waits for its user. Default: 120,000 milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * The passkeys of this browser, through its own prompt.
 *
 * Its methods reject with `passkey-refused` if the user cancels, the time is over, or none of the passkeys is at
 * hand, which browsers do not tell apart; and with `passkey-unavailable` if the browser or the authenticator
 * cannot do what is asked, above all the PRF extension.
 *
 * @example
 * ```ts
 * await keyring.store("staff", keyset, { unlock: [{ passkey: passkey({ userName: "staff keys" }) }] });
 * ```
 */
export function passkey(options: PasskeyOptions = {}): Passkey {
  const timeout = options.timeoutMs ?? TIMEOUT_MS;
  return {
    async create(prfInput) {
      const rpId = options.rpId ?? hostOfPage();
      const name = options.userName ?? USER_NAME;
      const credential = await prompted(() =>
        navigator.credentials.create({
          publicKey: {
            rp: { id: rpId, name: options.rpName ?? rpId },
            user: { id: random(16), name, displayName: options.userDisplayName ?? name },
            challenge: random(32),
            pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
            // "preferred": a security key without room for another resident key can still serve, as its id is kept.
            authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
            extensions: { prf: { eval: { first: Uint8Array.from(prfInput) } } },
            timeout,
          },
        }),
      );
      const credentialId = new Uint8Array(credential.rawId);
      const output = outputOf(credential);
      if (output) return { rpId, credentialId, output };
      if (credential.getClientExtensionResults().prf?.enabled) {
        // Most authenticators evaluate only when they are asked again.
        return { rpId, ...(await evaluate([{ rpId, credentialId, prfInput }], timeout)) };
      }
      await forget(rpId, credential.id);
      throw noPrf();
    },
    evaluate: async (requests) => evaluate(ofOneDomain(requests, options.rpId), timeout),
  };
}

const TIMEOUT_MS = 120_000;
const USER_NAME = "Blindtally";
/** What a signature would be made with: Ed25519, ECDSA with P-256, RSA. */
const ALGORITHMS = [-8, -7, -257];

async function evaluate(requests: readonly PasskeyRequest[], timeout: number): Promise<PasskeyOutput> {
  const [rpId] = requests.map((request) => request.rpId);
  const evalByCredential = Object.fromEntries(
    requests.map(({ credentialId, prfInput }) => [
      toBase64url(credentialId),
      { first: Uint8Array.from(prfInput) },
    ]),
  );
  const credential = await prompted(() =>
    navigator.credentials.get({
      publicKey: {
        ...(rpId === undefined ? {} : { rpId }),
        challenge: random(32),
        allowCredentials: requests.map(({ credentialId }) => ({
          type: "public-key",
          id: Uint8Array.from(credentialId),
        })),
        // Authenticators keep two secrets, and use the other one where they did not verify the user.
        userVerification: "required",
        extensions: { prf: { evalByCredential } },
        timeout,
      },
    }),
  );
  const output = outputOf(credential);
  if (output) return { credentialId: new Uint8Array(credential.rawId), output };
  throw noPrf();
}

/** A prompt asks for the passkeys of one domain only: the one that is named, or else the first that this page may use. */
function ofOneDomain(requests: readonly PasskeyRequest[], named: string | undefined): PasskeyRequest[] {
  const host = hostOfPage();
  const usable = (rpId: string) => (named === undefined ? `.${host}`.endsWith(`.${rpId}`) : rpId === named);
  const first = requests.find(({ rpId }) => usable(rpId));
  if (first) return requests.filter(({ rpId }) => rpId === first.rpId);
  throw unavailable("none of these passkeys belongs to the domain of this page");
}

async function prompted(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!("PublicKeyCredential" in globalThis)) {
    throw unavailable("there is no WebAuthn here; it needs a browser, and a page that came over https");
  }
  let credential: Credential | null;
  try {
    credential = await ask();
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : "";
    if (name !== "NotAllowedError" && name !== "AbortError") {
      throw unavailable("the browser cannot use a passkey here; the cause says why", cause);
    }
    const message = "the prompt was cancelled, took too long, or no passkey asked for is at hand";
    throw new BlindtallyError("passkey-refused", message, { cause });
  }
  if (credential instanceof PublicKeyCredential) return credential;
  throw unavailable("the browser gave no passkey");
}

/** A copy of the output; what the browser holds of it is wiped as far as the browser shares it. */
function outputOf(credential: PublicKeyCredential): Uint8Array | undefined {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return undefined;
  const held = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
    : new Uint8Array(first);
  const output = held.slice();
  held.fill(0);
  if (output.length === 32) return output;
  throw noPrf();
}

/** Lets the browser take a passkey from its list that was made in vain. Not every browser can. */
async function forget(rpId: string, credentialId: string): Promise<void> {
  const signal = (PublicKeyCredential as Signals).signalUnknownCredential;
  await signal?.call(PublicKeyCredential, { rpId, credentialId }).catch(() => undefined);
}

interface Signals {
  signalUnknownCredential?(options: { rpId: string; credentialId: string }): Promise<void>;
}

const hostOfPage = (): string => globalThis.location?.hostname ?? "";

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));

function noPrf(): BlindtallyError {
  return unavailable("this passkey gives no secret: its authenticator has no PRF extension; use another one");
}

function unavailable(message: string, cause?: unknown): BlindtallyError {
  return new BlindtallyError("passkey-unavailable", message, cause === undefined ? {} : { cause });
}
