import type { TestContext } from "node:test";
import { Keyset } from "blindtally";
import { createProxy, type ProxyOptions } from "blindtally-services/proxy";
import { listen } from "./http.js";

/** A proxy of this process. */
export interface LocalProxy {
  readonly url: string;
  readonly keyset: Keyset;
}

/** Runs a proxy before the upstream, with a fresh key unless one is given, until the test ends. */
export async function localProxy(
  t: TestContext,
  options: Omit<ProxyOptions, "keyset"> & { readonly keyset?: Keyset },
): Promise<LocalProxy> {
  const keyset = options.keyset ?? Keyset.generate();
  const url = await listen(t, createProxy({ ...options, keyset }));
  if (options.keyset === undefined) t.after(() => keyset.dispose());
  return { url, keyset };
}
