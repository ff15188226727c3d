// What an import of a .wasm gives where the runtime compiles it.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
