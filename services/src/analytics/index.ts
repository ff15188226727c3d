/** The analytics API as a library. It imports nothing that knows of keys. */
export type { Observation, Observer, ServiceOptions } from "../shared/event-api.js";
export type { LogDestination } from "../shared/logging.js";
export { TooManyGroupsError } from "./group-counts.js";
export { type AnalyticsOptions, createAnalytics } from "./server.js";
export { StorageError } from "./storage-error.js";
export { type GroupCount, openStore, type Store, StoreError, type StoreLocation } from "./store.js";
