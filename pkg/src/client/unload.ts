// When a page is left, and when it is worth another try. Where there is no page these never call.

/** Calls each time the page is hidden or left: either may be the last that the page hears. */
export function onHide(run: () => void): () => void {
  // Some browsers leave a page without hiding it, most phones hide it and then end it without a word.
  return listen([
    [globalThis, "pagehide", run],
    [globalThis.document, "visibilitychange", () => document.visibilityState === "hidden" && run()],
  ]);
}

/** Calls each time the machine is on the network again, or the page is looked at again. */
export function onReturn(run: () => void): () => void {
  return listen([
    [globalThis, "online", run],
    // From the back/forward cache, too.
    [globalThis.document, "visibilitychange", () => document.visibilityState === "visible" && run()],
  ]);
}

type Listening = readonly [target: Partial<EventTarget> | undefined, type: string, call: () => void];

function listen(all: readonly Listening[]): () => void {
  for (const [target, type, call] of all) target?.addEventListener?.(type, call);
  return () => {
    for (const [target, type, call] of all) target?.removeEventListener?.(type, call);
  };
}
