import { closeSync, openSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { ReadStream, WriteStream } from "node:tty";
import { Interrupted } from "./failure.js";

/** How what is typed shows: not at all, as one dot a character, or as it is. */
export type Echo = "hidden" | "dots" | "shown";

/** The terminal that the program was started from. */
export class Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #decoder = new StringDecoder("utf8");
  /** What was typed ahead. */
  #pending = "";

  private constructor(input: number, output: number) {
    this.#input = new ReadStream(input);
    this.#output = new WriteStream(output);
  }

  /** `undefined` where there is none, as in a service or a pipeline of a build. */
  static open(): Terminal | undefined {
    const descriptors: number[] = [];
    try {
      descriptors.push(openSync("/dev/tty", "r"), openSync("/dev/tty", "w"));
      return new Terminal(descriptors[0] as number, descriptors[1] as number);
    } catch {
      for (const descriptor of descriptors) closeSync(descriptor);
      return undefined;
    }
  }

  /** Asks a question and gives what was typed, up to Enter. */
  async ask(question: string, echo: Echo): Promise<string> {
    // Raw, so that nothing is echoed by the system, and before anybody begins to type an answer. It is put back below,
    // and by Node at the end of the process.
    this.#input.setRawMode(true);
    this.#output.write(question);
    try {
      return await this.#line(echo);
    } finally {
      this.#input.setRawMode(false);
      this.#input.pause();
      this.#output.write("\n");
    }
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }

  close(): void {
    this.#input.destroy();
    this.#output.destroy();
  }

  #line(echo: Echo): Promise<string> {
    return new Promise((resolve, reject) => {
      let line: string[] = [];
      const erase = (count: number) => {
        if (echo !== "hidden" && count > 0) this.#output.write("\b \b".repeat(count));
      };
      const settle = (end: () => void) => {
        this.#input.off("data", take);
        this.#input.off("end", ended);
        this.#input.off("error", reject);
        end();
      };
      const typed = (character: string) => {
        switch (character) {
          case "\r":
          case "\n":
            return settle(() => resolve(line.join("")));
          case "\u0003":
            return settle(() => reject(new Interrupted()));
          case "\u0004":
            return line.length === 0 ? settle(() => reject(new Interrupted())) : undefined;
          case "\u007f":
          case "\b":
            erase(line.length > 0 ? 1 : 0);
            return void line.pop();
          case "\u0015":
            erase(line.length);
            line = [];
            return undefined;
          default:
            if (character < " " || character.length > 2) return undefined;
            line.push(character);
            if (echo !== "hidden") this.#output.write(echo === "dots" ? "•" : character);
            return undefined;
        }
      };
      const take = (chunk: Buffer | string) => {
        this.#pending += typeof chunk === "string" ? chunk : this.#decoder.write(chunk);
        for (let key = this.#key(); key !== undefined; key = this.#key()) {
          typed(key);
          if (key === "\r" || key === "\n" || key === "\u0003") return;
        }
      };
      const ended = () => settle(() => reject(new Interrupted()));
      this.#input.on("data", take);
      this.#input.once("end", ended);
      this.#input.once("error", reject);
      take("");
      this.#input.resume();
    });
  }

  /** The next key: a character, or the whole sequence that an arrow or a function key sends. */
  #key(): string | undefined {
    const key = KEY.exec(this.#pending)?.[0];
    if (key !== undefined) this.#pending = this.#pending.slice(key.length);
    return key;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys of a terminal begin with one
const KEY = /^(?:\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])|[^\x1b])/su;
