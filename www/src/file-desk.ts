import { explain } from "./failure.ts";
import type { Keyring } from "./keyring.ts";

/** What the desk needs of the page around it. */
export interface Surroundings {
  /** Missing until the SDK has loaded. */
  keyring(): Keyring | undefined;
  run(operation: () => Promise<void>): void;
  announce(text: string): void;
  /** Reads the answer that is here with the keys of now. */
  openAgain(): void;
  /** Asks for the results; says what they are. */
  readAgain(): Promise<string>;
}

/** Opens, unlocks, locks and saves sealed files. */
export class FileDesk {
  /** What is wrong with a sealed file, or with the passphrase typed for it. */
  readonly faults: { file: string | undefined; passphrase: string | undefined } = {
    file: undefined,
    passphrase: undefined,
  };
  readonly #page: Surroundings;

  constructor(page: Surroundings) {
    this.#page = page;
  }

  /** Takes in a sealed file: the next revision of one that is unlocked here, or one to unlock. */
  open(name: string, text: string): void {
    this.#work("file", async (keyring) => {
      const member = await keyring.takeFile(name, text);
      this.#page.openAgain();
      return member.locked
        ? `${member.title} is here. Its passphrase unlocks it.`
        : `${member.title}: revision ${member.revision} is in use.`;
    });
  }

  unlock(passphrase: string): void {
    this.#work("passphrase", async ({ file }) => {
      await file?.unlock(passphrase);
      return `${file?.title} is unlocked. ${await this.#page.readAgain()}`;
    });
  }

  /** Locks the file in use; what that does follows by itself. */
  lock(): void {
    this.#page.keyring()?.file?.lock();
  }

  /** Hands the newest revision to `save`, which does not tell how that ends: {@link confirmSaved} does. */
  save(save: (file: { readonly name: string; readonly text: string }) => void): void {
    const file = this.#page.keyring()?.file;
    if (file === undefined) return;
    save(file.handOver());
    this.#page.announce(
      `${file.title}, revision ${file.revision}, is handed to the browser to save. Put it in the place of the former file, with mode 0600.`,
    );
  }

  /** Somebody says that the file handed over is where it belongs. */
  confirmSaved(): void {
    const file = this.#page.keyring()?.file;
    if (file === undefined) return;
    file.saved();
    this.#page.announce(`${file.title} counts as saved.`);
  }

  #work(part: keyof FileDesk["faults"], work: (keyring: Keyring) => Promise<string>): void {
    const keyring = this.#page.keyring();
    if (keyring === undefined) return;
    this.faults.file = undefined;
    this.faults.passphrase = undefined;
    this.#page.run(async () => {
      try {
        this.#page.announce(await work(keyring));
      } catch (error) {
        const { title, advice } = explain(error, "sdk", "");
        this.faults[part] = `${title} ${advice}`;
      }
    });
  }
}
