import type { KeyInfo } from "blindtally";
import type { Bench } from "../bench.ts";
import { byId, h, replaceKeepingFocus } from "../dom.ts";
import type { Keyring, Member } from "../keyring.ts";

/** The keysets of this tab: ids and states, and what can be done with them. Key bytes never come this far. */
export function mountKeys(bench: Bench): void {
  const list = byId("keys", HTMLElement);
  const sets = byId("keysets", HTMLElement);
  byId("generate-key", HTMLButtonElement).addEventListener("click", () =>
    bench.changeKeys(({ active }) => {
      if (active.full) return "This keyset has all the keys this page allows.";
      return `Key ${active.generateKey()} generated. It seals nothing until you make it primary.`;
    }),
  );
  byId("other-keyset", HTMLButtonElement).addEventListener("click", () =>
    bench.changeKeys((keyring) => {
      if (keyring.full) return "This page allows no more keysets. Choose one of those it has.";
      keyring.addKeyset();
      return `Keyset ${keyring.active.letter} is in use. The others are kept.`;
    }),
  );
  bench.subscribe(() => {
    const keyring = bench.keyring;
    byId("keys-panel", HTMLElement).hidden = bench.way !== "sdk";
    byId("keys-absent", HTMLElement).hidden = bench.way === "sdk";
    byId("keys-absent", HTMLElement).textContent = ABSENT[bench.way];
    if (keyring === undefined) return;
    byId("generate-key", HTMLElement).textContent =
      keyring.active.keys.length === 1 ? "Generate a second key" : "Generate another key";
    replaceKeepingFocus(
      list,
      keyring.active.keys.map((key) => keyRow(bench, keyring.active, key)),
    );
    replaceKeepingFocus(
      sets,
      keyring.members.map((member) => keysetChoice(bench, keyring, member)),
    );
  });
}

const ABSENT = {
  sdk: "",
  clear: "In clear there is no key: nothing is sealed.",
  proxy: "The proxy holds the keyset on your premises; this page has none and needs none.",
};

function keyRow(bench: Bench, member: Member, key: KeyInfo): HTMLElement {
  const { id } = key;
  const actions = [];
  if (!key.primary && key.status === "enabled") {
    actions.push(
      action(`promote-${id}`, "Make primary", id, () =>
        bench.changeKeys(() => {
          member.promote(id);
          return `Key ${id} is primary: the next names are sealed under it. Rows under the others still open.`;
        }),
      ),
      action(`switch-${id}`, "Disable", id, () =>
        bench.changeKeys(() => {
          member.disable(id);
          return `Key ${id} is disabled: its rows do not open until you enable it.`;
        }),
      ),
    );
  }
  if (key.status === "disabled") {
    actions.push(
      action(`switch-${id}`, "Enable", id, () =>
        bench.changeKeys(() => {
          member.enable(id);
          return `Key ${id} is enabled again.`;
        }),
      ),
    );
  }
  return h(
    "li",
    { class: key.status },
    h("code", {}, id),
    h("span", { class: key.primary ? "state primary" : "state" }, key.primary ? "primary" : key.status),
    h("span", { class: "actions" }, ...actions),
  );
}

function action(focus: string, text: string, id: string, run: () => void): HTMLElement {
  // The id is in the button's name too, or a list of buttons read aloud would hold the same one many times.
  const unseen = h("span", { class: "unseen" }, ` key ${id}`);
  return h("button", { type: "button", class: "quiet", "data-focus": focus, click: run }, text, unseen);
}

function keysetChoice(bench: Bench, keyring: Keyring, member: Member): HTMLElement {
  const { letter } = member;
  const input = h("input", {
    type: "radio",
    name: "keyset",
    value: letter,
    checked: member === keyring.active,
    "data-focus": `keyset-${letter}`,
    change: () =>
      bench.changeKeys((ring) => {
        ring.use(letter);
        return `Keyset ${letter} is in use.`;
      }),
  });
  return h("label", {}, input, h("span", {}, `Keyset ${letter}`));
}
