import { isObject } from "./json-body.js";
import { HttpProblem } from "./problem.js";

/** The most bytes a request body may have (1 MiB). */
export const MAX_BODY_BYTES = 1_048_576;
/** The most characters (Unicode code points) an event may have, and a value of a property. */
export const MAX_CHARACTERS = 1024;
/** The most entries one `POST /events` may have. */
export const MAX_ENTRIES = 1000;
/** The most properties an event may have. */
export const MAX_PROPERTIES = 32;

/** The values of an event beside its name, by field. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

/** One event of a request (SPEC.md, section 20). */
export interface Entry {
  readonly event: string;
  readonly id?: string;
  readonly properties?: Properties;
}

/** The entry that is the body of `POST /event`. Throws the refusal of a body that is none. */
export function entryOfBody(body: unknown): Entry {
  return entryOf(objectAt("", body), "");
}

/** The entries in the body of `POST /events`. Throws the refusal of a body that holds none, too many or a bad one. */
export function entriesOfBody(body: unknown): readonly Entry[] {
  const { events, ...others } = objectAt("", body);
  refuseOthers("", others);
  if (!Array.isArray(events)) throw badBody("", 'must have "events", a list');
  if (events.length < 1 || events.length > MAX_ENTRIES)
    throw badBody("/events", `must have 1 to ${MAX_ENTRIES} entries`);
  return events.map((entry: unknown, index) =>
    typeof entry === "string"
      ? { event: eventAt(`/events/${index}`, entry) }
      : entryOf(objectAt(`/events/${index}`, entry), `/events/${index}`),
  );
}

/** Whether a text names a field. */
export function isField(text: string): boolean {
  return FIELD.test(text);
}

const FIELD = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const FIELD_RULE = 'must be 1 to 64 characters: an ASCII letter, then letters, digits, "_", "." and "-"';
const PROPERTY_RULE = `must be true, false, null, a finite number, or well-formed text of 1 to ${MAX_CHARACTERS} characters`;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function entryOf(value: Readonly<Record<string, unknown>>, where: string): Entry {
  const { event, id, properties, ...others } = value;
  refuseOthers(where, others);
  const given = properties === undefined ? undefined : propertiesAt(`${where}/properties`, properties);
  return {
    event: eventAt(`${where}/event`, event),
    ...(id === undefined ? {} : { id: idAt(`${where}/id`, id) }),
    ...(given === undefined ? {} : { properties: given }),
  };
}

function eventAt(where: string, event: unknown): string {
  if (typeof event !== "string") throw badBody(where, "must be text");
  if (!isOfLength(event))
    throw new HttpProblem(400, "bad-name", `${valueAt(where)} must have 1 to ${MAX_CHARACTERS} characters.`);
  // A lone surrogate has no UTF-8 form: it would become U+FFFD on the way to storage and two names would merge.
  if (!event.isWellFormed())
    throw new HttpProblem(
      400,
      "bad-name",
      `${valueAt(where)} holds an unpaired surrogate, which no UTF-8 text can.`,
    );
  return event;
}

function idAt(where: string, id: unknown): string {
  if (typeof id === "string" && UUID_V7.test(id)) return id;
  throw new HttpProblem(400, "bad-id", `${valueAt(where)} must be a UUID of version 7 in lower case.`);
}

function propertiesAt(where: string, value: unknown): Properties | undefined {
  if (!isObject(value)) throw badProperty(where, "must be an object");
  const fields = Object.keys(value);
  if (fields.length > MAX_PROPERTIES) throw badProperty(where, `must have at most ${MAX_PROPERTIES} members`);
  const properties: Record<string, string | number | boolean> = {};
  fields.forEach((field, index) => {
    if (!isField(field)) throw badMember("name", field, index, where, FIELD_RULE);
    const property = value[field];
    if (property === null) return;
    if (!isProperty(property)) throw badMember("value", field, index, where, PROPERTY_RULE);
    properties[field] = property;
  });
  return Object.keys(properties).length === 0 ? undefined : properties;
}

function isProperty(value: unknown): value is string | number | boolean {
  switch (typeof value) {
    case "string":
      return isOfLength(value) && value.isWellFormed();
    case "number":
      // JSON has no infinity, but a number such as 1e999 is read as one.
      return Number.isFinite(value);
    default:
      return typeof value === "boolean";
  }
}

function isOfLength(text: string): boolean {
  if (text.length <= MAX_CHARACTERS) return text !== "";
  return text.length <= 2 * MAX_CHARACTERS && [...text].length <= MAX_CHARACTERS;
}

function objectAt(where: string, value: unknown): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw badBody(where, "must be an object");
}

function refuseOthers(where: string, others: object): void {
  if (Object.keys(others).length > 0) throw badBody(where, "has a member that is not known");
}

function badBody(where: string, fault: string): HttpProblem {
  return new HttpProblem(400, "bad-body", `${valueAt(where)} ${fault}.`);
}

function badProperty(where: string, fault: string): HttpProblem {
  return new HttpProblem(400, "bad-property", `${valueAt(where)} ${fault}.`);
}

/** Names a property by its position, since what stands there may be anything. */
function badMember(
  part: "name" | "value",
  field: string,
  index: number,
  where: string,
  rule: string,
): HttpProblem {
  // A number as name comes first in an object of JavaScript, wherever it stood.
  const which = /^\d+$/.test(field)
    ? `a property of ${where}`
    : `property ${index} of ${where}, counted from 0,`;
  return new HttpProblem(400, "bad-property", `The ${part} of ${which} ${rule}.`);
}

/** A JSON pointer of members that are known and positions, so it repeats no input. */
function valueAt(where: string): string {
  return where === "" ? "The body" : `The value at ${where}`;
}
