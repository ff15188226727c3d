// The random bytes of the platform, as this side wants them: the package lets nobody choose a nonce, and takes them from there.

/** Runs with a platform that gives exactly these bytes, and fails unless they are asked for once. */
export function withNonce<T>(nonce: Uint8Array, run: () => T): T {
  let calls = 0;
  const result = withRandomValues((to) => {
    calls += 1;
    if (to.length !== nonce.length) throw new Error(`${to.length} random bytes instead of ${nonce.length}`);
    to.set(nonce);
  }, run);
  if (calls !== 1) throw new Error(`random bytes were asked for ${calls} times`);
  return result;
}

/** Runs with another source of random bytes. */
export function withRandomValues<T>(fill: (to: Uint8Array) => void, run: () => T): T {
  const value = (to: Uint8Array) => {
    fill(to);
    return to;
  };
  // In front of the method that all of them share.
  Object.defineProperty(globalThis.crypto, "getRandomValues", { value, configurable: true });
  try {
    return run();
  } finally {
    Reflect.deleteProperty(globalThis.crypto, "getRandomValues");
  }
}
