module.exports = {
  testMatch: ["**/*.test.cjs", "**/*.test.mjs"],
  setupFiles: ["./setup.cjs"],
};
