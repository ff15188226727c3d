import type { PropertyPolicies, PropertyPolicy } from "blindtally";
import { UsageError } from "../shared/cli.js";
import { isField } from "../shared/entries.js";

/** The policies of `--property`, each `<field>=<policy>`. */
export function readPolicies(texts: readonly string[]): PropertyPolicies {
  const policies = new Map<string, PropertyPolicy>();
  for (const text of texts) {
    const [field = "", policy = "", ...rest] = text.split("=");
    if (!isField(field) || !isPolicy(policy) || rest.length > 0) {
      throw new UsageError(
        `--property takes the name of a field, "=" and one of ${POLICIES.join(", ")}: --property ward=deterministic.`,
      );
    }
    if (policies.has(field)) throw new UsageError("--property is given twice for one field.");
    policies.set(field, policy);
  }
  return Object.fromEntries(policies);
}

const POLICIES: readonly PropertyPolicy[] = ["deterministic", "randomized", "clear", "drop"];

function isPolicy(text: string): text is PropertyPolicy {
  return (POLICIES as readonly string[]).includes(text);
}
