// @ts-check
// The secure proxy of one run of the example: `proxy.mjs <upstream>`, with a key of its own.

import { Keyset } from "blindtally";
import { createProxy } from "blindtally-services/proxy";
import { report, serve } from "./serve.mjs";

const upstream = process.argv[2] ?? "";
const keyset = Keyset.generate();
await serve(createProxy({ upstream, keyset, observe: report }), () => keyset.dispose());
