// A server component: it makes the golden vector with the package's entry for Node, and logs an event of its own.

import { createClient, isBlindtallyError, Keyset } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { check } from "../check.js";
import { Analytics } from "./analytics.jsx";
import { Visit } from "./visit.jsx";

export default async function Page({ searchParams }) {
  const { api } = await searchParams;
  const checked = check({ importRootKey, isBlindtallyError });
  return (
    <Analytics api={api}>
      <Visit server={{ ...checked, results: await logged(api) }} />
    </Analytics>
  );
}

async function logged(endpoint) {
  const client = createClient({ endpoint, keyset: Keyset.generate() });
  await client.logEvent("page.rendered");
  const results = await client.getResults();
  await client.shutdown();
  return { ...results };
}
