// A refusal is asserted with its code, and with what must not stand in it.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type BlindtallyError, type ErrorCode, isBlindtallyError } from "blindtally";

/** What `assert.throws` and `assert.rejects` take: the code, the position and the status if there are any, and no secret anywhere. */
export function refusal(
  code: ErrorCode,
  { index, status, says, secret = "secret" }: Expectation = {},
): (error: unknown) => true {
  return (error) => {
    assert.ok(isBlindtallyError(error), inspect(error));
    assert.equal(error.code, code);
    assert.equal(error.index, index);
    assert.equal(error.status, status);
    if (says) assert.match(error.message, says);
    assert.ok(!inspect(error, { showHidden: true }).includes(secret), "keeps the secret");
    return true;
  };
}

interface Expectation extends Partial<Pick<BlindtallyError, "index" | "status">> {
  readonly says?: RegExp;
  readonly secret?: string;
}
