// What the hooks do in a page: React's development build, real clients and a real analytics API.

import { type Client, createClient, init, isBlindtallyError, Keyset } from "blindtally";
import { memoryQueue } from "blindtally/queue";
import { BlindtallyProvider, type BlindtallyProviderProps } from "blindtally/react";
import { createElement as h, type ReactNode, StrictMode } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { equal, ok } from "../../suite/check.js";
import { App, Count, Groups } from "./app.js";

await init();
const keyset = Keyset.generate();
const endpoint = new URLSearchParams(location.search).get("api") as string;
const server = await (await fetch("/server.html")).text();

const newClient = (): Client =>
  createClient({
    endpoint,
    keyset,
    queue: memoryQueue(),
    flushIntervalMs: 1,
    properties: { ward: "deterministic", bed: "clear" },
  });

type LogEvent = (name: string) => Promise<void>;

export const cases: readonly { readonly claim: string; readonly run: () => Promise<void> }[] = [
  {
    claim:
      "what a server rendered is taken over as it is, whatever the client is, and the client comes after it",
    async run() {
      const client = newClient();
      for (const given of [client, Promise.resolve(client)]) {
        const page = place(server);
        const shown = page.find("#client");
        equal(shown.textContent, "no client");
        const { problems, restore } = watched();
        page.hydrate(provided(given, h(App)), problems);
        await until(() => shown.textContent === "a client");
        ok(page.find("#client") === shown, "the same element");
        equal(problems, []);
        restore();
        page.unmount();
      }
    },
  },
  {
    claim: "a page that differs from what the server rendered would have been noticed by the case before",
    async run() {
      const page = place(server.replace("no client", "a client"));
      const { problems, restore } = watched();
      page.hydrate(provided(newClient(), h(App)), problems);
      await until(() => problems.length > 0);
      restore();
      page.unmount();
    },
  },
  {
    claim: "what is logged before a promised client comes is counted once, in order, when it has come",
    async run() {
      const client = newClient();
      const { promise, resolve } = later<Client>();
      const calls: LogEvent[] = [];
      const page = place();
      page.render(provided(promise, h(App, { event: "early.mount", onRender: (log) => calls.push(log) })));
      await until(() => calls.length > 0);
      const log = calls[0] as LogEvent;
      const order: string[] = [];
      const logged = ["early.a", "early.b"].map((name) => log(name).then(() => order.push(name)));
      equal(client.stats.logged, 0);
      resolve(client);
      await Promise.all(logged);
      await log("early.c");
      equal(order, ["early.a", "early.b"]);
      equal(client.stats.logged, 4);
      await client.flush();
      const { "early.mount": mount, "early.a": a, "early.b": b, "early.c": c } = await client.getResults();
      equal([mount, a, b, c], [1, 1, 1, 1]);
      page.unmount();
    },
  },
  {
    claim: "in strict mode each call logs one event, although effects run twice",
    async run() {
      for (const early of [true, false]) {
        const client = newClient();
        const given = early
          ? new Promise<Client>((resolve) => requestAnimationFrame(() => resolve(client)))
          : client;
        let effects = 0;
        const page = place();
        const app = h(App, { event: "strict", onEffect: () => (effects += 1) });
        page.render(h(StrictMode, null, provided(given, app)));
        await until(() => page.find("#client").textContent === "a client");
        equal(effects, 2);
        await until(() => client.stats.logged >= 2);
        page.find("button").click();
        await until(() => page.find("button").textContent === "clicked 1");
        await client.flush();
        equal(client.stats.logged, effects);
        page.unmount();
      }
      equal((await newClient().getResults()).strict, 4);
    },
  },
  {
    claim: "the function that logs is the same in each rendering, and through changes of the client",
    async run() {
      const [first, second] = [newClient(), newClient()];
      const seen = new Set<LogEvent>();
      const app = h(App, { onRender: (log) => seen.add(log) });
      const page = place();
      for (const given of [undefined, first, undefined, Promise.resolve(second)]) {
        page.render(provided(given, app));
        await until(() => (page.find("#client").textContent === "a client") === (given !== undefined));
        page.find("button").click();
      }
      equal(seen.size, 1);
      await ([...seen][0] as LogEvent)("same");
      equal([first.stats.logged, second.stats.logged], [0, 1]);
      page.unmount();
    },
  },
  {
    claim: "events wait through `undefined` and go to the client that comes",
    async run() {
      const client = newClient();
      const page = place();
      page.render(provided(undefined, h(App, { event: "waiting" })));
      await until(() => page.find("#client").textContent === "no client");
      page.render(provided(client, h(App, { event: "waiting" })));
      await until(() => client.stats.logged === 1);
      page.unmount();
    },
  },
  {
    claim: "a promise that was replaced gives nobody its client, nor its failure",
    async run() {
      const [late, current] = [newClient(), newClient()];
      const slow = later<Client>();
      const failing = later<Client>();
      const calls: LogEvent[] = [];
      const app = h(App, { onRender: (log) => calls.push(log) });
      const page = place();
      page.render(provided(slow.promise, app));
      await until(() => calls.length > 0);
      const early = (calls[0] as LogEvent)("replaced");
      page.render(provided(failing.promise, app));
      page.render(provided(current, app));
      await until(() => page.find("#client").textContent === "a client");
      slow.resolve(late);
      failing.reject(new Error("too late"));
      await early;
      await Promise.allSettled([slow.promise, failing.promise]);
      await (calls[0] as LogEvent)("replaced");
      equal([late.stats.logged, current.stats.logged], [0, 2]);
      page.unmount();
    },
  },
  {
    claim: "if the client fails, each call rejects with the reason, until there is another client",
    async run() {
      const reason = new Error("no keys today");
      const calls: LogEvent[] = [];
      const app = h(App, { onRender: (log) => calls.push(log) });
      const page = place();
      const { promise, reject } = later<Client>();
      page.render(provided(promise, app));
      await until(() => calls.length > 0);
      const log = calls[0] as LogEvent;
      const early = log("failed").catch((error) => error);
      reject(reason);
      ok((await early) === reason, "the early call says why");
      ok((await log("failed").catch((error) => error)) === reason, "the late call says why");
      equal(page.find("#client").textContent, "no client");
      const client = newClient();
      page.render(provided(client, app));
      await until(() => page.find("#client").textContent === "a client");
      await log("failed");
      equal(client.stats.logged, 1);
      page.unmount();
    },
  },
  {
    claim: "what the client refuses is what the call rejects with, early and late",
    async run() {
      const calls: LogEvent[] = [];
      const app = h(App, { onRender: (log) => calls.push(log) });
      const page = place();
      page.render(provided(undefined, app));
      await until(() => calls.length > 0);
      const log = calls[0] as LogEvent;
      const codes = [log(""), log("x".repeat(240))].map((call) => call.catch((error) => codeOf(error)));
      page.render(provided(newClient(), app));
      equal(await Promise.all(codes), ["bad-name", "bad-name"]);
      equal(await log("").catch((error) => codeOf(error)), "bad-name");
      page.unmount();
    },
  },
  {
    claim: "at most 1000 events wait for a client, and the next is refused",
    async run() {
      const calls: LogEvent[] = [];
      const app = h(App, { onRender: (log) => calls.push(log) });
      const page = place();
      page.render(provided(undefined, app));
      await until(() => calls.length > 0);
      const log = calls[0] as LogEvent;
      const waiting = Array.from({ length: 1000 }, () => log("many"));
      equal(await log("many").catch((error) => codeOf(error)), "not-initialized");
      const client = newClient();
      page.render(provided(client, app));
      await Promise.all(waiting);
      await log("many");
      equal(client.stats.logged, 1001);
      page.unmount();
    },
  },
  {
    claim: "an event that waits when the components go is still sent when the client comes",
    async run() {
      const client = newClient();
      const { promise, resolve } = later<Client>();
      let effects = 0;
      const page = place();
      page.render(provided(promise, h(App, { event: "unmounted", onEffect: () => (effects += 1) })));
      await until(() => effects === 1);
      page.unmount();
      resolve(client);
      await until(() => client.stats.logged === 1);
    },
  },
  {
    claim:
      "counts are shown when they come, read again when asked, and the client is not disposed with the components",
    async run() {
      const client = newClient();
      await client.logEvent("counted");
      const page = place();
      page.render(provided(client, h(Count, { event: "counted" })));
      const shown = () => page.find("#count").textContent;
      await until(() => shown() === "count 1");
      await client.logEvent("counted");
      equal(shown(), "count 1");
      page.find("#count").click();
      await until(() => shown() === "count 2");
      page.unmount();
      await client.logEvent("counted");
    },
  },
  {
    claim: "counts by a field are shown, and those of another field are not mistaken for them",
    async run() {
      const client = newClient();
      await client.logEvent("grouped", { ward: "7b", bed: 4 });
      await client.logEvent("grouped", { ward: 7, bed: 4 });
      const page = place();
      const seen: string[] = [];
      const shown = () => page.find("#groups").textContent as string;
      page.observe(() => seen.push(shown()));
      for (const by of ["ward", "bed"]) {
        page.render(provided(client, h(Groups, { event: "grouped", by })));
        await until(() => shown().startsWith(`${by} {"`));
      }
      page.unmount();
      const expected = ["not read", 'ward {"7b":1,"7":1}', 'ward {"7":1,"7b":1}', 'bed {"4":2}'];
      for (const text of seen) ok(expected.includes(text), text);
    },
  },
  {
    claim: "reading again and again ends with the components, and goes on after a failure",
    async run() {
      const client = newClient();
      await client.logEvent("polled");
      const counting = () => {
        const asked = { times: 0 };
        const getResults = async () => {
          asked.times += 1;
          if (asked.times === 2) throw new Error("just now");
          return client.getResults();
        };
        return { asked, given: { ...client, getResults } as unknown as Client };
      };
      const [first, second] = [counting(), counting()];
      const [page, other] = [place(), place()];
      const seen: (string | null)[] = [];
      page.observe(() => seen.push(page.find("#count").textContent));
      page.render(h(StrictMode, null, provided(first.given, h(Count, { event: "polled", refreshMs: 2 }))));
      await until(() => first.asked.times > 5);
      ok(seen.includes("count 1"), "was read");
      page.unmount();
      const times = first.asked.times;
      // The failure stands until the next reading, which may be sooner than the page is drawn.
      const seenAfter: (string | null)[] = [];
      other.observe(() => seenAfter.push(other.find("#count").textContent));
      other.render(provided(second.given, h(Count, { event: "polled", refreshMs: 2 })));
      await until(() => seenAfter.includes("error just now"));
      await until(() => second.asked.times > 8);
      equal(other.find("#count").textContent, "count 1");
      equal(first.asked.times, times);
      other.unmount();
    },
  },
  {
    claim: "a hook outside a provider says what is missing",
    async run() {
      const { restore } = watched();
      const page = place();
      const errors: unknown[] = [];
      page.render(h(App), (error) => errors.push(error));
      await until(() => errors.length > 0);
      equal(codeOf(errors[0]), "not-initialized");
      ok(String(errors[0]).includes("<BlindtallyProvider>"), "says what to do");
      restore();
      page.unmount();
    },
  },
];

