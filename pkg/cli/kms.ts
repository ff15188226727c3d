import type { KeyWrapper } from "blindtally/sealed";
import { Refusal, UsageError } from "./failure.js";

/** The key store of an ARN. The SDK of AWS, and what builds on it, is loaded only here: nobody else needs it. */
export async function wrapperOf(arn: string, option: string): Promise<KeyWrapper> {
  const [, region] =
    /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]+$/.exec(arn) ?? [];
  if (region === undefined)
    throw new UsageError(
      `${option} takes the ARN of a key or of an alias of AWS KMS: arn:aws:kms:REGION:ACCOUNT:key/ID.`,
    );
  const { KMSClient } = await sdk();
  const { awsKms } = await import("blindtally/aws-kms");
  return awsKms({ client: new KMSClient({ region }), keyId: arn });
}

async function sdk(): Promise<typeof import("@aws-sdk/client-kms")> {
  try {
    return await import("@aws-sdk/client-kms");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Refusal(
      "key-store",
      "AWS KMS needs the package @aws-sdk/client-kms, which is not installed here; run " +
        "`npm install @aws-sdk/client-kms` in the folder in which blindtally is installed",
    );
  }
}
