import type { Bench } from "../bench.ts";
import { byId, h, plural, replaceKeepingFocus } from "../dom.ts";
import type { KeptEvent } from "../outbox.ts";
import { FACTS } from "../way.ts";

/** What went wrong last, and the events it left unsent, each with a way to try again. */
export function mountOutbox(bench: Bench): void {
  const notice = byId("notice", HTMLElement);
  const outbox = byId("outbox", HTMLElement);
  const list = byId("kept", HTMLElement);
  byId("retry-all", HTMLButtonElement).addEventListener("click", () => bench.retryAll());
  const waiting = byId("waiting", HTMLElement);
  byId("send-waiting", HTMLButtonElement).addEventListener("click", () => bench.sendWaiting());
  let shown: unknown;
  bench.subscribe(() => {
    // An alert is read out whenever its content changes, so it changes only with the failure it tells of.
    if (bench.notice !== shown) {
      shown = bench.notice;
      replaceKeepingFocus(notice, shown === undefined ? [] : noticeText(bench));
    }
    const heldWaiting = waiting.contains(document.activeElement);
    waiting.hidden = bench.waiting === 0;
    byId("waiting-count", HTMLElement).textContent =
      `${plural(bench.waiting, "event")} waiting to be delivered`;
    if (heldWaiting && waiting.hidden) byId("name", HTMLElement).focus();
    const events = bench.outbox.events;
    const held = outbox.contains(document.activeElement);
    outbox.hidden = events.length === 0;
    byId("kept-count", HTMLElement).textContent = `${plural(events.length, "event")} not sent yet`;
    replaceKeepingFocus(
      list,
      events.map((event) => keptEvent(bench, event)),
    );
    // What is hidden cannot keep the focus, and a keyboard must not be thrown back to the top.
    if (held && outbox.hidden) byId("name", HTMLElement).focus();
  });
}

function noticeText(bench: Bench): HTMLElement[] {
  const { title = "", advice = "", code = "" } = bench.notice ?? {};
  return [
    h("p", {}, h("strong", {}, title), ` ${advice} `, h("code", {}, code)),
    h("button", { type: "button", class: "quiet", click: () => bench.dismissNotice() }, "Dismiss"),
  ];
}

function keptEvent(bench: Bench, { id, way, name, member, failure, tried }: KeptEvent): HTMLElement {
  const under = member === undefined ? "" : `, ${member.title}`;
  const why = tried ? `failed: ${failure.code}` : "not tried after that";
  return h(
    "li",
    {},
    h("b", {}, name),
    h("span", { class: "note" }, `${FACTS[way].phrase}${under}; ${why}`),
    h(
      "span",
      { class: "actions" },
      button(`retry-${id}`, "Try again", name, () => bench.retry(id)),
      button(`discard-${id}`, "Discard", name, () => bench.discard(id)),
    ),
  );
}

function button(focus: string, text: string, name: string, run: () => void): HTMLElement {
  return h(
    "button",
    { type: "button", class: "quiet", "data-focus": focus, click: run },
    text,
    h("span", { class: "unseen" }, ` ${name}`),
  );
}
