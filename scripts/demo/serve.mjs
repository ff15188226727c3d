// @ts-check
// What the services of the example have in common: a process of their own that tells its parent what it really
// receives, and ends with it.

import { HOST } from "../lib/ports.mjs";

/** Hands what a service observes to the process that started this one. @param {unknown} observation */
export const report = (observation) => void process.send?.({ observation });

/**
 * Serves on any free port until the parent goes.
 * @param {{ listen(options: { host: string, port: number }): Promise<string>, close(): Promise<unknown> }} app
 * @param {() => unknown} release is called when the service has been closed
 */
export async function serve(app, release) {
  const end = async () => {
    await app.close();
    await release();
    process.exit(0);
  };
  process.once("disconnect", end);
  process.once("SIGTERM", end);
  process.send?.({ url: await app.listen({ host: HOST, port: 0 }) });
}
