import type { FastifyInstance } from "fastify";
import { UsageError } from "./cli.js";
import { describeError } from "./logging.js";

/**
 * Something outside the program that keeps it from starting: the process says it and ends with status 1.
 */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** A service that runs until it is closed. */
export interface RunningService {
  close(): Promise<void>;
}

/**
 * Runs a command: starts it, ends it in order on SIGINT or SIGTERM, and turns every failure into a sentence
 * and a status. `start` gives back nothing when the command has nothing to keep running.
 */
export async function runCommand(
  name: string,
  start: (args: readonly string[]) => Promise<RunningService | undefined>,
): Promise<void> {
  // The default report of an uncaught error prints its message, which may quote data.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`${name}: ended by an error: ${JSON.stringify(describeError(error))}\n`);
    process.exit(1);
  });
  try {
    const service = await start(process.argv.slice(2));
    if (service !== undefined) closeOnSignal(service);
  } catch (error) {
    if (error instanceof UsageError) fail(`${name}: ${error.message} See --help.`, 2);
    else if (error instanceof StartError) fail(`${name}: ${error.message}`, 1);
    else throw error;
  }
}

/** Listens, or says why it cannot. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening on ${address}` });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new StartError(
        `Port ${port} on ${host} is taken. End what listens there or choose another with --port.`,
      );
    }
    throw new StartError(`Cannot listen on ${host}, port ${port} (${code ?? "unknown"}).`);
  }
}

const CLOSE_DEADLINE_MS = 15_000;

function closeOnSignal(service: RunningService): void {
  let closing = false;
  const close = async (): Promise<void> => {
    // A second signal means: now.
    if (closing) process.exit(1);
    closing = true;
    // Unreferenced: it fires only if something keeps the process from ending.
    setTimeout(() => process.exit(1), CLOSE_DEADLINE_MS).unref();
    await service.close();
  };
  process.on("SIGINT", close);
  process.on("SIGTERM", close);
}

function fail(message: string, status: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = status;
}
