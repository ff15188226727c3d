"use client";
// For React components. The line above stays the first: it tells frameworks that this runs in pages too.

export {
  BlindtallyProvider,
  type BlindtallyProviderProps,
  type LogEvent,
  type ResultsState,
  type UseResultsOptions,
  useBlindtally,
  useLogEvent,
  useResults,
} from "../react/hooks.js";
