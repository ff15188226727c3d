import { init } from "blindtally";
import { Bench } from "./bench.ts";
import { byId } from "./dom.ts";
import { mountColumns } from "./view/columns.ts";
import { mountControls } from "./view/controls.ts";
import { mountKeys } from "./view/keys.ts";
import { mountLearnt } from "./view/learnt.ts";
import { mountOutbox } from "./view/outbox.ts";
import { mountSealedFile } from "./view/sealed-file.ts";

const bench = new Bench(new URL(".", location.href));
mountControls(bench);
mountColumns(bench);
mountLearnt(bench);
mountKeys(bench);
mountSealedFile(bench);
mountOutbox(bench);

const again = byId("load-again", HTMLButtonElement);
again.addEventListener("click", load);
load();

/** Loads the SDK; never rejects. It can be tried again: a download may fail for a moment. */
async function load(): Promise<void> {
  again.hidden = true;
  try {
    await init();
    bench.openKeyring();
    bench.refresh();
  } catch (error) {
    again.hidden = false;
    bench.report(error);
  }
}
