/** What the documents state as facts, compared with the code. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createClient, Keyset } from "blindtally";
import { anchorsOf, codeOf, documentText, linksOf, ROOT, tableOf } from "./support/markdown.js";

const READMES = ["README.md", "pkg/README.md"];
const DOCUMENTS = [
  ...READMES,
  "SPEC.md",
  "DESIGN.md",
  "THREATS.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
];

for (const path of READMES) {
  const document = documentText(path);

  describe(path, () => {
    it("lists every code an error can have, and no other, in the order of the source", () => {
      const union = /export type ErrorCode =([\s\S]*?);/.exec(documentText("pkg/src/errors.ts"))?.[1] ?? "";
      const codes = [...union.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
      assert.ok(codes.length > 20);
      assert.deepEqual(
        tableOf(document, "code", "what it means").map(([code]) => codeOf(code)),
        codes,
      );
    });

    it("lists every entry of the package, and no other", () => {
      const { exports } = JSON.parse(documentText("pkg/package.json")) as {
        exports: Record<string, unknown>;
      };
      assert.deepEqual(
        new Set(tableOf(document, "entry", "what it is").map(([entry]) => codeOf(entry))),
        new Set(Object.keys(exports).map((entry) => join("blindtally", entry))),
      );
    });

    it("says what comes out of the package that is not an error of its own", async () => {
      assert.match(
        document.replace(/\s+/g, " "),
        /What an iterator, a getter or a `headers` function of yours throws comes out as it is\./,
      );
      const mine = new Error("mine");
      const fail = (): never => {
        throw mine;
      };
      const isMine = (error: unknown) => error === mine;
      using keyset = Keyset.generate();
      const events = keyset.cipher();
      assert.throws(() => events.encryptAll({ [Symbol.iterator]: fail }), isMine);
      assert.throws(
        () => events.decryptResults(Object.defineProperty({}, "a", { get: fail, enumerable: true })),
        isMine,
      );
      const client = createClient({ endpoint: "http://127.0.0.1:9", keyset, headers: fail });
      await assert.rejects(client.getResults(), isMine);
      await client.logEvent("a");
      await assert.rejects(client.flush(), isMine);
      assert.equal(client.stats.waiting, 1, "the event is kept");
    });

    it("says how many names the API of the repository takes in one request", () => {
      const limit = /MAX_ENTRIES = (\d+)/.exec(documentText("services/src/shared/entries.ts"))?.[1];
      assert.match(
        document.replace(/\s+/g, " "),
        new RegExp(`the API (of this|in the) repository takes at most ${limit}\\b`),
      );
    });

    it("gives each length of a name the token length it has, and the vendors whose limit that fits", () => {
      const keyset = Keyset.generate();
      const events = keyset.cipher();
      const [header = [], ...rows] = withHeader(document, "name, bytes");
      const limits = header.slice(2).map((cell) => Number(/\((\d+)\)/.exec(cell)?.[1]));
      assert.deepEqual(limits, [120, 200, 255]);
      let next = 1;
      for (const [name = "", token, ...fits] of rows) {
        const [from, to] = name.split(" to ").map(Number) as [number, number];
        assert.equal(from, next, "the rows leave a gap");
        for (const bytes of [from, to]) assert.equal(events.encrypt("n".repeat(bytes)).length, Number(token));
        assert.deepEqual(
          fits,
          limits.map((limit) => (Number(token) <= limit ? "yes" : "no")),
        );
        next = to + 1;
      }
      assert.equal(next, 240);
      assert.throws(() => events.encrypt("n".repeat(next)), { code: "bad-name" });
      keyset.dispose();
    });
  });
}

describe("SPEC.md", () => {
  const spec = documentText("SPEC.md");
  const vectors = JSON.parse(documentText("tests/vectors/bt1.json")) as {
    valid: { root: string; context: string[]; name: string; key_id: string; token: string }[];
    invalid: { case: string; root: string; context: string[]; token: string; expect: string }[];
  };
  const [, root, keyId] = /for the root key `(\w{64})` \(key id `(\w{8})`\)/.exec(spec) ?? [];

  it("says how many vectors there are, and gives some of them as they are", () => {
    const [, valid, invalid] = /holds (\d+) valid and (\d+) invalid cases/.exec(spec) ?? [];
    assert.deepEqual([Number(valid), Number(invalid)], [vectors.valid.length, vectors.invalid.length]);
    const rows = tableOf(spec, "context", "name", "token");
    assert.ok(rows.length > 0);
    for (const [labels = "", nameCell = "", tokenCell] of rows) {
      const [, repeated, times] = /^`(.)` (\d+) times$/.exec(nameCell) ?? [];
      const name = repeated === undefined ? codeOf(nameCell) : repeated.repeat(Number(times));
      const stated = { root, context: labels.split(", ").map(codeOf), name, key_id: keyId };
      const vector = vectors.valid.find(({ token }) => token === codeOf(tokenCell));
      assert.deepEqual(vector, { ...stated, token: codeOf(tokenCell) });
    }
  });

  it("gives every refusal with its text and code", () => {
    assert.deepEqual(
      tableOf(spec, "case", "expected code", "text").map(([name, code, text = ""]) => ({
        case: codeOf(name),
        root,
        context: ["event"],
        token: text === "" ? "" : codeOf(text).replace(/\\n$/, "\n"),
        expect: codeOf(code),
      })),
      vectors.invalid,
    );
  });

  it("says how many vectors part 2 has, and shows the first file and a set of shares as they are", () => {
    const flowing = spec.replace(/\s+/g, " ");
    const [keysets, sealed, shares] = ["keysets", "sealed", "shares"].map((name) =>
      JSON.parse(documentText(`tests/vectors/${name}.json`)),
    );
    const stated =
      /holds (\d+) valid and (\d+) invalid records, `sealed.json` (\d+) valid and (\d+) invalid uses of a sealed file, and `shares.json` (\d+) sets of shares with (\d+) ways to write them and (\d+) refusals/.exec(
        flowing,
      ) ?? [];
    assert.deepEqual(stated.slice(1).map(Number), [
      keysets.valid.length,
      keysets.invalid.length,
      sealed.valid.length,
      sealed.invalid.length,
      shares.sets.length,
      shares.readings.length,
      shares.invalid.length,
    ]);
    assert.ok(spec.includes(`\n${sealed.valid[0].text}`));
    assert.ok(spec.includes(`\`${sealed.valid[0].slots[0].kek}\``));
    const pair = shares.sets.find((set: { of: number }) => set.of === 2);
    assert.ok(spec.includes(`\n${pair.shares.join("\n")}\n`));
  });

  it("gives no code that an error of the package cannot have", () => {
    const known = new Set(
      documentText("pkg/src/errors.ts")
        .match(/"[a-z-]+"/g)
        ?.map((code) => code.slice(1, -1)),
    );
    const parts = [spec, spec.slice(spec.indexOf("## 15."))];
    const codes = parts.flatMap((part) => tableOf(part, "code", "when").map(([code]) => codeOf(code)));
    assert.ok(codes.includes("bad-name") && codes.includes("rollback"));
    assert.deepEqual(
      codes.filter((code) => !known.has(code)),
      [],
    );
  });

  it("gives the advantage that DESIGN.md gives for as many names", () => {
    const [, limit = ""] =
      tableOf(spec, "what", "limit", "source").find(([what]) => what?.startsWith("distinct names")) ?? [];
    const [, names, worst, short, bytes] =
      /^(2\^\d+), for an advantage of (\S+) at worst, (\S+) if all names have at most (\d+) bytes$/.exec(
        limit,
      ) ?? [];
    assert.equal(bytes, "31");
    const rows = tableOf(documentText("DESIGN.md"), "distinct names");
    assert.deepEqual(
      rows.find((row) => row[0] === names),
      [names, short, worst],
    );
  });
});

/** The default of a number among the options of a client. */
function defaultOf(option: string): string | undefined {
  const source = documentText("pkg/src/client/options.ts");
  return new RegExp(`^  ${option}: \\[([\\d_]+),`, "m").exec(source)?.[1]?.replaceAll("_", "");
}