const provided = (client: BlindtallyProviderProps["client"], child: ReactNode): ReactNode =>
  h(BlindtallyProvider, { client }, child);

/** A place in the page, and what React does there. */
function place(html = "") {
  const container = document.createElement("div");
  container.innerHTML = html;
  document.body.append(container);
  let root: Root | undefined;
  const observer = { stop: () => {} };
  return {
    find<E extends HTMLElement>(selector: string): E {
      return (container.querySelector(selector) ?? document.createElement("i")) as unknown as E;
    },
    render(node: ReactNode, onUncaughtError?: (error: unknown) => void) {
      root ??= createRoot(container, onUncaughtError && { onUncaughtError });
      root.render(node);
    },
    hydrate(node: ReactNode, problems: unknown[]) {
      root = hydrateRoot(container, node, { onRecoverableError: (error) => problems.push(String(error)) });
    },
    observe(changed: () => void) {
      const changes = new MutationObserver(changed);
      changes.observe(container, { childList: true, subtree: true, characterData: true });
      observer.stop = () => changes.disconnect();
    },
    unmount() {
      observer.stop();
      root?.unmount();
      container.remove();
    },
  };
}

/** What React complains of. */
function watched() {
  const problems: unknown[] = [];
  const { error } = console;
  console.error = (...words) => problems.push(words.map(String).join(" "));
  return {
    problems,
    restore: () => {
      console.error = error;
    },
  };
}

/** A promise, and what settles it. */
function later<T>() {
  let settle: { resolve(value: T): void; reject(reason: unknown): void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as NonNullable<typeof settle>) };
}

const codeOf = (error: unknown): string => (isBlindtallyError(error) ? error.code : String(error));

/** Looks whenever the page draws; fails after ten seconds. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came: ${condition}`);
    await new Promise(requestAnimationFrame);
  }
}
