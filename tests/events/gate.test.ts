// What events pass before they are encrypted: the order of the steps, and every combination of them.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BeforeSend, GateOptions } from "blindtally";
import { refusal } from "../client/support/refusal.js";
import { createGate } from "./support/internals.js";

const clock = { monotonic: () => 0 };

/** Each option of the gate: what it is, which steps it shows when it is asked, and what comes of it. */
const CONSENTS = [undefined, "granted", "denied", "pending"] as const;
const SIGNALS = {
  none: undefined,
  nothing: { globalPrivacyControl: false, doNotTrack: null },
  unspecified: { doNotTrack: "unspecified" },
  gpc: { globalPrivacyControl: true, doNotTrack: null },
  dnt: { globalPrivacyControl: undefined, doNotTrack: "1" },
} as const;
const CHOICES = ["none", "optIn", "optOut", "optIn after optOut"] as const;
const ALLOWS = [
  "all",
  "list with both",
  "list without",
  "list with the first",
  "yes",
  "no",
  "throws",
] as const;
const HOOKS = ["none", "same", "renames", "null", "undefined", "throws", "promise", "no name"] as const;
const LIMITS = ["none", "open", "empty"] as const;

test("every combination of consent, signal, choice, allow-list, hook and limit ends as the order says", (context) => {
  quiet(context);
  let combinations = 0;
  for (const consent of CONSENTS)
    for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[])
      for (const respectSignals of [undefined, true, false])
        for (const choice of CHOICES)
          for (const allow of ALLOWS)
            for (const hook of HOOKS)
              for (const limit of LIMITS) {
                const asked: string[] = [];
                const gate = createGate(
                  {
                    consent,
                    respectSignals,
                    allow: allowing(allow, asked),
                    beforeSend: hooking(hook, asked),
                    rateLimit: limit === "none" ? false : { perSecond: 1e-9, burst: 1 },
                  },
                  clock,
                  SIGNALS[signal],
                );
                if (choice === "optOut" || choice === "optIn after optOut") gate.optOut();
                if (choice === "optIn" || choice === "optIn after optOut") gate.optIn();
                if (limit === "empty") exhaust(gate, asked);

                const expected = expectedOf(consent, signal, respectSignals, choice, allow, hook, limit);
                const passed = gate.pass("first", { ward: "7b" });
                const what = JSON.stringify({ consent, signal, respectSignals, choice, allow, hook, limit });
                assert.deepEqual(passed, expected.outcome, what);
                assert.deepEqual(asked, expected.asked, what);
                assert.equal(gate.consent, expected.consent, what);
                combinations += 1;
              }
  assert.equal(combinations, 4 * 5 * 3 * 4 * 7 * 8 * 3);
});

/** The contract, step by step. */
function expectedOf(
  consent: (typeof CONSENTS)[number],
  signal: keyof typeof SIGNALS,
  respectSignals: boolean | undefined,
  choice: (typeof CHOICES)[number],
  allow: (typeof ALLOWS)[number],
  hook: (typeof HOOKS)[number],
  limit: (typeof LIMITS)[number],
) {
  const signalled = (signal === "gpc" || signal === "dnt") && respectSignals !== false;
  const chosen = { none: undefined, optIn: "granted", optOut: "denied", "optIn after optOut": "granted" }[
    choice
  ];
  const state = chosen ?? (signalled ? "denied" : (consent ?? "granted"));
  const asked: string[] = [];
  const end = (outcome: unknown) => ({ outcome, asked, consent: state });
  if (state === "denied") return end("no-consent");

  const isFunction = allow === "yes" || allow === "no" || allow === "throws";
  if (isFunction) asked.push("allow first");
  if (allow === "list without" || allow === "no" || allow === "throws") return end("not-allowed");

  // A limit that is used up was used up by an event like this one, where that passed.
  const isEmpty =
    limit === "empty" &&
    (hook === "none" || hook === "same" || (hook === "renames" && allow !== "list with the first"));
  if (hook === "none") return end(isEmpty ? "rate-limited" : { name: "first", properties: { ward: "7b" } });
  asked.push("hook first");
  if (hook === "same") return end(isEmpty ? "rate-limited" : { name: "first", properties: { ward: "7b" } });
  if (hook !== "renames") return end("before-send");
  if (isFunction) asked.push("allow second");
  if (allow === "list with the first") return end("not-allowed");
  return end(isEmpty ? "rate-limited" : { name: "second", properties: { ward: "8" } });
}

