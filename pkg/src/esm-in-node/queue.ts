// One copy of the package in a Node program, whether imported or required: one instance, one class of errors.
export * from "#cjs/entry/node-queue.js";
