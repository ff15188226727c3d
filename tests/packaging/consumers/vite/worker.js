import { init } from "blindtally";
import { importRootKey } from "blindtally/hazard";

addEventListener("message", async ({ data: golden }) => {
  await init();
  const keyset = importRootKey(Uint8Array.from(golden.root));
  postMessage(keyset.cipher(golden.context).encrypt(golden.name));
});