function allowing(allow: (typeof ALLOWS)[number], asked: string[]): GateOptions["allow"] {
  const answering = (answer: () => boolean) => (name: string) => {
    asked.push(`allow ${name}`);
    return answer();
  };
  switch (allow) {
    case "all":
      return undefined;
    case "list with both":
      return new Set(["first", "second"]);
    case "list without":
      return ["third"];
    case "list with the first":
      return ["first"];
    case "yes":
      return answering(() => true);
    case "no":
      return answering(() => false);
    case "throws":
      return answering(() => {
        throw new Error("secret-event-a");
      });
  }
}

function hooking(hook: (typeof HOOKS)[number], asked: string[]): BeforeSend | undefined {
  const answering = (answer: (event: Parameters<BeforeSend>[0]) => unknown) =>
    ((event) => {
      asked.push(`hook ${event.name}`);
      return answer(event);
    }) as BeforeSend;
  switch (hook) {
    case "none":
      return undefined;
    case "same":
      return answering((event) => event);
    case "renames":
      return answering(() => ({ name: "second", properties: { ward: "8" } }));
    case "null":
      return answering(() => null);
    case "undefined":
      return answering(() => undefined);
    case "throws":
      return answering(() => {
        throw new Error("secret-event-a");
      });
    case "promise":
      return answering(async (event) => event);
    case "no name":
      return answering(() => ({ properties: {} }));
  }
}

function exhaust(gate: ReturnType<typeof createGate>, asked: string[]): void {
  gate.pass("first", {});
  asked.length = 0;
}

test("a signal that appears later counts from then on, and what it meant stays when it goes", () => {
  const signals = { globalPrivacyControl: false };
  const gate = createGate({ consent: "granted" }, clock, signals);
  assert.deepEqual(gate.pass("a"), { name: "a", properties: undefined });
  signals.globalPrivacyControl = true;
  assert.equal(gate.pass("a"), "no-consent");
  signals.globalPrivacyControl = false;
  assert.equal(gate.consent, "denied");
  gate.optIn();
  signals.globalPrivacyControl = true;
  assert.deepEqual(gate.pass("a"), { name: "a", properties: undefined });
  assert.equal(gate.consent, "granted");
});

test("beforeSend gets a copy of its own, and may change it", () => {
  const given = Object.freeze({ ward: "7b", late: true });
  const gate = createGate(
    {
      beforeSend(event) {
        event.name += ".changed";
        delete event.properties.late;
        event.properties.bed = 4;
        return event;
      },
    },
    clock,
  );
  assert.deepEqual(gate.pass("a", given), { name: "a.changed", properties: { ward: "7b", bed: 4 } });
  assert.deepEqual(given, { ward: "7b", late: true });
});

test("beforeSend gets an object of properties for an event without any", () => {
  const seen: unknown[] = [];
  const gate = createGate({ beforeSend: (event) => void seen.push(event.properties) }, clock);
  gate.pass("a");
  gate.pass("a", undefined);
  gate.pass("a", null as never);
  assert.deepEqual(seen, [{}, {}, {}]);
});

test("what beforeSend adds under the name `__proto__` changes no prototype", () => {
  const properties = JSON.parse('{"__proto__": {"polluted": true}, "ward": "7b"}');
  const gate = createGate({ beforeSend: (event) => event }, clock);
  const passed = gate.pass("a", properties) as { properties: object };
  assert.equal((passed.properties as { polluted?: unknown }).polluted, undefined);
  assert.deepEqual(Object.keys(passed.properties), ["__proto__", "ward"]);
});

