import { HttpProblem } from "./problem.js";

/** The most bytes a request body may have (1 MiB). */
export const MAX_BODY_BYTES = 1_048_576;
/** The most characters (Unicode code points) an event may have. */
export const MAX_EVENT_CHARACTERS = 1024;
/** The most entries one `POST /events` may have. */
export const MAX_EVENTS = 1000;

/** The body of `POST /event`. */
export interface EventBody {
  readonly event: string;
}

/** The body of `POST /events`. */
export interface EventsBody {
  readonly events: readonly string[];
}

// A lone surrogate has no UTF-8 form: it would become U+FFFD on the way to storage and two names would
// merge.
const EVENT = {
  type: "string",
  minLength: 1,
  maxLength: MAX_EVENT_CHARACTERS,
  pattern: "^\\P{Cs}*$",
} as const;

export const EVENT_BODY_SCHEMA = {
  type: "object",
  properties: { event: EVENT },
  required: ["event"],
  additionalProperties: false,
} as const;

export const EVENTS_BODY_SCHEMA = {
  type: "object",
  properties: { events: { type: "array", minItems: 1, maxItems: MAX_EVENTS, items: EVENT } },
  required: ["events"],
  additionalProperties: false,
} as const;

/** What the validator says about the first fault it met. */
export interface SchemaError {
  readonly keyword: string;
  /** A JSON pointer; it holds only members the schema knows and positions, so it repeats no input. */
  readonly instancePath: string;
  /** Of the keyword; for "type" the type that the schema asks for. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** The refusal for a body that the schema does not take: where and what, never the value. */
export function problemOfSchemaError({ keyword, instancePath, params }: SchemaError): HttpProblem {
  const where = instancePath === "" ? "The body" : `The value at ${instancePath}`;
  switch (keyword) {
    case "minLength":
    case "maxLength":
      return new HttpProblem(400, "bad-name", `${where} must have 1 to ${MAX_EVENT_CHARACTERS} characters.`);
    case "pattern":
      return new HttpProblem(
        400,
        "bad-name",
        `${where} holds an unpaired surrogate, which no UTF-8 text can.`,
      );
    case "minItems":
    case "maxItems":
      return new HttpProblem(400, "bad-body", `${where} must have 1 to ${MAX_EVENTS} entries.`);
    case "required":
      return new HttpProblem(
        400,
        "bad-body",
        `${where} lacks its one member: "event", or "events" for POST /events.`,
      );
    case "additionalProperties":
      return new HttpProblem(400, "bad-body", `${where} has a member that is not known.`);
    default:
      return new HttpProblem(400, "bad-body", `${where} must be of the JSON type ${params.type}.`);
  }
}
