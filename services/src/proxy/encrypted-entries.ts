import { isBlindtallyError } from "blindtally";
import type { Entry } from "../shared/entries.js";
import { HttpProblem } from "../shared/problem.js";
import type { Ciphers } from "./current-cipher.js";

/** The entry as the vendor gets it: under its own id, so that the vendor knows it again when it is sent twice. */
export function encryptedEntry({ names, events }: Ciphers, entry: Entry): Entry {
  const event = refusing("", () => names.encrypt(entry.event));
  return sealed(events, entry, event, "");
}

/** The entries as the vendor gets them. One with nothing beside its name is text, as it was before there were ids. */
export function encryptedEntries({ names, events }: Ciphers, entries: readonly Entry[]): (Entry | string)[] {
  const tokens = refusing("/events", () => names.encryptAll(entries.map(({ event }) => event)));
  return entries.map((entry, index) => {
    const token = tokens[index] as string;
    const { id, properties } = entry;
    if (id === undefined && properties === undefined) return token;
    return sealed(events, entry, token, `/events/${index}`);
  });
}

function sealed(events: Ciphers["events"], { id, properties }: Entry, event: string, where: string): Entry {
  const encrypted = refusing(where, () => events.encryptProperties(properties));
  return {
    event,
    ...(id === undefined ? {} : { id }),
    ...(encrypted === undefined ? {} : { properties: encrypted }),
  };
}

/** The body was checked before: of a name and of a value, only the length in bytes remains to be refused. */
function refusing<T>(where: string, encrypt: () => T): T {
  try {
    return encrypt();
  } catch (error) {
    if (!isBlindtallyError(error)) throw error;
    const { code, index } = error;
    if (code === "bad-name") {
      const at = index === undefined ? `${where}/event` : `${where}/${index}`;
      throw new HttpProblem(400, code, `The value at ${at} must have at most 239 bytes in UTF-8.`);
    }
    if (code === "bad-property") {
      // The message names a field for which this proxy was given a policy, and no value.
      throw new HttpProblem(400, code, `A value of ${where}/properties is refused: ${error.message}.`);
    }
    throw error;
  }
}
