/** A name that stands in the bad bodies and must not come back in any refusal. */
export const MARK = "marked-name";

/** Bodies that both services refuse with 400, each with the code of the refusal. */
export const BAD_BODIES: readonly (readonly [
  claim: string,
  path: string,
  body: string | Buffer,
  code: string,
])[] = [
  ["that is not JSON", "/event", `{"event":"${MARK}"`, "bad-json"],
  ["that is empty", "/event", "", "bad-json"],
  ["with a byte order mark", "/event", `\ufeff{"event":"${MARK}"}`, "bad-json"],
  ["that is not UTF-8", "/event", Buffer.from(`{"event":"${MARK}\xff"}`, "latin1"), "bad-json"],
  ["that is a string", "/event", `"${MARK}"`, "bad-body"],
  ["that is null", "/event", "null", "bad-body"],
  ["that is an array", "/event", `["${MARK}"]`, "bad-body"],
  ["without the event", "/event", "{}", "bad-body"],
  ["with a number as event", "/event", '{"event":1}', "bad-body"],
  ["with null as event", "/event", '{"event":null}', "bad-body"],
  ["with a list as event", "/event", `{"event":["${MARK}"]}`, "bad-body"],
  ["with another member", "/event", `{"event":"${MARK}","${MARK}":1}`, "bad-body"],
  ["with __proto__ as a member", "/event", `{"event":"${MARK}","__proto__":{"event":"${MARK}"}}`, "bad-body"],
  ["with only __proto__ as a member", "/event", `{"__proto__":{"event":"${MARK}"}}`, "bad-body"],
  [
    "with constructor as a member",
    "/event",
    `{"event":"${MARK}","constructor":{"prototype":{}}}`,
    "bad-body",
  ],
  ["with a high surrogate alone", "/event", `{"event":"${MARK}\\ud800"}`, "bad-name"],
  ["with a low surrogate alone", "/event", `{"event":"\\udc00${MARK}"}`, "bad-name"],
  ["with surrogates in the wrong order", "/event", `{"event":"${MARK}\\udc00\\ud800"}`, "bad-name"],
  ["with events for an event", "/event", `{"events":["${MARK}"]}`, "bad-body"],
  ["with an event for events", "/events", `{"event":"${MARK}"}`, "bad-body"],
  ["with a text for events", "/events", `{"events":"${MARK}"}`, "bad-body"],
  ["with an object for events", "/events", `{"events":{"0":"${MARK}"}}`, "bad-body"],
  ["with a number among events", "/events", `{"events":["${MARK}",1]}`, "bad-body"],
  ["with an empty text among events", "/events", `{"events":["${MARK}",""]}`, "bad-name"],
  ["with a lone surrogate among events", "/events", `{"events":["${MARK}","\\ud83d"]}`, "bad-name"],
];
