/** An empty project with the packed package installed, as a reader of the documents has one. */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./markdown.js";

const run = promisify(execFile);
const NPM_TIMEOUT_MS = 120_000;
const PROGRAM_TIMEOUT_MS = 60_000;
const NODE_TYPES = join(ROOT, "node_modules", "@types");

/** A folder that programs are written to and run in. */
export interface Project {
  readonly folder: string;
  write(file: string, text: string): Promise<void>;
  /** Runs a file of the folder; gives back the lines it printed. Fails when it fails. */
  run(file: string): Promise<string[]>;
  /** Compiles TypeScript files, and checks JavaScript files as strictly. Fails with tsc's own words. */
  compile(files: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Packs the package, makes a folder beside nothing, and installs the package there without the network. */
export async function installedProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "blindtally-docs-"));
  const npm = (cwd: string, ...args: string[]) =>
    run("npm", args, { cwd, timeout: NPM_TIMEOUT_MS, env: { ...process.env, npm_config_loglevel: "error" } });
  const write = (file: string, text: string) => writeFile(join(folder, file), text);

  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await npm(ROOT, "pack", "--workspace", "blindtally", "--pack-destination", folder);
    const packed = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
    if (packed.length !== 1) throw new Error(`npm pack made ${packed.length} files`);
    await write("package.json", '{ "private": true, "type": "module" }\n');
    await npm(folder, "install", "--offline", "--no-audit", "--no-fund", `./${packed[0]}`);
    // Of a project with React, which is not to be fetched for this.
    for (const name of ["react", "@types/react"]) {
      await mkdir(dirname(join(folder, "node_modules", name)), { recursive: true });
      await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
    }
  } catch (error) {
    await remove();
    throw error;
  }

  return {
    folder,
    write,
    async run(file) {
      const { stdout, stderr } = await run(process.execPath, [file], {
        cwd: folder,
        timeout: PROGRAM_TIMEOUT_MS,
        // No colours: what is compared is what a reader sees in a file.
        env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
      });
      if (stderr !== "") throw new Error(`${file} wrote to standard error: ${stderr}`);
      return stdout === "" ? [] : stdout.replace(/\n$/, "").split("\n");
    },
    async compile(files) {
      await write("tsconfig.json", JSON.stringify(compilerOptions(files)));
      const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
      try {
        await run(process.execPath, [tsc, "-p", "."], { cwd: folder, timeout: PROGRAM_TIMEOUT_MS });
      } catch (error) {
        throw new Error(`tsc refuses: ${(error as { stdout?: string }).stdout}`);
      }
    },
    remove,
  };
}

function compilerOptions(files: readonly string[]): object {
  return {
    compilerOptions: {
      target: "ES2022",
      lib: ["ES2022", "ESNext.Disposable", "DOM"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowJs: true,
      checkJs: true,
      // The package's own declarations are checked as well.
      skipLibCheck: false,
      typeRoots: [NODE_TYPES],
      types: ["node"],
      outDir: "compiled",
    },
    files,
  };
}
