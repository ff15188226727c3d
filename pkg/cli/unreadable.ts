/** Rows that could not be read, counted by reason. Their texts are not kept: there may be any number of them. */
export class Unreadables {
  readonly #reasons = new Map<string, { rows: number; count: number }>();

  add(code: string, keyId: string | undefined, count: number): void {
    const reason = keyId === undefined ? code : `${code} ${keyId}`;
    const before = this.#reasons.get(reason) ?? { rows: 0, count: 0 };
    this.#reasons.set(reason, { rows: before.rows + 1, count: before.count + count });
  }

  get rows(): number {
    return [...this.#reasons.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  get reasons(): readonly string[] {
    return [...this.#reasons].map(([reason, { rows }]) => `${reason} (${rows})`);
  }
}

/** `3 rows could not be read: unknown-key 0a1b2c3d (2), not-a-token (1).` */
export function unreadableSummary(unreadables: Unreadables): string {
  const { rows, reasons } = unreadables;
  const shown = reasons.slice(0, SHOWN_REASONS);
  const more = reasons.length > shown.length ? ` and ${reasons.length - shown.length} more reasons` : "";
  return `${rows} ${rows === 1 ? "row" : "rows"} could not be read: ${shown.join(", ")}${more}.`;
}

/** Unknown key ids can be as many as rows. */
const SHOWN_REASONS = 8;
