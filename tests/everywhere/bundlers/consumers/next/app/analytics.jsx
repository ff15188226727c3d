"use client";
// The client of the page, which only the browser makes. What is logged before it is there waits for it.

import { createClient, init, Keyset } from "blindtally";
import { BlindtallyProvider } from "blindtally/react";
import { useEffect, useState } from "react";

export function Analytics({ api, children }) {
  const [client, setClient] = useState();
  useEffect(() => {
    setClient(init().then(() => createClient({ endpoint: api, keyset: Keyset.generate() })));
  }, [api]);
  return <BlindtallyProvider client={client}>{children}</BlindtallyProvider>;
}
