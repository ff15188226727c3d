import type { SlotInfo } from "blindtally/sealed";
import { FileMember, inspect, type Lock } from "./file-member.ts";
import { Member, type Opening } from "./member.ts";

/** The keysets of this tab. They live in its memory and nowhere else: a reload is the end of them. */
export class Keyring {
  readonly #members: Member[] = [];
  readonly #opening: Opening;
  readonly #onLock: (member: Member, lock: Lock) => void;
  #active: Member;
  #letters = 0;
  #files = 0;

  /** @param onLock is told when a file has locked, whoever or whatever locked it */
  constructor(opening: Opening, onLock: (member: Member, lock: Lock) => void) {
    this.#opening = opening;
    this.#onLock = onLock;
    this.#active = this.#addLetter();
  }

  get active(): Member {
    return this.#active;
  }

  /** The one in use, if it came from a sealed file. */
  get file(): FileMember | undefined {
    return this.#active instanceof FileMember ? this.#active : undefined;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Whether a sealed file has changes that exist in this tab only. */
  get unsaved(): boolean {
    return this.#fileMembers().some((member) => member.unsaved);
  }

  /** Adds a keyset that shares no key with the others and puts it to use. */
  addKeyset(): void {
    if (!this.full) this.#active = this.#addLetter();
  }

  use(id: string): void {
    this.#active = this.#members.find((member) => member.id === id) ?? this.#active;
  }

  get full(): boolean {
    return this.#letters >= MOST_KEYSETS;
  }

  /** Takes in the text of a sealed file and puts it to use: as the next revision of one that is here, or as another. */
  async takeFile(name: string, text: string): Promise<FileMember> {
    // Before any file that is here looks at it.
    const slots = await inspect(text);
    let member: FileMember | undefined;
    for (const known of this.#fileMembers()) if (known.takeNext(text, slots)) member = known;
    member ??= this.#addFile(name, text, slots);
    this.#active = member;
    return member;
  }

  #addFile(name: string, text: string, slots: readonly SlotInfo[]): FileMember {
    const number = this.#files + 1;
    const taken = this.#members.some(({ title }) => title === name);
    const source = { id: `file-${number}`, title: taken ? `${name} (${number})` : name, name, text, slots };
    const member: FileMember = new FileMember(source, this.#opening, (lock) => this.#onLock(member, lock));
    this.#files = number;
    this.#members.push(member);
    return member;
  }

  #fileMembers(): FileMember[] {
    return this.#members.filter((member) => member instanceof FileMember);
  }

  #addLetter(): Member {
    const letter = String.fromCharCode("A".charCodeAt(0) + this.#letters);
    this.#letters += 1;
    const member = Member.generate(letter, `Keyset ${letter}`, this.#opening);
    this.#members.push(member);
    return member;
  }
}

const MOST_KEYSETS = 4;
