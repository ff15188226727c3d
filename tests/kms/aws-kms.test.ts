// Slots of AWS KMS, on moto: a server of the same interface.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, type TestContext, test } from "node:test";
import { DecryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { isBlindtallyError, Keyset } from "blindtally";
import { awsKms } from "blindtally/aws-kms";
import { KeysetFile } from "blindtally/sealed";
import { type KeyStore, keyStore } from "../services/support/key-store.js";
import { freePort } from "../services/support/ports.js";

let store: KeyStore;
const ends: (() => unknown)[] = [];
before(async () => {
  const started = await keyStore({
    after: (end: () => unknown) => void ends.push(end),
  } as unknown as TestContext);
  assert.ok(started, "MOTO_SERVER names no program that starts");
  store = started;
});
after(async () => {
  for (const end of ends) await end();
});

test("a file with a slot of AWS KMS opens with its key, and the slot names the key store", async () => {
  const { keyId, wrapper, text, keyset } = await sealed();
  const [slot] = await KeysetFile.inspect(text);
  assert.deepEqual(
    { kind: slot?.kind, name: slot?.kind === "wrapper" && slot.name },
    { kind: "wrapper", name: "aws-kms" },
  );
  const file = await KeysetFile.open(text, { wrapper });
  assert.equal(file.keyset.primaryKeyId, keyset.primaryKeyId);
  // Another program, with another client, by the same ARN.
  const again = awsKms({ client: store.client, keyId: keyId });
  assert.equal((await KeysetFile.open(text, { wrapper: again })).revision, 1);
});

test("the encryption context is sent: the key store decrypts with exactly that, and not without or with another", async () => {
  const { keyId, text } = await sealed();
  const { salt, blob } = slotOf(text);
  const decrypt = (context: Record<string, string> | undefined) =>
    store.client.send(
      new DecryptCommand({
        CiphertextBlob: blob,
        KeyId: keyId,
        ...(context === undefined ? {} : { EncryptionContext: context }),
      }),
    );
  const { Plaintext } = await decrypt({ blindtally: "keyset", slot: salt });
  assert.equal(Plaintext?.length, 32);
  for (const context of [
    undefined,
    {},
    { blindtally: "keyset" },
    { slot: salt },
    { blindtally: "keyset", slot: `${salt}A` },
    { blindtally: "keyset", slot: salt, further: "x" },
  ]) {
    await assert.rejects(decrypt(context), { name: "InvalidCiphertextException" }, JSON.stringify(context));
  }
});

test("what was wrapped for one slot is refused in another, of the same key", async () => {
  const { wrapper, text } = await sealed();
  const other = await sealed({ wrapper });
  const moved = text.replace(base64url(slotOf(text).blob), base64url(slotOf(other.text).blob));
  assert.notEqual(moved, text);
  await refused(KeysetFile.open(moved, { wrapper }), /InvalidCiphertextException/);
});

test("another key of the same account does not open a file", async () => {
  const { text } = await sealed();
  const other = awsKms({ client: store.client, keyId: await store.makeKey() });
  await refused(KeysetFile.open(text, { wrapper: other }), /AccessDeniedException/);
});

test("a key that is not there says so, and no slot is added", async () => {
  const missing = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const wrapper = awsKms({ client: store.client, keyId: missing });
  const file = await KeysetFile.create(Keyset.generate());
  await refused(file.addSlot({ wrapper }), /NotFoundException/);
  assert.deepEqual(file.slots, []);
});

// moto keeps the state of a key and does not heed it, so these answers are given as AWS documents them.
for (const [type, message] of [
  [
    "DisabledException",
    "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is disabled.",
  ],
  ["KMSInvalidStateException", "The key is pending deletion."],
  ["AccessDeniedException", "User is not authorized to perform: kms:Decrypt"],
  ["KMSInternalException", "The request was rejected; it can be retried."],
] as const) {
  test(`${type} of the key store is told, and nothing of what was sent or received with it`, async (t) => {
    const { text, raw } = await sealed();
    const client = clientOf(await answering(t, { __type: type, message }));
    t.after(() => client.destroy());
    const wrapper = awsKms({ client, keyId: "alias/none" });
    const error = await refused(KeysetFile.open(text, { wrapper }), new RegExp(`${type}: ${message}`));
    assert.deepEqual(Object.keys(error.cause as object), []);
    const file = await KeysetFile.create(Keyset.generate());
    await refused(file.addSlot({ wrapper }), new RegExp(type));
    assert.deepEqual(file.slots, []);
    assert.equal((await KeysetFile.open(text, { raw })).revision, 1);
  });
}

test("a key store that does not answer is `key-store`, and another slot still opens the file", async (t) => {
  const { text, raw } = await sealed();
  const client = clientOf(`http://127.0.0.1:${await freePort()}`);
  t.after(() => client.destroy());
  const wrapper = awsKms({ client, keyId: "alias/none" });
  await refused(KeysetFile.open(text, { wrapper }), /ECONNREFUSED/);
  const file = await KeysetFile.create(Keyset.generate());
  await refused(file.addSlot({ wrapper }), /ECONNREFUSED/);
  assert.equal((await KeysetFile.open(text, { raw })).revision, 1);
});

test("an altered blob is refused", async () => {
  const { wrapper, text } = await sealed();
  const { blob } = slotOf(text);
  const altered = Uint8Array.from(blob, (byte, at) => (at === blob.length - 1 ? byte ^ 1 : byte));
  await refused(
    KeysetFile.open(text.replace(base64url(blob), base64url(altered)), { wrapper }),
    /InvalidCiphertextException/,
  );
});

test("a data key that came without its wrapped form is wiped", async (t) => {
  const key = Buffer.alloc(32, 7).toString("base64");
  const client = clientOf(await answering(t, { Plaintext: key }, 200));
  t.after(() => client.destroy());
  let received: Uint8Array | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      received = (result.output as { Plaintext?: Uint8Array }).Plaintext;
      assert.equal(received?.[31], 7);
      return result;
    },
    { step: "initialize" },
  );
  const file = await KeysetFile.create(Keyset.generate());
  await refused(file.addSlot({ wrapper: awsKms({ client, keyId: "alias/none" }) }), /./);
  assert.deepEqual(received, new Uint8Array(32));
});

