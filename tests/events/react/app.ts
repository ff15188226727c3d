// A small application, rendered by a server and by pages.

import { useBlindtally, useLogEvent, useResults } from "blindtally/react";
import { createElement as h, type ReactElement, useEffect, useState } from "react";

/** What an event is called that {@link App} logs when it appears. */
export interface AppProps {
  readonly event?: string;
  /** Called with the function of each rendering. */
  readonly onRender?: (logEvent: ReturnType<typeof useLogEvent>) => void;
  /** Called when its effect runs. */
  readonly onEffect?: () => void;
}

/** Shows whether there is a client, and logs an event when it appears. */
export function App({ event, onRender, onEffect }: AppProps): ReactElement {
  const client = useBlindtally();
  const logEvent = useLogEvent();
  const [clicks, setClicks] = useState(0);
  onRender?.(logEvent);
  useEffect(() => {
    onEffect?.();
    if (event) void logEvent(event);
  }, [event, logEvent, onEffect]);
  return h(
    "main",
    null,
    h("p", { id: "client" }, client ? "a client" : "no client"),
    h("button", { type: "button", onClick: () => setClicks(clicks + 1) }, `clicked ${clicks}`),
  );
}

/** Shows what is counted of an event. */
export function Count({ event, refreshMs }: { event: string; refreshMs?: number }): ReactElement {
  const { results, error, refresh } = useResults({ refreshMs });
  const text = error
    ? `error ${(error as Error).message}`
    : results
      ? `count ${results[event] ?? 0}`
      : "not read";
  return h("button", { id: "count", type: "button", onClick: refresh }, text);
}

/** Shows what is counted of an event by a field. */
export function Groups({ event, by }: { event: string; by: string }): ReactElement {
  const { results } = useResults({ by });
  return h("p", { id: "groups" }, results ? `${by} ${JSON.stringify(results[event] ?? {})}` : "not read");
}
