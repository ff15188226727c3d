import type { Command } from "./command.js";
import { decrypt, encrypt, rewrap } from "./commands/convert.js";
import { importKeys, keygen } from "./commands/create.js";
import { inspect } from "./commands/inspect.js";
import { destroy, disable, enable, promote, rotate } from "./commands/keys.js";
import { combine, rehearse, sheet, split } from "./commands/recover.js";
import { results } from "./commands/results.js";
import { exportKeys, scope } from "./commands/scope.js";
import { rekey, slotAdd, slotList, slotRemove } from "./commands/slot.js";
import { tokens } from "./commands/tokens.js";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  keygen,
  importKeys,
  inspect,
  rotate,
  promote,
  disable,
  enable,
  destroy,
  slotList,
  slotAdd,
  slotRemove,
  rekey,
  split,
  rehearse,
  combine,
  sheet,
  scope,
  exportKeys,
  encrypt,
  decrypt,
  results,
  rewrap,
  tokens,
];
