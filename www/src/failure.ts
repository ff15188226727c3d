import { isBlindtallyError } from "blindtally";
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
        advice: MAY_HAVE_ARRIVED,
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
    case "insecure-endpoint":
      return {
        ...failure,
        title: "This page was loaded over plain HTTP.",
        advice: "The SDK sends only over HTTPS or to this machine. Open the page over HTTPS.",
      };
    default:
      return {
        ...failure,
        title: "That did not work.",
        advice: "Try again; reload the page if it stays so.",
      };
  }
}

const MAY_HAVE_ARRIVED = "The event may have arrived all the same: trying again could count it twice.";

function explainStatus(
  status: number,
  way: Way,
  answer: string,
): Pick<Failure, "title" | "advice" | "inName"> {
  if (status >= 500) {
    const part =
      way === "proxy" && !answer.includes("analytics-api") ? downOnProxyPath(answer) : "The analytics API";
    if (status === 504) {
      return { title: `${part} did not answer in time.`, advice: MAY_HAVE_ARRIVED, inName: false };
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
  return { code: "internal", status: undefined };
}
