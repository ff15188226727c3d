/**
 * Both services as a library. `blindtally-services/analytics` and `/proxy` load one of them without the
 * other.
 */
export * from "./analytics/index.js";
export * from "./proxy/index.js";
