import { isBlindtallyError } from "blindtally";
import { type Command, JSON_OPTION } from "../command.js";
import { convertData, DATA, openData } from "../data.js";
import { EXIT, Refusal } from "../failure.js";
import { CONTEXT, contextOf, KEYSET, openUsable } from "../opening.js";
import { lines } from "../rows/lines.js";
import { OPENING } from "../secrets.js";

export const tokens: Command = {
  name: "tokens",
  summary: "list every token of a name, for a query at the vendor",
  usage: "[options]",
  details:
    "Reads names, one a line, and writes for each its token under every enabled key, the primary one first, with a space\n" +
    "between them: events that were counted before a rotation have the older tokens. Names are not taken on the command\n" +
    "line, where others can read them.",
  groups: [
    { title: "Keyset", options: { ...KEYSET, ...CONTEXT } },
    { title: "Opening it (default: ask for the passphrase)", options: OPENING },
    {
      title: "Data",
      options: { ...DATA, ...JSON_OPTION, json: { help: 'write {"name": …, "tokens": […]} a line' } },
    },
  ],
  examples: [
    "blindtally tokens -k keys.btk --in names.txt",
    "blindtally tokens -k keys.btk --json < names.txt",
  ],
  async run(given, session) {
    const opened = await openUsable(given, session);
    try {
      const cipher = opened.keyset.cipher(contextOf(given), { cacheSize: 0 });
      const data = await openData(given, session);
      const write = (name: string, list: readonly string[]): string =>
        given.flag("json") ? JSON.stringify({ name, tokens: list }) : list.join(" ");
      await convertData(data, async () => {
        for await (const { texts, where } of lines(data.source)) {
          const written = texts.map((name, index) => {
            try {
              return `${write(name, cipher.tokensFor(name))}\n`;
            } catch (error) {
              if (!isBlindtallyError(error)) throw error;
              throw new Refusal(error.code, `${where(index)}: ${error.message}`);
            }
          });
          await data.output.write(written.join(""));
          data.progress.add(texts.length);
        }
      });
    } finally {
      opened.dispose();
    }
    return EXIT.ok;
  },
};
