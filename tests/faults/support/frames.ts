// HTTP/1.1 messages on a connection, as bytes: what a gate needs to know of them to cut them in the middle.

import type { Socket } from "node:net";

/** The first line and the header fields of a message, and the bytes they were read from. */
export interface Head {
  readonly bytes: Buffer;
  readonly first: string;
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** Bytes of the body. */
  readonly length: number;
}

/** The bytes of a connection, taken in the pieces in which its reader wants them. */
export class Reader {
  #waiting: Buffer = Buffer.alloc(0);
  #over = false;
  #wake = (): void => {};

  constructor(socket: Socket, record: (bytes: Buffer) => void) {
    socket.on("data", (bytes: Buffer) => {
      record(bytes);
      this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
      this.#wake();
    });
    const end = (): void => {
      this.#over = true;
      this.#wake();
    };
    socket.once("end", end);
    socket.once("close", end);
  }

  /** The next head, or nothing when the connection ends before one is complete. */
  async head(): Promise<Head | undefined> {
    for (;;) {
      const end = this.#waiting.indexOf("\r\n\r\n");
      if (end >= 0) return headOf(this.#cut(end + 4));
      if (this.#over) return undefined;
      await this.#more();
    }
  }

  /** The next bytes, or nothing when the connection ends before there are so many. */
  async take(size: number): Promise<Buffer | undefined> {
    while (this.#waiting.length < size) {
      if (this.#over) return undefined;
      await this.#more();
    }
    return this.#cut(size);
  }

  #cut(size: number): Buffer {
    const taken = this.#waiting.subarray(0, size);
    this.#waiting = this.#waiting.subarray(size);
    return taken;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** A whole message made of a status, fields and a body. */
export function answerOf(status: number, fields: Readonly<Record<string, string>>, body: string): Buffer {
  const lines = Object.entries({ ...fields, "content-length": String(Buffer.byteLength(body)) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`HTTP/1.1 ${status} Answer\r\n${lines.join("")}\r\n${body}`);
}

/** The head of a request with a body of another length. */
export function withLength(head: Head, length: number): Buffer {
  return Buffer.from(
    head.bytes.toString("latin1").replace(/content-length: *\d+/i, `content-length: ${length}`),
  );
}

function headOf(bytes: Buffer): Head {
  const [first = "", ...lines] = bytes.toString("latin1").trimEnd().split("\r\n");
  const fields = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  // Neither the clients nor the services of this project send chunks; a gate that guessed would test something else.
  if (fields.has("transfer-encoding")) throw new Error(`a message in chunks: ${first}`);
  return { bytes, first, fields, length: Number(fields.get("content-length") ?? 0) };
}
