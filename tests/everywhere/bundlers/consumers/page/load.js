// Bundlers that know `new URL(..., import.meta.url)` find the .wasm files by themselves.
export { init as load } from "blindtally";
