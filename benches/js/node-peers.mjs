// @ts-check
// The peer that only Node has.

import { createCipheriv } from "node:crypto";
import { pad, tokenWriter } from "./format.mjs";
import { eachOf } from "./peers.mjs";

/** @param {import("./format.mjs").Keys} keys @returns {import("./peers.mjs").Peer[]} */
export function peersOfNode(keys) {
  const write = tokenWriter(keys);
  return [
    {
      id: "node-crypto",
      label: "node:crypto aes-256-gcm",
      note: "not the same job: under a fixed nonce two tokens tell the XOR of their names",
      encryptAll: eachOf((name) => {
        const cipher = createCipheriv("aes-256-gcm", keys.key, keys.nonce);
        cipher.setAAD(keys.associatedData);
        const text = cipher.update(pad(name));
        cipher.final();
        return write(Buffer.concat([text, cipher.getAuthTag()]));
      }),
    },
  ];
}
