// Says when keys of a worker will lock themselves, if nothing else was asked for.

import { init, Keyset } from "blindtally";

init().then(() => {
  const keyset = Keyset.generate();
  keyset.autoLock({});
  postMessage(keyset.locksAt);
  keyset.dispose();
});
