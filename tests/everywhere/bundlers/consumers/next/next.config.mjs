// On the server the package reads its .wasm from its own folder: Next must leave it there.
export default { serverExternalPackages: ["blindtally"] };
