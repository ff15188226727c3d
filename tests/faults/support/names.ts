// The events of a run: each has a name of its own, so that one that is lost cannot be made up for by one that is double.

/** An event as an application logs it. */
export interface Logged {
  readonly name: string;
  readonly properties?: Readonly<Record<string, string>>;
}

/** How each field is sent. A field of this list that has no policy is dropped. */
export const POLICIES = { ward: "deterministic", note: "randomized", area: "clear" } as const;

/** The name of the event with this number: most are short, some fill larger tokens. */
export function nameOf(stem: string, serial: number): string {
  return serial % 10 === 3 ? `${stem}.${serial}.für-${"x".repeat((serial % 4) * 40)}` : `${stem}.${serial}`;
}

/** The number of an event, from its name; -1 for a name that no event of the run has. */
export function serialOf(stem: string, name: string): number {
  const serial = Number(/^[a-z-]+\.(\d+)/.exec(name)?.[1] ?? -1);
  return nameOf(stem, serial) === name ? serial : -1;
}

/** The ward of an event, for those that have properties. */
export function wardOf(stem: string, serial: number): string | undefined {
  return serial % 4 === 1 ? `${stem}-ward-${serial % 5}` : undefined;
}

/** The event with this number. */
export function eventOf(stem: string, serial: number): Logged {
  const name = nameOf(stem, serial);
  const ward = wardOf(stem, serial);
  if (ward === undefined) return { name };
  return {
    name,
    properties: { ward, note: `${stem}-note-${serial}`, secret: `${stem}-secret`, area: "web" },
  };
}
