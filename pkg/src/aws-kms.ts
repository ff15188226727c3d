// AWS KMS as a key store. The client is the caller's, with its region and credentials; the SDK is an optional peer,
// and loaded when it is used: whoever has a client has it.

import type { KMSClient } from "@aws-sdk/client-kms";
import type { KeyWrapper } from "./sealing/wrapper.js";

/** What {@link awsKms} needs. */
export interface AwsKmsOptions {
  /** A client of `@aws-sdk/client-kms`. */
  readonly client: KMSClient;
  /** Id, ARN or alias of a symmetric key. */
  readonly keyId: string;
}

/**
 * A key store on AWS KMS: `GenerateDataKey` and `Decrypt` with an encryption context, which CloudTrail shows and key
 * policies can ask for: `blindtally` is `keyset`, and `slot` is the salt of the slot.
 *
 * @example
 * ```ts
 * const wrapper = awsKms({ client: new KMSClient({ region: "eu-central-1" }), keyId: "alias/blindtally" });
 * await file.addSlot({ wrapper });
 * ```
 */
export function awsKms({ client, keyId }: AwsKmsOptions): KeyWrapper {
  return {
    name: "aws-kms",
    async generate(context) {
      const { GenerateDataKeyCommand } = await import("@aws-sdk/client-kms");
      const command = new GenerateDataKeyCommand({
        KeyId: keyId,
        KeySpec: "AES_256",
        EncryptionContext: { ...context },
      });
      const { Plaintext: kek, CiphertextBlob: blob } = await client.send(command);
      if (kek && blob) return { kek, blob };
      kek?.fill(0);
      throw new Error("AWS KMS gave no data key");
    },
    async unwrap(blob, context) {
      const { DecryptCommand } = await import("@aws-sdk/client-kms");
      const command = new DecryptCommand({
        // Named, so that a blob which somebody else wrapped under a key of theirs is refused.
        KeyId: keyId,
        CiphertextBlob: blob,
        EncryptionContext: { ...context },
      });
      const { Plaintext: kek } = await client.send(command);
      if (kek) return kek;
      throw new Error("AWS KMS gave no plaintext");
    },
  };
}
