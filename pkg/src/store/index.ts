// What `blindtally/store` exports.

export {
  createKeysetFile,
  openKeysetFile,
  type SeenOptions,
  StoredKeyset,
  type StoreOptions,
} from "./stored-keyset.js";
