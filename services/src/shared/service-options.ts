import { type GivenOptions, type OptionSpecs, parsePort, UsageError } from "./cli.js";
import { isOrigin } from "./cors.js";

/** The options both commands have. */
export function serviceOptions(port: number, portVariable: string): OptionSpecs {
  return {
    host: { value: "<address>", help: "address to listen on (default 127.0.0.1)" },
    port: {
      value: "<port>",
      help: `port to listen on, 0 for any free one (default $${portVariable}, else ${port})`,
    },
    "allow-origin": {
      value: "<origin>",
      repeatable: true,
      help: "let pages of this origin call from a browser; repeatable (default none)",
    },
    help: { help: "print this help" },
  };
}

/** The address, port and origins that were given. */
export interface GivenServiceOptions {
  readonly host: string;
  readonly port: number;
  readonly allowOrigins: readonly string[];
}

/**
 * Reads the options of {@link serviceOptions}; a port comes from the option, else the environment, else the
 * default.
 */
export function readServiceOptions(
  options: GivenOptions,
  port: number,
  portVariable: string,
): GivenServiceOptions {
  return {
    host: options.value("host") ?? "127.0.0.1",
    port: readPort(options.value("port"), port, portVariable),
    allowOrigins: options.values("allow-origin").map(readOrigin),
  };
}

function readPort(option: string | undefined, fallback: number, variable: string): number {
  if (option !== undefined) return parsePort(option, "--port");
  const fromEnvironment = process.env[variable];
  return fromEnvironment === undefined ? fallback : parsePort(fromEnvironment, `$${variable}`);
}

function readOrigin(text: string): string {
  if (isOrigin(text)) return text;
  throw new UsageError("--allow-origin must be an origin such as https://portal.example, without a path.");
}