describe("README.md", () => {
  const readme = documentText("README.md");
  const flowing = readme.replace(/\s+/g, " ");

  it("keeps the size of the wasm file below what it says", () => {
    const [, raw, packed] = /below (\d+) kB, below (\d+) kB with gzip/.exec(flowing) ?? [];
    const bytes = readFileSync(fileURLToPath(import.meta.resolve("blindtally/blindtally.wasm")));
    assert.ok(bytes.length < Number(raw) * 1000, `it has ${bytes.length} bytes`);
    assert.ok(
      gzipSync(bytes).length < Number(packed) * 1000,
      `it has ${gzipSync(bytes).length} bytes with gzip`,
    );
  });

  it("asks for the versions of Node and Rust that the manifests ask for", () => {
    const [, node, rust] = /Node ([\d.]+) or newer with npm, and Rust ([\d.]+) or newer/.exec(flowing) ?? [];
    assert.equal(JSON.parse(documentText("package.json")).engines.node, `>=${node}`);
    assert.match(documentText("Cargo.toml"), new RegExp(`^rust-version = "${rust}"$`, "m"));
  });

  it("says the time limit that the client has", () => {
    assert.match(flowing, new RegExp(`\`timeoutMs\` \\(default ${defaultOf("timeoutMs")},`));
  });

  it("lists every option of a client, each number with the default that it has", () => {
    const numbers: string[] = [];
    const named = tableOf(readme, "option", "default", "what it does").flatMap(
      ([names = "", values = ""]) => {
        const options = names.split(", ").map(codeOf);
        const defaults = values.replace(/[`{}]/g, "").split(", ");
        options.forEach((option, index) => {
          const actual = defaultOf(option);
          if (actual === undefined) return;
          numbers.push(option);
          assert.equal(defaults[index], actual, option);
        });
        if (options.includes("retry"))
          assert.equal(
            defaults.join(", ").trim(),
            `baseMs: ${defaultOf("baseMs")}, capMs: ${defaultOf("capMs")}`,
          );
        return options;
      },
    );
    assert.equal(numbers.length, 7);
    const declared = ["options", "gate", "transport", "sealer", "event-cipher"]
      .map((file) => documentText(`pkg/src/client/${file}.ts`))
      .join("\n");
    for (const option of named) assert.match(declared, new RegExp(`^  readonly ${option}\\??:`, "m"), option);
    const [options = ""] =
      /export interface ClientOptions[\s\S]*?\n}/.exec(documentText("pkg/src/client/options.ts")) ?? [];
    for (const [, option] of options.matchAll(/^ {2}readonly (\w+)/gm))
      assert.ok(named.includes(option as string), option);
  });

  it("lists every folder of the project, and none that is not there", async () => {
    const { execFileSync } = await import("node:child_process");
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: ROOT,
    });
    const folders = String(listed)
      .split("\n")
      .filter((path) => path.includes("/") && !path.startsWith("."))
      .map((path) => `${path.split("/")[0]}/`);
    assert.deepEqual(
      tableOf(readme, "folder", "what is in it")
        .map(([folder]) => codeOf(folder))
        .sort(),
      [...new Set(folders)].sort(),
    );
  });
});

describe("DESIGN.md", () => {
  const design = documentText("DESIGN.md");

  it("gives the bounds that its formula gives", () => {
    const [header = [], ...rows] = withHeader(design, "distinct names");
    const buckets = header.slice(1).map((cell) => Number(/(\d+) bytes/.exec(cell)?.[1]));
    assert.deepEqual(buckets, [32, 240]);
    assert.ok(rows.length > 0);
    for (const [names, ...advantages] of rows) {
      assert.deepEqual(
        advantages,
        buckets.map((bucket) => `2^${Math.round(logAdvantage(exponentOf(names), bucket / 16))}`),
      );
    }
  });

  it("gives a reason for every dependency, and for none that is not there", () => {
    const tables = design.slice(design.indexOf("## Dependencies"), design.indexOf("## Tests"));
    const explained = new Set(
      [...tables.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) =>
        (cell as string).split(", ").map(codeOf),
      ),
    );
    const present = dependencies();
    assert.deepEqual(
      {
        withoutReason: [...present].filter((name) => !explained.has(name)),
        notThere: [...explained].filter((name) => !present.has(name)),
      },
      { withoutReason: [], notThere: [] },
    );
  });
});

describe("the documents", () => {
  for (const path of DOCUMENTS) {
    it(`${path} has no link that leads nowhere`, () => {
      for (const link of linksOf(documentText(path))) {
        if (/^https:\/\//.test(link)) continue;
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? path : join(dirname(path), file);
        assert.ok(existsSync(join(ROOT, target)), `${link} leads to no file`);
        if (anchor !== undefined)
          assert.ok(anchorsOf(documentText(target)).has(anchor), `${link} has no heading`);
      }
    });
  }

  it("agree on the version", () => {
    const { version } = JSON.parse(documentText("pkg/package.json")) as { version: string };
    assert.equal(/^## (\S+)/m.exec(documentText("CHANGELOG.md"))?.[1], version);
    assert.match(documentText("Cargo.toml"), new RegExp(`^version = "${version}"$`, "m"));
    assert.equal(tableOf(documentText("SECURITY.md"), "version")[0]?.[0], version.replace(/\.\d+$/, ".x"));
  });

  it("send nobody who reports a flaw to an address that does not exist", () => {
    assert.doesNotMatch(documentText("SECURITY.md"), /https?:|@/);
  });
});

/** The rows of a table with its header in front. */
function withHeader(markdown: string, first: string): string[][] {
  const line = markdown.split("\n").find((line) => line.startsWith(`| ${first} |`)) ?? "";
  const header = line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
  return [header, ...tableOf(markdown, first)];
}

function exponentOf(power: string | undefined): number {
  return Number(/^2\^(\d+)$/.exec(power ?? "")?.[1]);
}

/** The binary logarithm of the bound of DESIGN.md, for 2^exponent names of so many blocks. */
function logAdvantage(exponent: number, m: number): number {
  const l = m + 2;
  // Divided by q²/2^127, so that nothing overflows or vanishes.
  return 2 * exponent - 127 + Math.log2(l / 2 + (2 * m) / 2 + (1 + m) ** 2 / 4);
}

/** Every dependency of every manifest but the project's own packages. */
function dependencies(): Set<string> {
  const npm = ["package.json", "pkg/package.json", "services/package.json", "www/package.json"].flatMap(
    (path) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(documentText(path));
      return Object.keys({ ...dependencies, ...devDependencies });
    },
  );
  const cargo = ["Cargo.toml", "tools/bindgen/Cargo.toml", "fuzz/Cargo.toml"].flatMap((path) => {
    const sections = documentText(path).matchAll(
      /^\[(?:target\..*\.)?(?:dev-)?dependencies\]\n([\s\S]*?)(?=^\[|$(?![\s\S]))/gm,
    );
    return [...sections].flatMap(([, lines]) =>
      [...(lines as string).matchAll(/^([\w-]+) = /gm)].map(([, name]) => name as string),
    );
  });
  const own = new Set(["blindtally", "blindtally-services"]);
  return new Set([...npm, ...cargo].filter((name) => !own.has(name)));
}
