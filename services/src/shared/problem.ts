/** The codes of every refusal that the services themselves make; a code never changes its meaning. */
export type ProblemCode =
  | "bad-request"
  | "bad-json"
  | "bad-body"
  | "bad-name"
  | "bad-id"
  | "bad-property"
  | "not-found"
  | "method-not-allowed"
  | "request-timeout"
  | "body-too-large"
  | "unsupported-media-type"
  | "wrong-host"
  | "headers-too-large"
  | "internal"
  | "storage-unavailable"
  | "upstream-unavailable"
  | "upstream-bad-response"
  | "upstream-refused";

/**
 * A refusal as the client sees it: a status and `{"error":{"code","message"}}`.
 *
 * The message is written by the service and never repeats what was sent: what was sent may be a name.
 */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ProblemCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** The JSON text of the body. */
  get body(): string {
    return JSON.stringify({ error: { code: this.code, message: this.message } });
  }
}
