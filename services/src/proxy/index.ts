/** The secure proxy as a library. */
export type { Observation, Observer, ServiceOptions } from "../shared/event-api.js";
export type { LogDestination } from "../shared/logging.js";
export type { KeysetSource } from "./current-cipher.js";
export type { FollowOptions } from "./file-follower.js";
export { generateKeyFile, KeyFileError, readKeyFile } from "./keyfile.js";
export { type KeyLog, SealedKeys } from "./sealed-keys.js";
export { createProxy, type ProxyOptions } from "./server.js";
export { UpstreamUrlError } from "./upstream.js";
