// @ts-check
// The analytics API of one run of the example, with a store that is empty and stays in memory.

import { createAnalytics, openStore } from "blindtally-services/analytics";
import { report, serve } from "./serve.mjs";

const store = await openStore({ memory: true });
await serve(createAnalytics({ store, observe: report }), () => store.close());
