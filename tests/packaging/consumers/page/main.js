import { init, isBlindtallyError } from "/node_modules/blindtally/dist/esm/entry/browser.js";
import { importRootKey } from "/node_modules/blindtally/dist/esm/hazard.js";

globalThis.consumer = { init, isBlindtallyError, importRootKey };
