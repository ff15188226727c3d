/** The three ways to send: what each is called, and which events show it best. */

export const WAYS = ["clear", "sdk", "proxy"] as const;
export type Way = (typeof WAYS)[number];

/** Where the names on a stretch of the path can be read: at home, nowhere outside, or by anyone. */
export type Zone = "home" | "sealed" | "exposed";

export interface WayFacts {
  /** As in "sent through the SDK". */
  readonly phrase: string;
  readonly example: readonly string[];
  readonly wire: { readonly zone: Zone; readonly tag: string; readonly note: string };
  readonly stored: { readonly zone: Zone; readonly tag: string; readonly note: string };
  readonly read: { readonly note: string };
}

export const FACTS: Readonly<Record<Way, WayFacts>> = {
  clear: {
    phrase: "in clear",
    example: article("plaintext-event-a", "plaintext-event-b"),
    wire: {
      zone: "exposed",
      tag: "Outside, readable",
      note: "The real requests of this tab, names and all.",
    },
    stored: {
      zone: "exposed",
      tag: "Vendor’s side, readable",
      note: "What the analytics API answered to GET /results.",
    },
    read: { note: "The same answer. Nobody needs a key for it." },
  },
  sdk: {
    phrase: "through the SDK",
    example: article("secret-event-a", "secret-event-b"),
    wire: {
      zone: "sealed",
      tag: "Outside, sealed",
      note: "The real requests of this tab. The names left as tokens.",
    },
    stored: {
      zone: "sealed",
      tag: "Vendor’s side, sealed",
      note: "What the analytics API answered to GET /results.",
    },
    read: { note: "The same answer, opened here with the keyset in use." },
  },
  proxy: {
    phrase: "through the proxy",
    example: article("secret-event-a", "secret-event-b"),
    wire: {
      zone: "home",
      tag: "Your side, page to proxy",
      note:
        "The real requests of this tab. This hop stays on your premises, in clear. The proxy seals each name " +
        "before it goes on; this page cannot see that hop, only what arrived.",
    },
    stored: {
      zone: "sealed",
      tag: "Vendor’s side, sealed",
      note: "What the analytics API answered to GET /results, asked directly.",
    },
    read: { note: "GET /results of the proxy, which opened the names with its own key." },
  },
};

/** The run every part of the project shows: one name three times, another twice. */
function article(thrice: string, twice: string): string[] {
  return [thrice, thrice, thrice, twice, twice];
}
