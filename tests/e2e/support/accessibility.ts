import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core finds wrong with a page as it stands: contrast, names, roles, landmarks. Empty where nothing is. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
  });
}
