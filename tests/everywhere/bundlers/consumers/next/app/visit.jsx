"use client";
// A component that logs, shows what is counted, and reports both.

import { init, isBlindtallyError } from "blindtally";
import { importRootKey } from "blindtally/hazard";
import { useLogEvent, useResults } from "blindtally/react";
import { useEffect, useRef, useState } from "react";
import { check } from "../check.js";

export function Visit({ server }) {
  const logEvent = useLogEvent();
  const { results, refresh } = useResults();
  const [browser, setBrowser] = useState();
  const visited = useRef(false);
  useEffect(() => {
    // In development React runs effects twice.
    if (visited.current) return;
    visited.current = true;
    logEvent("page.viewed").then(refresh);
    init().then(() => setBrowser(check({ importRootKey, isBlindtallyError })));
  }, [logEvent, refresh]);
  useEffect(() => {
    if (browser && results?.["page.viewed"])
      globalThis.report = { server, browser: { ...browser, results: { ...results } } };
  }, [server, browser, results]);
  return <p>{results?.["page.viewed"] ?? "nothing"}</p>;
}
