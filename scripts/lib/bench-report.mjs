// @ts-check
// A run as text: Markdown that also reads well in a terminal.

import { isMeasured } from "./bench-browsers.mjs";
import { digits, table, withSpread } from "./bench-table.mjs";
import { targets } from "./bench-targets.mjs";

/** @typedef {import("../../benches/js/statistics.mjs").Spread} Spread */
/** @typedef {import("./bench-node.mjs").Measured} Measured */
/** @typedef {import("./bench-browsers.mjs").MeasuredInBrowser} MeasuredInBrowser */

/**
 * What was measured, each part if it was.
 * @typedef {object} Results
 * @property {boolean} quick
 * @property {import("./bench-machine.mjs").About} about
 * @property {import("./bench-sizes.mjs").Row[]} sizes
 * @property {import("./bench-node.mjs").MeasuredInNode} [node]
 * @property {import("./bench-node.mjs").Memory} [memory]
 * @property {import("./bench-node.mjs").ColdStart[]} [coldStart]
 * @property {import("./bench-node.mjs").Sending[]} [logEvents]
 * @property {MeasuredInBrowser | { reason: string }} [chromium]
 * @property {MeasuredInBrowser | { reason: string }} [firefox]
 */

const QUICK =
  "**A quick run: so few rounds that the figures say little. Do not quote them.** `npm run bench` makes a full one.";

/** @param {Results} results */
export function text(results) {
  const { about, quick, node, memory, logEvents, sizes } = results;
  const runtimes = runtimesOf(results);
  const versions = [...about.versions, ...browserVersions(results)];
  return [
    ...(quick ? [QUICK] : []),
    `Measured on ${about.date}: ${about.machine}. ${versions.map(([name, version]) => `${name} ${version}`).join(", ")}.`,
    // Firefox alone has none.
    ...(node || isMeasured(results.chromium) ? [section("Aims", targets(results))] : []),
    ...runtimes.map(([name, measured]) => section(`Encrypt, ${name}`, encryptingRows(measured))),
    ...runtimes.map(([name, { decrypting }]) =>
      section(`Decrypt a result map, ${name}`, decryptingRows(decrypting)),
    ),
    ...(memory ? [section("Memory of a map of 1,000,000 rows, Node", memoryRows(memory))] : []),
    ...(node ? [section("The same batch without wasm, 24 bytes", native(node))] : []),
    section("Cold start to the first token, milliseconds", coldStarts(results)),
    ...(logEvents ? [section("The whole client into the API, events a second", sending(logEvents))] : []),
    section("What a page downloads, bytes", downloads(sizes)),
    ...unmeasured(results),
  ].join("\n\n");
}

/** The runtimes that were measured, by the name for people. @param {Results} results @returns {[string, Measured][]} */
export function runtimesOf({ node, chromium, firefox }) {
  return [
    ...(node ? [/** @type {[string, Measured]} */ (["Node", node])] : []),
    ...(isMeasured(chromium) ? [/** @type {[string, Measured]} */ (["Chromium", chromium])] : []),
    ...(isMeasured(firefox) ? [/** @type {[string, Measured]} */ (["Firefox", firefox])] : []),
  ];
}

/** @param {string} title @param {string[][]} rows */
const section = (title, rows) => `### ${title}\n\n${table(rows)}`;

/** @param {Measured} measured */
function encryptingRows({ encrypting: { distinct, repeated } }) {
  const cells = (/** @type {import("../../benches/js/encrypting.mjs").Row} */ { time, ratio, note }) => [
    withSpread(time),
    withSpread(ratio, "x"),
    note,
  ];
  return [
    ["bytes", "", "us a name", "times as fast as noble gcmsiv", ""],
    ...distinct.map((row) => [String(row.size), row.label, ...cells(row)]),
    ...repeated.map((row) => [String(row.size), row.label, ...cells(row)]),
  ];
}

/** @param {Measured["decrypting"]} decrypting */
function decryptingRows({ rows, growth }) {
  return [
    ["", "us an entry", "times as fast as noble gcmsiv"],
    ...rows.map(({ label, time, ratio }) => [label, withSpread(time), ratio ? withSpread(ratio, "x") : "-"]),
    ["an entry of 1,000,000 rows against one of 1,000", withSpread(growth, "x"), "-"],
  ];
}

/** @param {import("./bench-node.mjs").Memory} memory */
function memoryRows({ live, used, resident, samples }) {
  const megabytes = (/** @type {number | null} */ bytes) => (bytes === null ? "-" : (bytes / 1e6).toFixed(0));
  const row = (
    /** @type {string} */ label,
    /** @type {import("./bench-node.mjs").Growth} */ { kept, peak },
  ) => [label, megabytes(peak), megabytes(kept), peak === null ? "-" : digits(peak / kept)];
  return [
    ["above what was used before", "peak, MB", "kept, MB", "peak / kept"],
    row("in use, garbage collected before each look", live),
    row(`in use, as it comes (${samples} looks)`, used),
    row("resident (RSS)", resident),
  ];
}

/** @param {import("./bench-node.mjs").MeasuredInNode} node */
function native({ natives, encrypting: { distinct } }) {
  const batch = distinct.find(({ id }) => id === "batch-24");
  const names = { "native-hardware": "native, AES instructions", "native-software": "native, without them" };
  return [
    ["", "us a name", "cost in wasm (Node), as a multiple"],
    ...(batch ? [["wasm, Node", withSpread(batch.time), "1"]] : []),
    ...natives.map(({ id, time, cost }) => [
      names[/** @type {keyof typeof names} */ (id)],
      withSpread(time),
      withSpread(cost, "x"),
    ]),
  ];
}

/** @param {Results} results */
function coldStarts({ coldStart = [], chromium, firefox }) {
  const pages = Object.entries({ Chromium: chromium, Firefox: firefox }).flatMap(([name, browser]) =>
    isMeasured(browser) ? [{ label: `page in ${name}: a root key imported`, ...browser.coldStart }] : [],
  );
  const rows = [...coldStart.map((row) => ({ ...row, label: `Node: ${row.label}` })), ...pages];
  return [
    ["", "once it is loaded", "with loading it"],
    ...rows.map(({ label, loaded, whole }) => [label, withSpread(loaded), withSpread(whole)]),
  ];
}

/** @param {import("./bench-node.mjs").Sending[]} rows */
function sending(rows) {
  return [
    ["", "events a second", "against encryption off"],
    ...rows.map(({ label, eventsPerSecond, ratio }) => [
      label,
      withSpread(eventsPerSecond),
      withSpread(ratio, "x"),
    ]),
  ];
}

/** @param {import("./bench-sizes.mjs").Row[]} rows */
function downloads(rows) {
  return [
    ["", "raw", "gzip", "brotli"],
    ...rows.map(({ label, size }) => [
      label,
      ...[size.raw, size.gzip, size.brotli].map((bytes) => bytes.toLocaleString("en-US")),
    ]),
  ];
}

/** @param {Results} results @returns {[string, string][]} */
function browserVersions({ chromium, firefox }) {
  return [
    ...(isMeasured(chromium) ? [/** @type {[string, string]} */ (["Chromium", chromium.version])] : []),
    ...(isMeasured(firefox) ? [/** @type {[string, string]} */ (["Firefox", firefox.version])] : []),
  ];
}

/** @param {Results} results */
function unmeasured({ chromium, firefox }) {
  return Object.entries({ Chromium: chromium, Firefox: firefox }).flatMap(([name, browser]) =>
    browser && "reason" in browser ? [`Not measured in ${name}: ${browser.reason}.`] : [],
  );
}
