/** The rules of ARCHITECTURE.md, as tests: who may import whom, what may run in a browser, how long things may be. */
import { dirname, posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { type SourceFile, sourceFiles, walkTree } from "./support/sources.ts";

/** A room imports itself and rooms to its left. */
const ORDER =
  "std engine policy chat models protocol remote data tools envs rollout algorithm run toolbox rewards agent eval train report compare export serve cli".split(
    " ",
  );
/** Rooms that shall run in a browser; the node adapters of the engine are apart. */
const PORTABLE = ["engine", "policy", "chat", "tools", "envs", "rollout", "algorithm"];
const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;

const files = sourceFiles("src");
// A conformance suite is a test that many implementations run: a long list of short cases.
const isTest = (path: string): boolean => /\.test\.ts$|\/testing\/|\/conformance[^/]*\.ts$/.test(path);
const product = files.filter(({ path }) => !isTest(path));

function roomOf(path: string): string | undefined {
  return path.split("/").length > 2 ? path.split("/")[1] : undefined;
}

/** Files of the repository that a file imports. */
function localImports({ path, imports }: SourceFile): string[] {
  return imports
    .filter((target) => target.startsWith("."))
    .map((target) => posix.normalize(posix.join(dirname(path), target)));
}

describe("rooms", () => {
  it("a file imports its own room or rooms to its left", () => {
    const wrong = product.flatMap((file) => {
      const room = roomOf(file.path);
      if (room === undefined) return [];
      return localImports(file)
        .filter((target) => ORDER.indexOf(roomOf(target) ?? "") > ORDER.indexOf(room))
        .map((target) => `${file.path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("every folder of src is a room", () => {
    const rooms = new Set(files.flatMap(({ path }) => roomOf(path) ?? []));
    expect([...rooms].filter((room) => !ORDER.includes(room))).toEqual([]);
  });

  it("graphs, policy, tools, tasks, rollouts and algorithms run in a browser", () => {
    const wrong = product
      .filter(({ path }) => PORTABLE.includes(roomOf(path) ?? "") && !path.startsWith("src/engine/runtime/"))
      .flatMap(({ path, imports }) =>
        imports
          .filter((target) => target.startsWith("node:") || target === "onnxruntime-node" || target === "vitest")
          .map((target) => `${path} imports ${target}`),
      )
      .filter((line) => !line.startsWith("src/policy/conformance"));
    expect(wrong).toEqual([]);
  });

  it("no cycles of imports, type imports included", () => {
    const graph = new Map(product.map((file) => [file.path, localImports(file)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      if (done.has(path) || trail.includes(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

describe("files", () => {
  it("are short, and so are their functions", () => {
    const long = files.filter(({ text }) => text.split("\n").length > MAX_FILE_LINES + 1).map(({ path }) => path);
    expect(long).toEqual([]);
    const longFunctions = product.flatMap(({ path, tree }) => {
      const found: string[] = [];
      walkTree(tree, (node) => {
        if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
        const lines = linesOf(tree, node);
        if (lines > MAX_FUNCTION_LINES) found.push(`${path}: ${lines} lines: ${node.getText(tree).slice(0, 60)}`);
      });
      return found;
    });
    expect(longFunctions).toEqual([]);
  });

  it("are named for an idea and export by name", () => {
    const vague = files.filter(({ path }) => /\/(utils?|common|misc|helpers?)\.ts$/.test(path));
    expect(vague.map(({ path }) => path)).toEqual([]);
    const defaults = product.filter(({ tree }) => tree.statements.some(ts.isExportAssignment));
    expect(defaults.map(({ path }) => path)).toEqual([]);
  });

  it("open with what they are", () => {
    const silent = product.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it("keep no state in the module", () => {
    const state = product.flatMap(({ path, tree }) =>
      tree.statements
        .filter((statement) => ts.isVariableStatement(statement))
        .filter(({ declarationList: { flags } }) => (flags & ts.NodeFlags.Const) === 0)
        .map((statement) => `${path}: ${statement.getText(tree).slice(0, 60)}`),
    );
    expect(state).toEqual([]);
  });

  it("take time and chance from one place", () => {
    const wrong = product
      .filter(({ path }) => path !== "src/std/clock.ts")
      .filter(({ tree }) => {
        const calls: string[] = [];
        walkTree(tree, (node) => {
          if (ts.isPropertyAccessExpression(node)) calls.push(node.getText(tree));
          if (ts.isNewExpression(node) && node.expression.getText(tree) === "Date") calls.push("new Date");
        });
        return calls.some((call) => ["Math.random", "Date.now", "new Date"].includes(call));
      });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

function linesOf(tree: ts.SourceFile, node: ts.Node): number {
  const start = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
  return tree.getLineAndCharacterOfPosition(node.getEnd()).line - start + 1;
}
