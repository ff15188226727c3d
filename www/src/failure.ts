import { type Drop, isBlindtallyError } from "blindtally";
import { UnsavedChanges } from "./file-member.ts";
import { LockedMember } from "./member.ts";
import { RequestFailure } from "./plain-client.ts";
import type { Way } from "./way.ts";

/** What went wrong, in words for the person at the page. */
export interface Failure {
  readonly code: string;
  readonly title: string;
  readonly advice: string;
  /** Whether the fault lies in the name itself: then it is for the field to say, and there is nothing to retry. */
  readonly inName: boolean;
}

/** The SDK has given events up, and says why. */
export class DroppedEvents extends Error {
  override readonly name = "DroppedEvents";
  readonly code = "dropped";
  readonly drop: Drop;

  constructor(drop: Drop) {
    super(drop.reason);
    this.drop = drop;
  }
}

export function explain(error: unknown, way: Way, answer: string): Failure {
  const { code, status } = classify(error);
  const failure = { code: status === undefined ? code : `${code} ${status}`, inName: false };
  switch (code) {
    case "bad-name":
      return {
        ...failure,
        title: "This name cannot be sealed.",
        advice: "A name has 1 to 239 bytes in UTF-8 and no half of a surrogate pair.",
        inName: true,
      };
    case "http-status":
      return { ...failure, ...explainStatus(status ?? 0, way, answer) };
    case "timeout":
      return {
        ...failure,
        title: "No answer within ten seconds.",
        advice: mayHaveArrived(way),
      };
    case "network":
      return {
        ...failure,
        title: "The server of this page cannot be reached.",
        advice: "Check that it runs and that you are online, then try again.",
      };
    case "bad-response":
      return {
        ...failure,
        title: "The answer is not a result map.",
        advice: "Something other than the analytics API may be answering on its port.",
      };
    case "wasm-unavailable":
      return {
        ...failure,
        title: "The SDK could not be loaded.",
        advice: "Load it again below. The other two ways to send work without it.",
      };
    case "locked":
      return {
        ...failure,
        title: "The keyset is locked.",
        advice: "Unlock it below. Events that wait here are kept.",
      };
    case "insecure-endpoint":
      return {
        ...failure,
        title: "This page was loaded over plain HTTP.",
        advice: "The SDK sends only over HTTPS or to this machine. Open the page over HTTPS.",
      };
    case "dropped":
      return {
        ...failure,
        title: `The SDK dropped ${error instanceof DroppedEvents ? error.drop.count : "some"} of its events.`,
        advice: `The reason: ${error instanceof DroppedEvents ? error.drop.reason : "unknown"}.`,
      };
    default:
      if (Object.hasOwn(FILE_FAULTS, code))
        return { ...failure, ...FILE_FAULTS[code as keyof typeof FILE_FAULTS] };
      return {
        ...failure,
        title: "That did not work.",
        advice: "Try again; reload the page if it stays so.",
      };
  }
}

/** What is wrong with a sealed file, by code. */
const FILE_FAULTS = {
  "bad-keyset-file": {
    title: "This is no sealed keyset file.",
    advice: "Choose one that blindtally keygen or this page has made.",
  },
  "cannot-open": {
    title: "The file does not open.",
    advice: "The passphrase is another one, or the file was altered: the two look alike.",
  },
  "bad-passphrase": { title: "That is no passphrase.", advice: "One has 1 to 1024 bytes." },
  "bad-parameters": {
    title: "The passphrase of this file is too costly to try, or too cheap to be safe.",
    advice: "Its cost is outside the limits; make the slot anew.",
  },
  "unknown-slot": {
    title: "This file has no passphrase.",
    advice: "Add one with blindtally slot add, then open it here.",
  },
  rollback: {
    title: "This file is older than what is in use here.",
    advice: "The newer keys stay in use. Save the file from this page, or choose the newest one.",
  },
  "unsaved-changes": {
    title: "This tab has changes of the same file that are not saved.",
    advice: "Save the file first and say that it is saved; then take the other one in, if it is the newer.",
  },
  "key-check": { title: "The keys in this file do not fit their check values.", advice: "Use another copy." },
  "primary-key": { title: "The primary key can be neither disabled nor destroyed.", advice: "Rotate first." },
  "scoped-keyset": {
    title: "A scope cannot change its keys.",
    advice: "Whoever has the root keys rotates and makes the next scope.",
  },
} as const;

/** What the SDK sends has ids. */
function mayHaveArrived(way: Way): string {
  return way === "sdk"
    ? "The event may have arrived all the same: its id keeps it from being counted twice."
    : "The event may have arrived all the same: trying again could count it twice.";
}

function explainStatus(
  status: number,
  way: Way,
  answer: string,
): Pick<Failure, "title" | "advice" | "inName"> {
  if (status >= 500) {
    const part =
      way === "proxy" && !answer.includes("analytics-api") ? downOnProxyPath(answer) : "The analytics API";
    if (status === 504) {
      return { title: `${part} did not answer in time.`, advice: mayHaveArrived(way), inName: false };
    }
    return {
      title: `${part} does not answer.`,
      advice: "Start it (npm start runs all parts), then try again.",
      inName: false,
    };
  }
  if (status === 400 || status === 422) {
    return {
      title: `The ${way === "proxy" ? "proxy" : "analytics API"} refused this event.`,
      advice: "A name has 1 to 239 bytes in UTF-8.",
      inName: true,
    };
  }
  return {
    title: `The request was refused with status ${status}.`,
    advice: status === 404 ? "The page’s server forwards no such path." : "Try again later.",
    inName: false,
  };
}

/** The page's own server names the part it could not reach; any other 502 comes from the proxy itself. */
function downOnProxyPath(answer: string): string {
  return answer.includes("secure-proxy") ? "The secure proxy" : "The analytics API behind the proxy";
}

function classify(error: unknown): { code: string; status: number | undefined } {
  if (error instanceof RequestFailure || isBlindtallyError(error))
    return { code: error.code, status: error.status };
  if (error instanceof LockedMember || error instanceof UnsavedChanges || error instanceof DroppedEvents)
    return { code: error.code, status: undefined };
  return { code: "internal", status: undefined };
}
