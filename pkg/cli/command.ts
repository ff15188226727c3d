import { EXIT_CODES, type ExitCode } from "./failure.js";
import type { Given, OptionSpec, OptionSpecs } from "./options.js";
import type { Session } from "./session.js";

/** Options that belong together in the help. */
export interface OptionGroup {
  readonly title: string;
  readonly options: OptionSpecs;
}

/** One command of the program. */
export interface Command {
  /** One word, or two: `slot add`. */
  readonly name: string;
  /** One line of the list of commands. */
  readonly summary: string;
  /** What stands behind the name in the usage line. */
  readonly usage: string;
  /** What it does, in a few lines. */
  readonly details: string;
  readonly groups: readonly OptionGroup[];
  /** Arguments that are not options, all required. */
  readonly positionals?: readonly string[];
  readonly examples: readonly string[];
  run(given: Given, session: Session): Promise<ExitCode>;
}

/** Options that every command has. */
export const COMMON: OptionGroup = {
  title: "Options of every command",
  options: {
    quiet: { short: "q", help: "say nothing but what was asked for, and errors" },
    help: { short: "h", help: "show this text" },
  },
};

/** The option for machine-readable output, where there is one. */
export const JSON_OPTION: OptionSpecs = { json: { help: "print JSON for programs to read" } };

/** All options of a command. */
export function specsOf({ groups }: Pick<Command, "groups">): OptionSpecs {
  return Object.assign({}, ...[...groups, COMMON].map(({ options }) => options));
}

/** The text of `blindtally <command> --help`. */
export function helpOf(command: Command): string {
  const groups = [...command.groups, COMMON].filter(({ options }) => Object.keys(options).length > 0);
  const width = Math.max(
    ...groups.flatMap(({ options }) => Object.entries(options).map(leftOf)).map(lengthOf),
  );
  const sections = groups.map(
    ({ title, options }) =>
      `${title}:\n${Object.entries(options)
        .map((entry) => `  ${leftOf(entry).padEnd(width)}  ${wrapHelp(entry[1].help, width + 4)}`)
        .join("\n")}\n`,
  );
  const examples = `Examples:\n${command.examples.map((line) => `  ${line}`).join("\n")}\n`;
  return [
    `Usage: blindtally ${command.name} ${command.usage}\n`,
    `${command.details}\n`,
    ...sections,
    examples,
    EXIT_CODES,
  ].join("\n");
}

/** The text of `blindtally --help`. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n");
  return `Usage: blindtally <command> [options]

Encrypts names of analytics events, reads counts of encrypted names, and keeps the keys for both in a sealed file.

Commands:
${rows}

\`blindtally <command> --help\` shows the options of a command; \`blindtally --version\` the version.
The keyset file is given by -k FILE or $BLINDTALLY_KEYSET. Secrets come from files, prompts, standard input
or file descriptors, never from the command line or the environment.

${EXIT_CODES}`;
}

const HELP_COLUMNS = 110;

const lengthOf = (text: string): number => text.length;

function leftOf([name, { value, short }]: [string, OptionSpec]): string {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

function wrapHelp(help: string, indent: number): string {
  const lines = [""];
  for (const word of help.split(" ")) {
    const line = lines.at(-1) as string;
    if (line !== "" && indent + line.length + 1 + word.length > HELP_COLUMNS) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
