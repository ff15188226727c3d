// esbuild leaves `new URL(..., import.meta.url)` alone. It does copy a file that is imported, with the loader `file`.

import { init } from "blindtally";
import core from "blindtally/blindtally.wasm";
import { initSealing } from "blindtally/sealed";
import sealing from "blindtally/sealing.wasm";

export async function load() {
  await init(new URL(core, import.meta.url));
  await initSealing(new URL(sealing, import.meta.url));
}
