import { entries, external } from "./entries.mjs";

export default {
  build: { rolldownOptions: { input: entries, external, output: { entryFileNames: "[name].js" } } },
};
