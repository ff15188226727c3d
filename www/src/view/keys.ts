import type { KeyInfo } from "blindtally";
import type { Bench } from "../bench.ts";
import { byId, h, replaceKeepingFocus } from "../dom.ts";
import type { Keyring } from "../keyring.ts";
import type { Member } from "../member.ts";
import { age } from "./age.ts";

/** The keysets of this tab: ids, ages and states, and what can be done with them. Key bytes never come this far. */
export function mountKeys(bench: Bench): void {
  const list = byId("keys", HTMLElement);
  const sets = byId("keysets", HTMLElement);
  const generate = byId("generate-key", HTMLButtonElement);
  const rotate = byId("rotate", HTMLButtonElement);
  // Destroying cannot be undone, so it takes a second press, on another button.
  const doomed: Doomed = { id: undefined };
  generate.addEventListener("click", () =>
    bench.changeKeys(({ active }) => {
      if (active.full) return "This keyset has all the keys this page allows.";
      return `Key ${active.generateKey()} generated. It seals nothing until you make it primary.`;
    }),
  );
  rotate.addEventListener("click", () =>
    bench.changeKeys(({ active }) => {
      if (active.full) return "This keyset has all the keys this page allows.";
      return `Rotated: key ${active.rotate()} is new and primary. Rows under the others still open.`;
    }),
  );
  byId("other-keyset", HTMLButtonElement).addEventListener("click", () =>
    bench.changeKeys((keyring) => {
      if (keyring.full) return "This page allows no more keysets. Choose one of those it has.";
      keyring.addKeyset();
      return `${keyring.active.title} is in use. The others are kept.`;
    }),
  );
  bench.subscribe(() => {
    const keyring = bench.keyring;
    byId("keys-panel", HTMLElement).hidden = bench.way !== "sdk";
    byId("keys-absent", HTMLElement).hidden = bench.way === "sdk";
    byId("keys-absent", HTMLElement).textContent = ABSENT[bench.way];
    if (keyring === undefined) return;
    const { active } = keyring;
    generate.textContent = active.keys.length === 1 ? "Generate a second key" : "Generate another key";
    generate.disabled = !active.changeable;
    rotate.disabled = !active.changeable;
    byId("keys-note", HTMLElement).textContent = noteOf(active);
    replaceKeepingFocus(
      list,
      active.keys.map((key) => keyRow(bench, active, key, doomed)),
    );
    replaceKeepingFocus(
      sets,
      keyring.members.map((member) => keysetChoice(bench, keyring, member)),
    );
  });
}

/** The key that would be destroyed by one more press. */
interface Doomed {
  id: string | undefined;
}

const ABSENT = {
  sdk: "",
  clear: "In clear there is no key: nothing is sealed.",
  proxy: "The proxy holds the keyset on your premises; this page has none and needs none.",
};

function noteOf(member: Member): string {
  if (member.locked) return "Locked: no key is here to be shown, used or changed.";
  if (member.context !== undefined)
    return `A scope: it reads and writes ${member.context.join(" / ")} and nothing else, and its keys cannot change.`;
  const days = member.rotateAfterDays;
  return days === undefined ? "" : `To be rotated every ${days} days.`;
}

function keyRow(bench: Bench, member: Member, key: KeyInfo, doomed: Doomed): HTMLElement {
  return h(
    "li",
    { class: key.status },
    h("code", {}, key.id),
    h("span", { class: key.primary ? "state primary" : "state" }, key.primary ? "primary" : key.status),
    h("span", { class: "note" }, age(key.created)),
    h("span", { class: "actions" }, ...(member.changeable ? actionsOf(bench, member, key, doomed) : [])),
  );
}

function actionsOf(bench: Bench, member: Member, key: KeyInfo, doomed: Doomed): HTMLElement[] {
  const { id, status, primary } = key;
  if (primary || status === "destroyed") return [];
  const button = (part: string, text: string, run: () => string) =>
    action(`${part}-${id}`, text, id, () =>
      bench.changeKeys(() => {
        doomed.id = undefined;
        return run();
      }),
    );
  if (doomed.id === id) {
    return [
      button("switch", "Keep", () => `Key ${id} is kept.`),
      button("destroy", "Destroy for good", () => {
        member.destroy(id);
        return `Key ${id} is destroyed: its rows can never be opened with this keyset again.`;
      }),
    ];
  }
  const destroy = button("destroy", "Destroy", () => {
    doomed.id = id;
    return `Destroy key ${id} for good? Its rows would never open again.`;
  });
  if (status === "disabled") {
    return [
      button("switch", "Enable", () => {
        member.enable(id);
        return `Key ${id} is enabled again.`;
      }),
      destroy,
    ];
  }
  return [
    button("promote", "Make primary", () => {
      member.promote(id);
      return `Key ${id} is primary: the next names are sealed under it. Rows under the others still open.`;
    }),
    button("switch", "Disable", () => {
      member.disable(id);
      return `Key ${id} is disabled: its rows do not open until you enable it.`;
    }),
    destroy,
  ];
}

function action(focus: string, text: string, id: string, run: () => void): HTMLElement {
  // The id is in the button's name too, or a list of buttons read aloud would hold the same one many times.
  const unseen = h("span", { class: "unseen" }, ` key ${id}`);
  return h("button", { type: "button", class: "quiet", "data-focus": focus, click: run }, text, unseen);
}

function keysetChoice(bench: Bench, keyring: Keyring, member: Member): HTMLElement {
  const { id, title } = member;
  const input = h("input", {
    type: "radio",
    name: "keyset",
    value: id,
    checked: member === keyring.active,
    "data-focus": `keyset-${id}`,
    change: () =>
      bench.changeKeys((ring) => {
        ring.use(id);
        return member.locked ? `${title} is chosen. It is locked.` : `${title} is in use.`;
      }),
  });
  return h("label", {}, input, h("span", {}, title));
}
