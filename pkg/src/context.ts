import { BlindtallyError } from "./errors.js";
import { utf8Length } from "./text.js";

/** Of whatever is given none. */
export const DEFAULT_CONTEXT: readonly string[] = ["event"];

/**
 * The labels of a context, a copy.
 *
 * @throws BlindtallyError `bad-context`.
 */
export function labelsOf(context: string | readonly string[] = DEFAULT_CONTEXT): readonly string[] {
  const labels: unknown[] =
    typeof context === "string" ? [context] : Array.isArray(context) ? [...context] : [];
  const valid = labels.every(
    (label) => typeof label === "string" && label.length <= 64 && utf8Length(label) > 0,
  );
  if (valid && labels.length <= 8) return Object.freeze(labels as string[]);
  const message = "a context has 1 to 8 labels of 1 to 64 bytes of well-formed UTF-8 each";
  throw new BlindtallyError("bad-context", message);
}
