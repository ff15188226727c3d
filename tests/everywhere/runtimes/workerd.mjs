// @ts-check
/** @type {readonly import("../lib/target.mjs").Target[]} */
export const workerdTargets = [];
