import type { SlotInfo } from "blindtally/sealed";
import type { Bench } from "../bench.ts";
import { byId } from "../dom.ts";
import { type FileMember, LOCKED_BY } from "../file-member.ts";

/** A sealed keyset file in this tab: opening, unlocking, locking and saving it. */
export function mountSealedFile(bench: Bench): void {
  const panel = byId("sealed", HTMLElement);
  const unlock = byId("unlock-form", HTMLFormElement);
  const passphrase = byId("passphrase", HTMLInputElement);
  const lock = byId("lock", HTMLButtonElement);
  const save = byId("save-file", HTMLButtonElement);
  const saved = byId("file-saved", HTMLButtonElement);
  const faults = { file: byId("file-fault", HTMLElement), passphrase: byId("passphrase-fault", HTMLElement) };
  const rest = byId("idle-rest", HTMLElement);
  mountChooser(bench);
  unlock.addEventListener("submit", (event) => {
    event.preventDefault();
    bench.files.unlock(passphrase.value);
    passphrase.value = "";
  });
  lock.addEventListener("click", () => bench.files.lock());
  save.addEventListener("click", () => bench.files.save(download));
  saved.addEventListener("click", () => bench.files.confirmSaved());
  window.addEventListener("beforeunload", (event) => {
    if (bench.keyring?.unsaved === true) event.preventDefault();
  });
  // Its own clock: it must not have everything drawn again each second.
  setInterval(() => {
    rest.textContent = restOf(bench.keyring?.file);
  }, 1_000);

  bench.subscribe(() => {
    const file = bench.keyring?.file;
    // Written only when it changed: an alert is read out again each time it is written.
    for (const part of ["file", "passphrase"] as const) {
      const said = bench.files.faults[part] ?? "";
      if (faults[part].textContent !== said) faults[part].textContent = said;
    }
    if (bench.files.faults.passphrase === undefined) passphrase.removeAttribute("aria-invalid");
    else passphrase.setAttribute("aria-invalid", "true");
    const held = panel.contains(document.activeElement);
    panel.hidden = file === undefined;
    if (file === undefined) return;
    byId("sealed-what", HTMLElement).textContent = whatOf(file);
    byId("sealed-state", HTMLElement).textContent = file.locked ? "Locked." : "Unlocked.";
    byId("sealed-why", HTMLElement).textContent = whyOf(file);
    rest.textContent = restOf(file);
    unlock.hidden = !file.locked;
    lock.hidden = file.locked;
    save.hidden = file.locked && !file.unsaved;
    saved.hidden = !file.handedOver;
    byId("unsaved", HTMLElement).hidden = !file.unsaved || file.handedOver;
    byId("handed-over", HTMLElement).hidden = !file.handedOver;
    // What has just been hidden cannot keep the focus; what takes its place does.
    const focused = document.activeElement;
    if (held && (!panel.contains(focused) || focused?.closest("[hidden]")))
      (file.locked ? passphrase : lock).focus();
  });
}

function mountChooser(bench: Bench): void {
  const chooser = byId("keyset-file", HTMLInputElement);
  const zone = byId("drop-zone", HTMLElement);
  const take = async (files: FileList | null | undefined): Promise<void> => {
    const file = files?.[0];
    if (file === undefined) return;
    // Far longer than any keyset file: not worth reading.
    const text = file.size > MOST_BYTES ? "" : await file.text();
    bench.files.open(file.name, text);
  };
  chooser.addEventListener("change", async () => {
    await take(chooser.files);
    // Or the same file, changed on disk, could not be chosen a second time.
    chooser.value = "";
  });
  const over = (event: DragEvent): void => {
    event.preventDefault();
    zone.classList.toggle("over", event.type === "dragover");
  };
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", over);
  zone.addEventListener("drop", (event) => {
    over(event);
    void take(event.dataTransfer?.files);
  });
}

const MOST_BYTES = 1_048_576;

function whatOf({ title, revision, slots }: FileMember): string {
  const opens = slots.map(slotName).join(", ");
  return `${title}${revision === 0 ? "" : `, revision ${revision}`}. Opens with: ${opens}.`;
}

function slotName(slot: SlotInfo): string {
  switch (slot.kind) {
    case "passphrase":
      return "a passphrase";
    case "recovery":
      return `${slot.threshold} of ${slot.shares} recovery shares`;
    case "passkey":
      return "a passkey";
    case "wrapper":
      return `a key store (${slot.name})`;
    case "raw":
      return "a key of 32 bytes";
  }
}

function whyOf({ lockedBecause }: FileMember): string {
  if (lockedBecause === undefined) return "";
  const wiped =
    lockedBecause === "new"
      ? ""
      : " Its keys are wiped from the SDK’s memory, and the names they opened are gone from this page. " +
        "There is nothing to reload: unlock it again and go on.";
  return LOCKED_BY[lockedBecause] + wiped;
}

function restOf(file: FileMember | undefined): string {
  const at = file?.locksAt;
  if (at === undefined) return "";
  const seconds = Math.max(0, Math.ceil((at.getTime() - Date.now()) / 1_000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return `Locks itself in ${clock} if nothing is sent or read.`;
}

/** Hands a text to the browser as a file to save. */
function download({ name, text }: { readonly name: string; readonly text: string }): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser begins to read it after this call.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
