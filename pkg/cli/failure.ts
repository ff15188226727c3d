import { isBlindtallyError } from "blindtally";

/** How the process ends. */
export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 2,
  cannotOpen: 3,
  conflict: 4,
  unreadable: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit codes, as `--help` states them. */
export const EXIT_CODES = `Exit codes:
  0    done
  1    refused; the code is in the message
  2    called wrongly
  3    the keyset cannot be opened
  4    somebody else changed the keyset meanwhile (conflict)
  5    done, but some rows were unreadable
  130  interrupted
`;

/** A mistake in how the command was called. Its message repeats no value that could be a secret. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The person at the terminal ended it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** What stops a command: a code of the package, what happened, and what to do about it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;
  readonly exit: ExitCode;

  constructor(code: string, message: string, exit: ExitCode = exitOf(code)) {
    super(message);
    this.code = code;
    this.exit = exit;
  }
}

/** What is said of an error, in one line, and how the process ends. */
export interface Verdict {
  readonly exit: ExitCode;
  readonly code: string;
  readonly message: string;
}

/** What is said of whatever was thrown. Messages of errors that are not of this package may quote data, so they are not shown. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof UsageError) return { exit: EXIT.usage, code: "usage", message: error.message };
  if (error instanceof Interrupted)
    return { exit: EXIT.interrupted, code: "interrupted", message: "interrupted" };
  if (error instanceof Refusal) return { exit: error.exit, code: error.code, message: error.message };
  if (isBlindtallyError(error)) {
    const advice = ADVICE[error.code];
    return {
      exit: exitOf(error.code),
      code: error.code,
      message: advice === undefined ? error.message : `${error.message}; ${advice}`,
    };
  }
  const errno = (error as NodeJS.ErrnoException | undefined)?.code;
  if (typeof errno === "string" && /^E[A-Z0-9]+$/.test(errno))
    return { exit: EXIT.refused, code: "file-access", message: reasonOf(errno) };
  const where = error instanceof Error ? (error.stack?.match(/\bat .*$/m)?.[0] ?? "") : "";
  return {
    exit: EXIT.refused,
    code: "internal",
    message:
      `this is a fault of the program: ${error instanceof Error ? error.name : typeof error} ${where}`.trim(),
  };
}

/** Why the system refused a file, in words. */
export function reasonOf(errno: string | undefined): string {
  switch (errno) {
    case "ENOENT":
      return "there is no such file or folder";
    case "EEXIST":
      return "there is a file of this name already, and it is not overwritten";
    case "EACCES":
    case "EPERM":
      return "this user may not open it";
    case "ENOTDIR":
    case "EISDIR":
    case "ENXIO":
      return "it is not a regular file";
    case "ENOSPC":
      return "there is no room left on the device";
    case "EROFS":
      return "the file system is read-only";
    default:
      return `the system refused it (${errno ?? "unknown"})`;
  }
}

/** What to do about a refusal, where the package's own words do not say it because they do not know of commands. */
const ADVICE: Readonly<Record<string, string | undefined>> = {
  conflict: "run the command again: it begins with what is there now",
  "primary-key": "`blindtally promote` another key first, or `blindtally rotate`",
  "last-slot": "`blindtally slot add` another one first",
  "scoped-keyset": "run the command on the keyset that the scope was made from",
  "out-of-scope": "leave out --context, or use the keyset that the scope was made from",
};

function exitOf(code: string): ExitCode {
  return code === "conflict" ? EXIT.conflict : EXIT.refused;
}
