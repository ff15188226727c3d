export default {
  ssr: { noExternal: true },
  build: { ssr: "main.js", rolldownOptions: { output: { entryFileNames: "server.mjs" } } },
};