/** A file with a raw slot and one of a key of moto's. */
async function sealed(given: { wrapper?: ReturnType<typeof awsKms> } = {}) {
  const keyId = await store.makeKey();
  const wrapper = given.wrapper ?? awsKms({ client: store.client, keyId });
  const keyset = Keyset.generate();
  const file = await KeysetFile.create(keyset);
  const raw = crypto.getRandomValues(new Uint8Array(32));
  await file.addSlot({ wrapper });
  await file.addSlot({ raw });
  return { keyId, wrapper, keyset, raw, text: file.seal() };
}

const clientOf = (endpoint: string): KMSClient =>
  new KMSClient({
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });

/** The address of a server that gives one answer, by default a refusal, whatever it is asked. */
async function answering(t: TestContext, answer: object, status = 400): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Of the first slot, which is the key store's. */
function slotOf(text: string): { salt: string; blob: Uint8Array } {
  const fields = (text.split("\n")[1] as string).split(" ");
  return { salt: fields[2] as string, blob: new Uint8Array(Buffer.from(fields[5] as string, "base64url")) };
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

async function refused(attempt: Promise<unknown>, words: RegExp): Promise<Error> {
  const error: unknown = await attempt.then(
    () => assert.fail("it was not refused"),
    (thrown) => thrown,
  );
  assert.ok(isBlindtallyError(error), String(error));
  assert.equal(error.code, "key-store");
  assert.match(error.message, /the key store `aws-kms` failed/);
  assert.match(error.message, words);
  return error;
}
