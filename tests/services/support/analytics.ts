import type { TestContext } from "node:test";
import { type AnalyticsOptions, createAnalytics, openStore, type Store } from "blindtally-services/analytics";
import { listen } from "./http.js";

/** An analytics API of this process. */
export interface LocalAnalytics {
  readonly url: string;
  readonly store: Store;
}

/** Runs an analytics API with an empty store in memory until the test ends. */
export async function localAnalytics(
  t: TestContext,
  options: Omit<AnalyticsOptions, "store"> = {},
): Promise<LocalAnalytics> {
  const store = await openStore({ memory: true });
  const url = await listen(t, createAnalytics({ ...options, store }));
  t.after(() => store.close());
  return { url, store };
}
