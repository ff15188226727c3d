// What the server renders and the page hydrates: a component that logs, and shows what is counted.

import { BlindtallyProvider, useLogEvent, useResults } from "blindtally/react";
import { StrictMode, useEffect, useRef } from "react";

export function App({ client }) {
  return (
    <StrictMode>
      <BlindtallyProvider client={client}>
        <Visit />
      </BlindtallyProvider>
    </StrictMode>
  );
}

function Visit() {
  const logEvent = useLogEvent();
  const { results, refresh } = useResults();
  const visited = useRef(false);
  useEffect(() => {
    // In development React runs effects twice.
    if (visited.current) return;
    visited.current = true;
    logEvent("page.viewed").then(refresh);
  }, [logEvent, refresh]);
  return <p>{results?.["page.viewed"] ?? "nothing"}</p>;
}