test("a promise lets nothing through, and its failure ends no program", async (context) => {
  quiet(context);
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  context.after(() => process.off("unhandledRejection", note));
  const failing = async (): Promise<never> => {
    throw new Error("secret-event-a");
  };
  assert.equal(createGate({ beforeSend: failing as never }, clock).pass("a"), "before-send");
  assert.equal(createGate({ allow: failing as never }, clock).pass("a"), "not-allowed");
  assert.equal(createGate({ allow: (async () => true) as never }, clock).pass("a"), "not-allowed");
  await new Promise(setImmediate);
  assert.deepEqual(unhandled, []);
});

test("an allow-list that is changed later changes nothing", () => {
  const list = ["a"];
  const gate = createGate({ allow: list }, clock);
  list.push("b");
  assert.equal(gate.pass("b"), "not-allowed");
  assert.equal(createGate({ allow: [] }, clock).pass("a"), "not-allowed");
});

test("a function on the allow-list that says anything but `true` allows nothing", () => {
  for (const answer of [undefined, null, 0, 1, "yes", {}, Promise.resolve(true)]) {
    assert.equal(createGate({ allow: () => answer as boolean }, clock).pass("a"), "not-allowed");
  }
});

test("a name is looked for on the list as it is, `__proto__` and numbers included", () => {
  const gate = createGate({ allow: ["__proto__", "7"] }, clock);
  assert.deepEqual(gate.pass("__proto__"), { name: "__proto__", properties: undefined });
  assert.equal(gate.pass("constructor"), "not-allowed");
  assert.equal(gate.pass(7 as never), "not-allowed");
  assert.equal(gate.pass("__proto__ "), "not-allowed");
});

test("a function that throws is told of once, without what it threw", async (context) => {
  const said = quiet(context);
  // A copy of the code that has not warned yet.
  const url = new URL("../../../pkg/dist/esm/client/gate.js?fresh", import.meta.url);
  const { createGate } = (await import(url.href)) as {
    createGate: typeof import("./support/internals.js").createGate;
  };
  const failing = () => {
    throw new Error("secret-event-a");
  };
  const hooked = createGate({ beforeSend: failing }, clock);
  const listed = createGate({ allow: failing }, clock);
  for (let event = 0; event < 3; event += 1) {
    assert.equal(hooked.pass("secret-event-b"), "before-send");
    assert.equal(listed.pass("secret-event-b"), "not-allowed");
  }
  assert.equal(said.length, 2);
  assert.match(String(said[0]), /`beforeSend`/);
  assert.match(String(said[1]), /`allow`/);
  assert.doesNotMatch(said.join(), /secret/);
});

test("options that are none are refused when the gate is made", () => {
  const wrong: object[] = [
    { consent: "yes" },
    { consent: null },
    { consent: true },
    { allow: "abc" },
    { allow: null },
    { allow: 7 },
    { allow: {} },
    { beforeSend: {} },
    { beforeSend: null },
    { rateLimit: { perSecond: 0 } },
    { rateLimit: {} },
    { rateLimit: true },
    { rateLimit: 10 },
  ];
  for (const options of wrong) {
    assert.throws(
      () => createGate(options as GateOptions, clock),
      refusal("bad-argument"),
      JSON.stringify(options),
    );
  }
});

test("properties that are no object are refused before beforeSend sees them", () => {
  const gate = createGate({ beforeSend: () => assert.fail("was asked") }, clock);
  for (const properties of ["text", 7, true, [], new Map(), Promise.resolve({}), () => {}]) {
    assert.throws(() => gate.pass("a", properties as never), refusal("bad-argument"));
  }
});

/** Keeps warnings away from the output and gives them back. */
function quiet(context: TestContext): unknown[] {
  const said: unknown[] = [];
  context.mock.method(console, "warn", (...words: unknown[]) => void said.push(...words));
  return said;
}
