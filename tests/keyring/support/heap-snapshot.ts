// What a heap snapshot of Chromium shows of bytes: texts, and numbers in arrays. Of a buffer it shows the size alone.

import type { CDPSession } from "playwright-core";

/** A snapshot, as far as it is looked at. */
export interface HeapSnapshot {
  /** Whether eight bytes in a row of these stand in a text, in whatever way they could be written there. */
  hasInText(secret: Uint8Array): boolean;
  /** Whether eight of them in a row are elements of an array. */
  hasInArray(secret: Uint8Array): boolean;
}

export async function takeSnapshot(session: CDPSession): Promise<HeapSnapshot> {
  const chunks: string[] = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => void chunks.push(chunk));
  await session.send("HeapProfiler.takeHeapSnapshot", { captureNumericValue: true });
  const snapshot: Raw = JSON.parse(chunks.join(""));
  const text = snapshot.strings.join("\n");
  const arrays = arraysOf(snapshot);
  return {
    hasInText: (secret) => piecesOf(secret).some((piece) => text.includes(piece)),
    hasInArray: (secret) => windows(secret).some((window) => arrays.some((array) => array.includes(window))),
  };
}

const PIECE = 8;

function windows(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  return Array.from({ length: bytes.length - PIECE + 1 }, (_, start) => bytes.subarray(start, start + PIECE));
}

function piecesOf(secret: Uint8Array): string[] {
  const pieces = windows(secret).flatMap((window) => {
    const hexadecimal = window.toString("hex");
    return [hexadecimal, hexadecimal.toUpperCase(), window.toString("latin1"), [...window].join(",")];
  });
  for (const encoding of ["base64", "base64url"] as const) {
    // Each place in three of a base64 text begins at another bit of the bytes.
    for (const skipped of [0, 1, 2]) {
      const text = Buffer.from(secret.subarray(skipped)).toString(encoding);
      for (let at = 0; at + 12 <= text.length - 2; at += 4) pieces.push(text.slice(at, at + 12));
    }
  }
  return pieces;
}

interface Raw {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** The runs of small numbers that are elements of one object each. */
function arraysOf({ snapshot, nodes, edges, strings }: Raw): Buffer[] {
  const { node_fields, edge_fields, edge_types } = snapshot.meta;
  const [nodeSize, edgeSize] = [node_fields.length, edge_fields.length];
  const [NAME, EDGES] = [node_fields.indexOf("name"), node_fields.indexOf("edge_count")];
  const ELEMENT = edge_types[0].indexOf("element");
  const firstEdge: number[] = [];
  let edge = 0;
  for (let node = 0; node < nodes.length; node += nodeSize) {
    firstEdge[node] = edge;
    edge += (nodes[node + EDGES] as number) * edgeSize;
  }
  const nameOf = (node: number) => strings[nodes[node + NAME] as number];
  const numberOf = (node: number): number => {
    if (nameOf(node) !== "smi number") return Number.NaN;
    return Number(nameOf(edges[(firstEdge[node] as number) + 2] as number));
  };
  const arrays: Buffer[] = [];
  for (let node = 0; node < nodes.length; node += nodeSize) {
    const elements: number[] = [];
    const start = firstEdge[node] as number;
    const end = start + (nodes[node + EDGES] as number) * edgeSize;
    for (let at = start; at < end; at += edgeSize) {
      if (edges[at] === ELEMENT) elements[edges[at + 1] as number] = numberOf(edges[at + 2] as number);
    }
    if (elements.length >= PIECE) arrays.push(Buffer.from(elements));
  }
  return arrays;
}
