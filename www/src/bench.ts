import type { DebugEvent, Drop } from "blindtally";
import { plural } from "./dom.ts";
import { DroppedEvents, explain, type Failure } from "./failure.ts";
import { FileDesk } from "./file-desk.ts";
import { LOCKED_BY, type Lock } from "./file-member.ts";
import { Keyring } from "./keyring.ts";
import type { Member } from "./member.ts";
import { Outbox } from "./outbox.ts";
import { PlainClient, parseResults } from "./plain-client.ts";
import { Queue } from "./queue.ts";
import { apart, type Reading } from "./reading.ts";
import type { SaidLine } from "./said-line.ts";
import { FACTS, type Way } from "./way.ts";
import { Wire } from "./wire.ts";

const KEPT_LINES = 60;
const TOKENS = /bt1_[\w-]+/g;

/** The state of the page and everything that can be done with it. */
export class Bench {
  readonly wire: Wire;
  readonly outbox = new Outbox();
  way: Way = "sdk";
  keyring: Keyring | undefined; // missing until the SDK has loaded
  /** What the analytics API last answered. */
  stored: ReadonlyMap<string, number> | undefined;
  /** Rows that this tab caused, to tell them from those of others. */
  readonly mine = new Set<string>();
  notice: Failure | undefined;
  nameFault: string | undefined;
  announcement = "";
  /** What can be done with a sealed file. */
  readonly files = new FileDesk({
    keyring: () => this.keyring,
    run: (operation) => this.#queue.run(operation),
    announce: (text) => {
      this.announcement = text;
      this.#changed();
    },
    openAgain: () => this.#openAgain(),
    readAgain: async () => {
      this.notice = undefined;
      this.nameFault = undefined;
      await this.#read("sdk");
      return this.announcement;
    },
  });

