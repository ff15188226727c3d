import type { Client } from "blindtally";

const PAUSE_MS = 50;

/** Tries until all is delivered, in a page too: `shutdown` leaves a durable queue to the next program once an attempt has failed. */
export async function delivered(client: Client): Promise<void> {
  for (;;) {
    try {
      return await client.flush();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
