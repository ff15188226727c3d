// A refusal is asserted with its code, and with what must not stand in its message.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type BlindtallyError, type ErrorCode, isBlindtallyError } from "blindtally";

/** What `assert.throws` and `assert.rejects` take: the code, the index if there is one, and no secret anywhere. */
export function refusal(
  code: ErrorCode,
  { index, says, secret }: Expectation = {},
): (error: unknown) => true {
  return (error) => {
    assert.ok(isBlindtallyError(error), inspect(error));
    assert.equal(error.code, code);
    assert.equal(error.index, index);
    if (says) assert.match(error.message, says);
    if (secret !== undefined)
      assert.ok(!inspect(error, { showHidden: true }).includes(secret), "keeps the secret");
    return true;
  };
}

interface Expectation extends Partial<Pick<BlindtallyError, "index">> {
  readonly says?: RegExp;
  readonly secret?: string;
}
