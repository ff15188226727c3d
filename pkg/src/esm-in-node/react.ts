"use client";
// One copy of the package in a Node program, whether imported or required: one instance, one class of errors. By name, as
// frameworks take no `*` behind the line above.

export {
  BlindtallyProvider,
  type BlindtallyProviderProps,
  type LogEvent,
  type ResultsState,
  type UseResultsOptions,
  useBlindtally,
  useLogEvent,
  useResults,
} from "#cjs/entry/react.js";
