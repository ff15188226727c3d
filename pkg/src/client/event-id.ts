// Ids of events (SPEC.md, section 19): UUIDs of version 7, RFC 9562. Random bytes are drawn for many ids at once, as a call
// for each would take ten times as long as all the rest.

/** A new event id: later in order than every other that this copy of the code has made, whatever the clock does. */
export function newEventId(): string {
  if (drawn > POOL_BYTES - BYTES_OF_AN_ID) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  let now = Date.now();
  // A clock that stands still or was set back: the last millisecond goes on, and the next begins when it is full.
  if (!(now > millisecond) && ++counter > 0xfff) now = millisecond + 1;
  if (now > millisecond) {
    millisecond = now;
    // From a random place in the lower half, so that there is always room above.
    counter = (((pool[drawn++] as number) & 7) << 8) | (pool[drawn++] as number);
    const time = now.toString(16).padStart(12, "0");
    head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  return `${head}${(counter >> 8).toString(16)}${HEX[counter & 0xff]}-${HEX[((pool[drawn++] as number) & 0x3f) | 0x80]}${byte()}-${byte()}${byte()}${byte()}${byte()}${byte()}${byte()}`;
}

const POOL_BYTES = 2000;
const BYTES_OF_AN_ID = 10;
const HEX = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));
const pool = new Uint8Array(POOL_BYTES);
let drawn = POOL_BYTES;
let millisecond = 0;
let counter = 0;
/** The 13 digits that all ids of a millisecond begin with. */
let head = "";

const byte = (): string => HEX[pool[drawn++] as number] as string;
