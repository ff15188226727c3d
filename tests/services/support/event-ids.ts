import { randomBytes } from "node:crypto";

/** An id of an event that was logged at this time. */
export function eventId(milliseconds = Date.now()): string {
  const time = milliseconds.toString(16).padStart(12, "0");
  const random = randomBytes(10).toString("hex");
  const variant = "89ab"[Number.parseInt(random[3] ?? "0", 16) % 4];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}
