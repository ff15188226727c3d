// The thread's side: decrypts what it is sent, under the keys it is sent.

import { BlindtallyError, isBlindtallyError } from "../errors.js";
import { adopt, callWasm, initSync, release } from "../instance.js";
import type { OpenedRows } from "../results.js";
import { packLabels } from "../text.js";
import { type WasmCipher, WasmKeyset } from "../wasm/blindtally.js";
import type { Answer, Request } from "./connection.js";

/** Gives what handles requests; `answer` sends to the page and moves the buffers. */
export function serve(answer: (answer: Answer, moved: ArrayBuffer[]) => void): (request: Request) => void {
  const ciphers = new Map<number, WasmCipher>();

  const fulfil = (request: Exclude<Request, { kind: "end" }>): OpenedRows | undefined => {
    if (request.kind === "load") {
      initSync(() => request.module);
    } else if (request.kind === "begin") {
      const { job, context, record } = request;
      try {
        ciphers.set(job, cipherOf(record, context));
      } finally {
        record.fill(0);
      }
    } else {
      const cipher = ciphers.get(request.job) as WasmCipher;
      return callWasm(() => cipher.decryptRows(request.packed, request.count)) as unknown as OpenedRows;
    }
    return undefined;
  };

  return (request) => {
    if (request.kind === "end") {
      release(ciphers.get(request.job));
      ciphers.delete(request.job);
      return;
    }
    try {
      const opened = fulfil(request);
      answer({ opened }, opened ? [opened[1].buffer as ArrayBuffer] : []);
    } catch (error) {
      answer(refusal(error), []);
    }
  };
}

function cipherOf(record: Uint8Array, context: readonly string[]): WasmCipher {
  const labels = packLabels(context);
  return callWasm(() => {
    const scope = adopt(WasmKeyset.fromBytes(record));
    try {
      return adopt(scope.cipher(labels, context.length));
    } finally {
      release(scope);
    }
  });
}

function refusal(error: unknown): Answer {
  const { code, message, cause } = isBlindtallyError(error)
    ? error
    : new BlindtallyError("internal", "the worker failed; please report this", { cause: error });
  // As text: not everything that is thrown can be sent.
  return cause === undefined ? { code, message } : { code, message, cause: String(cause) };
}
