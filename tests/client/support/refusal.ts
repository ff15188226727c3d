import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type ErrorCode, isBlindtallyError } from "blindtally";

/** What `assert.throws` and `assert.rejects` take: the code, the position if there is one, and no name or secret of these tests. */
export function refusal(code: ErrorCode, details: { status?: number; index?: number } = {}) {
  return (error: unknown): true => {
    assert.ok(isBlindtallyError(error), inspect(error));
    assert.equal(error.code, code);
    assert.equal(error.status, details.status);
    assert.equal(error.index, details.index);
    assert.doesNotMatch(inspect(error, { showHidden: true }), /secret/);
    return true;
  };
}
