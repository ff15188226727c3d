// Browsers and bundlers: the file lies beside the code, where bundlers find it by this address.

import { provideSealing } from "./source.js";

provideSealing(() => new URL("../../sealing.wasm", import.meta.url));
