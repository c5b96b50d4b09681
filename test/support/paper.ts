/** The paper as a manifest: every rule of the specification, where the code cites it and which tests show it. */
import ts from "typescript";
import { type SourceFile, sourceFiles, walkTree } from "./sources.ts";

/** In our own words; the specification's ids. */
export const RULES: Readonly<Record<string, string>> = {
  "AEPO-H1": "token entropy over the full vocabulary, of the distribution that is sampled and trained",
  "AEPO-H2": "entropy of a step: the mean over a window of its first tokens",
  "AEPO-H3": "H_root from the bare question, H_tool after each tool result",
  "AEPO-H4": "engines that report only part of the distribution: estimates, and where they must not be used",
  "AEPO-H5": "one scale for entropy differences: nats, log V, or the spread of the previous step",
  "AEPO-R1": "pre-monitoring: a probe splits the budget into whole and branched rollouts",
  "AEPO-R2": "entropy change of a tool step against the root of its path",
  "AEPO-R3": "branch probability with a penalty on consecutive branching",
  "AEPO-R4": "branch at the end of a tool result, decided once by the path that received it",
  "AEPO-R5": "branching stops with the budget; what is left is filled with whole rollouts",
  "AEPO-R6": "exactly k trajectories a group, each with a recorded end",
  "AEPO-R7": "a shared prefix is generated, stored and counted once",
  "AEPO-R8": "state is forked with the path, or rebuilt by replay, or never branched",
  "AEPO-R9": "the order in which branch slots are given: synchronous or depth first",
  "AEPO-R10": "logical time: what is decoded together depends on seeds alone",
  "AEPO-L1": "advantage normalised within the group; groups without spread are dropped",
  "AEPO-L2": "entropy-aware advantage",
  "AEPO-L3": "clipping with a stop-gradient: bounded gradients above the clip",
  "AEPO-L4": "mean over the path-tokens of the optimiser step",
  "AEPO-L5": "prompt, tool results and padding carry no loss",
  "AEPO-L6": "a shared token goes through forward and backward once, with the sum over its paths",
  "AEPO-L7": "several updates a rollout batch, mini-batches dealt by a named stream",
  "AEPO-W1": "reward −1 for a broken format",
  "AEPO-W2": "otherwise the accuracy of the answer",
  "AEPO-W3": "a bonus for using at least two tools",
  "AEPO-W4": "only what the policy wrote is judged for format",
  "B-PPO": "PPO: a value head, GAE over trained tokens, whitened advantages",
  "B-GRPO": "GRPO: normalised within the group, sequence mean",
  "B-DRGRPO": "Dr. GRPO: neither divided by the deviation nor by a path's own length",
  "B-RPP": "REINFORCE++: returns less the distance from a reference, whitened over the batch",
  "B-RPPB": "REINFORCE++-baseline: less the group's mean, whitened over the batch, k2 in the loss",
  "B-RLOO": "RLOO: less the mean of the others, one ratio a path",
  "B-DAPO": "DAPO: clip-higher, questions drawn again, over-long punishment",
  "B-GSPO": "GSPO: one ratio a path, the geometric mean, clipped tightly",
  "B-CISPO": "CISPO: a clipped weight on every token, no gradient taken away",
  "B-GPPO": "GPPO: the gradient of clipped tokens kept on both sides",
  "B-GIGPO": "GiGPO: credit of a step among those that start from the same state",
  "B-TREE": "Tree-GRPO: trees grown in rounds, normalised inside the tree and over all paths",
  "B-ARPO": "ARPO: branches where entropy rose, soft or hard credit of shared tokens",
  "B-RAND": "random branching: ARPO's control",
};

export interface RuleCitations {
  readonly rule: string;
  readonly summary: string;
  /** Product files that cite it, in a comment. */
  readonly code: readonly string[];
  /** Names of tests that cite it, with their file. */
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

export function citations(): RuleCitations[] {
  const files = [...sourceFiles("src"), ...sourceFiles("test")];
  const tests = files.filter(({ path }) => /\.test\.ts$|conformance/.test(path)).flatMap(testNames);
  const product = files.filter(({ path }) => path.startsWith("src/") && !/\.test\.ts$|\/testing\//.test(path));
  return Object.entries(RULES).map(([rule, summary]) => ({
    rule,
    summary,
    code: product.filter(({ text }) => cites(text, rule)).map(({ path }) => path),
    tests: tests.filter(({ name }) => cites(name, rule)),
  }));
}

/**
 * `AEPO-R1` is cited by "AEPO-R1", "AEPO-R3, R1" and "R1 to R4" in a text that names AEPO, not by "AEPO-R10"; the id of a
 * baseline is always written out.
 */
export function cites(text: string, rule: string): boolean {
  if (!rule.startsWith("AEPO-")) return new RegExp(`\\b${rule}(?![A-Z0-9])`).test(text);
  const short = rule.slice("AEPO-".length);
  return text.split("\n").some((line) => line.includes("AEPO-") && new RegExp(`\\b${short}(?![0-9])`).test(line));
}

/** Strings given to `it`, `test` and `describe`; a test inherits its describe's. */
function testNames({ path, tree }: SourceFile): { file: string; name: string }[] {
  const names: { file: string; name: string }[] = [];
  walkTree(tree, (node) => {
    if (!ts.isCallExpression(node) || !/^(it|test|describe)\b/.test(node.expression.getText(tree))) return;
    const [name] = node.arguments;
    if (name !== undefined && (ts.isStringLiteralLike(name) || ts.isTemplateExpression(name))) {
      names.push({ file: path, name: name.getText(tree).slice(1, -1) });
    }
  });
  return names;
}

/** docs/paper.md. */
export function paperMarkdown(): string {
  const rows = citations().map(({ rule, summary, code, tests }) => {
    const files = code.map(link).join("<br>");
    const shown = [...new Set(tests.map(({ file }) => file))].map(link).join("<br>");
    return `| ${rule} | ${summary} | ${files} | ${shown} |`;
  });
  return `# The paper, rule by rule

Written by \`npm run docs:paper\` from the code; a test checks that it is current and that every rule is cited by code and by a test's name.
The rules are those of AEPO (arXiv 2510.14545) and of the methods it is compared with, as this project reads them; see the comments
where they are implemented.

| rule | in short | implemented in | shown by |
|---|---|---|---|
${rows.join("\n")}
`;
}

function link(path: string): string {
  return `[${path.replace(/^src\//, "")}](../${path})`;
}
