import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { Keyset } from "blindtally";
import { KeysetFile } from "blindtally/sealed";
import { CHEAP } from "../../services/support/keysets.js";
import { BenchPage } from "./bench-page.js";
import { type Visitor, visit } from "./browser.js";
import { type Deployment, deploy } from "./deployment.js";

/** A page, and a sealed file that it has not been given yet. */
export async function opened(
  t: TestContext,
  keyset: Keyset = Keyset.generate(),
  before: (visitor: Visitor) => Promise<void> = async () => {},
  options: Parameters<typeof visit>[1] = {},
): Promise<{
  bench: BenchPage;
  visitor: Visitor;
  deployment: Deployment;
  file: KeysetFile;
  text: string;
  passphrase: string;
}> {
  const passphrase = `six random words ${randomBytes(6).toString("hex")}`;
  const file = await KeysetFile.create(keyset);
  t.after(() => file.dispose());
  await file.addSlot({ passphrase, cost: CHEAP });
  await file.addSlot({ recovery: { threshold: 2, shares: 3 } });
  const text = file.seal();
  const deployment = await deploy(t);
  const visitor = await visit(t, options);
  await before(visitor);
  const bench = await BenchPage.open(visitor, deployment.url);
  return { bench, visitor, deployment, file, text, passphrase };
}
