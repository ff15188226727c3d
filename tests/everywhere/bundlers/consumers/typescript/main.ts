// Typed code of a user: what it makes is compared with the golden vector, and one line must not compile.

import { type Cipher, type Client, createClient, isBlindtallyError, Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { check } from "./check.js";

type Events = { "page.viewed": undefined; "dose.missed": { ward: string } };

const cipher: Cipher = Keyset.generate().cipher();
export const same: boolean = cipher.decrypt(cipher.encrypt("page.viewed")) === "page.viewed";

export function log(client: Client<Events>): Promise<void> {
  // @ts-expect-error the map of events has no such name
  void (() => client.logEvent("page.veiwed"));
  return client.logEvent("dose.missed", { ward: "north" });
}

export const clientOf = (endpoint: string): Client<Events> =>
  createClient<Events>({ endpoint, keyset: Keyset.generate() });

console.log(JSON.stringify({ ...check({ importRootKey, isBlindtallyError }), same }));
