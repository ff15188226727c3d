import type { Failure } from "./failure.ts";
import type { Member } from "./member.ts";
import type { Way } from "./way.ts";

/** An event that has not been counted, with all it takes to send it again the way it was meant. */
export interface KeptEvent {
  readonly id: number;
  readonly way: Way;
  readonly name: string;
  /** The keyset it was to be sealed under, so that a change of keyset does not change where it counts. */
  readonly member: Member | undefined;
  readonly failure: Failure;
  /** Whether a request for it has left: if so it may have arrived. */
  readonly tried: boolean;
}

/** Events that failed stay here, in order, until they are sent or thrown away by hand. */
export class Outbox {
  #kept: KeptEvent[] = [];
  #next = 1;

  get events(): readonly KeptEvent[] {
    return this.#kept;
  }

  keep(event: Omit<KeptEvent, "id">): void {
    this.#kept = [...this.#kept, { ...event, id: this.#next++ }];
  }

  /** Writes down that another try failed too. */
  failedAgain(id: number, failure: Failure): void {
    this.#kept = this.#kept.map((event) => (event.id === id ? { ...event, failure, tried: true } : event));
  }

  drop(id: number): void {
    this.#kept = this.#kept.filter((event) => event.id !== id);
  }
}
