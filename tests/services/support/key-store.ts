import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { freePort } from "./ports.js";
import { until } from "./until.js";

/** A key store as AWS runs it: moto, a server of the same interface, in a process of its own on this machine. */
export interface KeyStore {
  readonly client: KMSClient;
  /** What a process needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a key; its ARN. */
  makeKey(): Promise<string>;
}

const SERVER = process.env.MOTO_SERVER ?? "moto_server";
const REGION = "eu-central-1";
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

/** Runs one until the test ends; nothing where there is none on this machine. */
export async function keyStore(t: TestContext): Promise<KeyStore | undefined> {
  const port = await freePort();
  const server = spawn(SERVER, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = once(server, "close");
  const started = await Promise.race([
    once(server, "spawn").then(() => true),
    once(server, "error").then(() => false),
  ]).catch(() => false);
  if (!started) return undefined;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new KMSClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  t.after(async () => {
    client.destroy();
    server.kill("SIGKILL");
    await ended;
  });
  await until("moto to answer", () =>
    fetch(endpoint).then(
      () => true,
      () => server.exitCode !== null,
    ),
  );
  return {
    client,
    env: {
      AWS_ENDPOINT_URL_KMS: endpoint,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
    async makeKey() {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      if (KeyMetadata?.Arn === undefined) throw new Error("moto made no key");
      return KeyMetadata.Arn;
    },
  };
}