  readonly #said: Record<Way, SaidLine[]> = { clear: [], sdk: [], proxy: [] };
  readonly #readings: Record<Way, Reading | undefined> = {
    clear: undefined,
    sdk: undefined,
    proxy: undefined,
  };
  readonly #listeners: (() => void)[] = [];
  readonly #plain: Readonly<Record<"clear" | "proxy", PlainClient>>;
  readonly #api: URL;
  readonly #queue = new Queue(
    () => this.#changed(),
    (error) => this.#unforeseen(error),
  );
  #number = 0;

  constructor(base: URL) {
    this.wire = new Wire(() => this.#changed());
    this.#api = new URL("api", base);
    this.#plain = {
      clear: new PlainClient(this.#api, this.wire.fetch),
      proxy: new PlainClient(new URL("proxy", base), this.wire.fetch),
    };
  }

  get busy(): boolean {
    return this.#queue.busy;
  }

  /** Whether the way chosen has keys that are locked. */
  get locked(): boolean {
    return this.way === "sdk" && this.keyring?.active.locked === true;
  }

  get said(): readonly SaidLine[] {
    return this.#said[this.way];
  }

  get reading(): Reading | undefined {
    return this.#readings[this.way];
  }

  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
    listener();
  }

  /** Called once the SDK has loaded; only then are there keys. */
  openKeyring(): void {
    const opening = {
      endpoint: this.#api,
      fetch: this.wire.fetchOfSdk,
      onDebug: (event: DebugEvent) => this.#hear(event),
      onDrop: (drop: Drop) => this.#fail(new DroppedEvents(drop), "sdk"),
    };
    this.keyring = new Keyring(opening, (member, lock) => this.#forget(member, lock));
    this.#changed();
  }

  choose(way: Way): void {
    this.way = way;
    this.nameFault = undefined;
    this.#changed();
    this.refresh();
  }

  refresh(): void {
    const way = this.way;
    this.#queue.run(async () => {
      // Moving along the radio buttons asks for each in turn; only the last one matters.
      if (way === this.way) await this.#read(way);
    });
  }

  send(name: string): void {
    this.nameFault = undefined;
    if (name === "") {
      this.nameFault = "Type a name first.";
      this.#changed();
      return;
    }
    this.#sendAll(this.way, [name]);
  }

  runExample(): void {
    this.nameFault = undefined;
    this.#sendAll(this.way, FACTS[this.way].example);
  }

  retry(id: number): void {
    this.#queue.run(async () => {
      const way = await this.#retryOne(id);
      if (way !== undefined) await this.#read(way, 1);
    });
  }

  retryAll(): void {
    this.#queue.run(async () => {
      let sent = 0;
      let last: Way | undefined;
      for (const { id } of this.outbox.events) {
        const way = await this.#retryOne(id);
        if (way === undefined) return;
        sent += 1;
        last = way;
      }
      if (last !== undefined) await this.#read(last, sent);
    });
  }

  /** Events that the SDK keeps, encrypted, until it can deliver them. */
  get waiting(): number {
    return (this.keyring?.members ?? []).reduce((sum, { waiting }) => sum + waiting, 0);
  }

  sendWaiting(): void {
    this.#queue.run(async () => {
      this.wire.about({ way: "sdk", number: undefined, name: undefined });
      for (const member of this.keyring?.members ?? []) {
        if (member.waiting > 0 && (await this.#flush(member)) !== undefined) return;
      }
      this.notice = undefined;
      await this.#read("sdk");
    });
  }

  discard(id: number): void {
    this.outbox.drop(id);
    this.#changed();
  }

  dismissNotice(): void {
    this.notice = undefined;
    this.#changed();
  }

  report(error: unknown): void {
    this.#fail(error, this.way);
    this.#changed();
  }

  /** Changes the keys, then reads the answer that is already here again: no request is needed to see the effect. */
  changeKeys(change: (keyring: Keyring) => string): void {
    const keyring = this.keyring;
    if (keyring === undefined) return;
    try {
      this.announcement = change(keyring);
      this.#openAgain();
    } catch (error) {
      this.#fail(error, "sdk");
    }
    this.#changed();
  }

  /** A locked keyset leaves no name on the page, except those of events that are still to be sent. */
  #forget(member: Member, lock: Lock): void {
    this.announcement = `${member.title} is locked. ${LOCKED_BY[lock]}`;
    if (member === this.keyring?.active) {
      this.#readings.sdk = undefined;
      this.#said.sdk.length = 0;
    }
    this.#changed();
  }

  /** Reads the answer that is here with the keys of now. */
  #openAgain(): void {
    const member = this.keyring?.active;
    if (member === undefined || member.locked) this.#readings.sdk = undefined;
    else if (this.stored !== undefined) this.#readings.sdk = member.open(this.stored);
  }

  #sendAll(way: Way, names: readonly string[]): void {
    const member = way === "sdk" ? this.keyring?.active : undefined;
    if (way === "sdk" && member === undefined) return;
    if (member?.locked === true) {
      this.nameFault = "The keyset is locked: nothing was sent. Unlock it below, then send again.";
      this.#changed();
      return;
    }
    this.#queue.run(async () => {
      let undelivered: Failure | undefined;
      for (const [index, name] of names.entries()) {
        const failure = await this.#send(way, name, member);
        if (failure === undefined) {
          // After one failure the rest would only wait for the same one: the SDK keeps them.
          if (member !== undefined) undelivered ??= await this.#flush(member);
          continue;
        }
        if (failure.inName) {
          this.nameFault = `${failure.title} ${failure.advice}`;
          return;
        }
        // After one failure the rest would only wait for the same one: they are kept, untried.
        for (const [offset, kept] of names.slice(index).entries()) {
          const tried = offset === 0 && failure.code !== "locked";
          this.outbox.keep({ way, name: kept, member, failure, tried });
        }
        return;
      }
      this.announcement = `${plural(this.waiting, "event")} waiting, encrypted.`;
      if (undelivered !== undefined) return;
      this.notice = undefined;
      await this.#read(way, names.length);
    });
  }

  /** Tries a kept event again; the way it went, or nothing if it failed and stays. */
  async #retryOne(id: number): Promise<Way | undefined> {
    const event = this.outbox.events.find((kept) => kept.id === id);
    if (event === undefined) return undefined;
    const failure = await this.#send(event.way, event.name, event.member);
    if (failure !== undefined) {
      this.outbox.failedAgain(id, failure);
      return undefined;
    }
    this.outbox.drop(id);
    // From here on the SDK keeps it.
    if (event.member !== undefined && (await this.#flush(event.member)) !== undefined) return undefined;
    this.notice = undefined;
    return event.way;
  }

  async #send(way: Way, name: string, member: Member | undefined): Promise<Failure | undefined> {
    const number = ++this.#number;
    this.wire.about({ way, number, name });
    this.#say(way, { number, text: "Sending event: ", name, failed: false });
    try {
      await (member === undefined
        ? this.#plain[way === "proxy" ? "proxy" : "clear"]
        : member.client
      ).logEvent(name);
      if (way === "clear") this.mine.add(name);
      return undefined;
    } catch (error) {
      const failure = this.#fail(error, way);
      this.#say(way, { number, text: `Failed: ${failure.code}`, name: "", failed: true });
      return failure;
    }
  }

  /** Sends what the SDK keeps; what it cannot send it goes on keeping. */
  async #flush(member: Member): Promise<Failure | undefined> {
    try {
      await member.flush();
      return undefined;
    } catch (error) {
      return this.#fail(error, "sdk");
    } finally {
      this.#remember();
    }
  }

  async #read(way: Way, sent = 0): Promise<void> {
    const before = sent === 0 ? "" : `${plural(sent, "event")} sent ${FACTS[way].phrase}. `;
    this.wire.about({ way, number: undefined, name: undefined });
    try {
      const reading = await this.#readBy(way, sent > 0);
      this.#readings[way] = reading;
      if (reading === undefined) {
        this.announcement = `${before}The keyset is locked, so the rows stay sealed.`;
        return;
      }
      const named = [...reading.counts].map(([name, count]) => `${name} ${count}`).join(", ");
      const unread =
        reading.unreadable.length === 0
          ? ""
          : ` ${plural(reading.unreadable.length, "row")} could not be read.`;
      this.#say(way, {
        number: undefined,
        text: "Results: ",
        name: JSON.stringify(Object.fromEntries(reading.counts)),
        failed: false,
      });
      this.announcement = `${before}Results: ${named === "" ? "no names" : named}.${unread}`;
      this.notice = undefined;
    } catch (error) {
      this.announcement = before;
      this.#fail(error, way);
    }
  }

  /** Nothing where the keys to read with are locked. */
  async #readBy(way: Way, sending: boolean): Promise<Reading | undefined> {
    if (way === "proxy") {
      const report = await this.#plain.proxy.getReport();
      const before = this.stored;
      this.stored = await this.#plain.clear.getResults();
      // The proxy keeps its tokens to itself, so the rows that grew tell which are this tab's.
      if (sending && before !== undefined) {
        for (const [row, count] of this.stored) if (count > (before.get(row) ?? 0)) this.mine.add(row);
      }
      return report;
    }
    if (way === "clear" || this.keyring === undefined) {
      this.stored = await this.#plain.clear.getResults();
      return apart(this.stored);
    }
    if (this.keyring.active.locked) {
      this.stored = await this.#plain.clear.getResults();
      return undefined;
    }
    const report = await this.keyring.active.client.getReport();
    // The SDK hands back what it opened; what it was handed is on the wire record of that very request.
    const asked = this.wire.of("sdk").filter(({ method }) => method === "GET");
    this.stored = parseResults(asked.at(-1)?.answer ?? "");
    this.#remember();
    return report;
  }

  #remember(): void {
    for (const { body } of this.wire.of("sdk"))
      for (const token of body.match(TOKENS) ?? []) this.mine.add(token);
  }

  /** What the SDK does by itself: it tries again, and has results to read when that went well. */
  #hear(event: DebugEvent): void {
    if (event.kind === "delivered" && !this.busy && this.way === "sdk") {
      this.notice = undefined;
      this.refresh();
    }
    this.#changed();
  }

  #say(way: Way, line: SaidLine): void {
    const lines = this.#said[way];
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    this.#changed();
  }

  #fail(error: unknown, way: Way): Failure {
    const failure = explain(error, way, this.wire.entries.at(-1)?.answer ?? "");
    if (!failure.inName) this.notice = failure;
    return failure;
  }

  /** A view that cannot be drawn holds up neither the others nor the operation. */
  #changed(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#unforeseen(error);
      }
    }
  }

  /** For the notice, and for the console as if nobody had caught it. */
  #unforeseen(error: unknown): void {
    this.#fail(error, this.way);
    reportError(error);
  }
}
