import { type Command, helpOf, overview, specsOf } from "./command.js";
import { COMMANDS } from "./commands.js";
import { EXIT, type ExitCode, reasonOf, UsageError, verdictOf } from "./failure.js";
import { looksSecret, nearest, parseOptions } from "./options.js";
import { Session } from "./session.js";
import { printable } from "./text.js";

declare const BLINDTALLY_VERSION: string;

const args = process.argv.slice(2);
const session = new Session(isQuiet(args));
watchOutput();
watchSignals(session);
process.exitCode = await run(args, session);

async function run(given: readonly string[], session: Session): Promise<ExitCode> {
  let name = "";
  try {
    const asked = answer(given);
    if (asked !== undefined) {
      process.stdout.write(asked);
      return EXIT.ok;
    }
    const { command, rest } = commandOf(given);
    name = command.name;
    if (wantsHelp(rest)) {
      process.stdout.write(helpOf(command));
      return EXIT.ok;
    }
    return await command.run(parseOptions(rest, specsOf(command), command.positionals ?? []), session);
  } catch (error) {
    session.cleanUp();
    const { exit, code, message } = verdictOf(error);
    if (isEndOfPipe(error)) return EXIT.ok;
    if (exit === EXIT.interrupted) return exit;
    const help =
      exit === EXIT.usage ? ` See \`${["blindtally", name, "--help"].filter(Boolean).join(" ")}\`.` : "";
    complain(`${message}${exit === EXIT.usage ? help : ` [${code}]`}`);
    return exit;
  }
}

/** What is asked of the program itself. */
function answer([first, ...rest]: readonly string[]): string | undefined {
  if (first === undefined) throw new UsageError("Which command?");
  if (first === "--version" || first === "-V") return `${BLINDTALLY_VERSION}\n`;
  if (first === "--help" || first === "-h" || (first === "help" && rest.length === 0))
    return overview(COMMANDS);
  if (first === "help") return helpOf(commandOf(rest).command);
  return undefined;
}

/** The command of one word or of two. */
function commandOf(given: readonly string[]): { command: Command; rest: readonly string[] } {
  const [first = "", second = ""] = given;
  const two = COMMANDS.find(({ name }) => name === `${first} ${second}`);
  if (two !== undefined) return { command: two, rest: given.slice(2) };
  const one = COMMANDS.find(({ name }) => name === first);
  if (one !== undefined) return { command: one, rest: given.slice(1) };
  const parts = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => `\`${name}\``);
  if (parts.length > 0) throw new UsageError(`Which one: ${parts.join(", ")}?`);
  if (first.startsWith("-")) throw new UsageError("A command comes first, then its options.");
  const meant = looksSecret(first)
    ? undefined
    : nearest(
        first,
        COMMANDS.map(({ name }) => name.split(" ")[0] as string),
      );
  throw new UsageError(
    `There is no such command.${meant === undefined ? "" : ` Did you mean \`${meant}\`?`}`,
  );
}

function beforeTerminator(given: readonly string[]): readonly string[] {
  return given.includes("--") ? given.slice(0, given.indexOf("--")) : given;
}

function wantsHelp(given: readonly string[]): boolean {
  return beforeTerminator(given).some((argument) => argument === "--help" || argument === "-h");
}

function isQuiet(given: readonly string[]): boolean {
  return beforeTerminator(given).some((argument) => argument === "--quiet" || argument === "-q");
}

/** One line, in which a path or an option may stand, with whatever is in it. */
function complain(text: string): void {
  process.stderr.write(`blindtally: ${printable(text)}\n`);
}

/** A reader that has seen enough, such as `head`, closes its pipe: that is no fault. */
function watchOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isEndOfPipe(error)) return session.interrupt(() => process.exit(EXIT.ok));
    session.interrupt(() => {
      const kept = session.saved ? "; what was to be saved is saved, and only words about it are lost" : "";
      complain(`standard output: ${reasonOf(error.code)}${kept} [file-access]`);
      process.exit(EXIT.refused);
    });
  });
  // Nobody hears what is said there; the exit code says it all the same.
  process.stderr.on("error", () => {});
}

function isEndOfPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "EPIPE";
}

function watchSignals(session: Session): void {
  for (const [signal, exit] of [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => session.interrupt(() => process.exit(exit)));
  }
}
