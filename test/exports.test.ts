/** The public surface: names that users may rely on. A change here is a change of the interface, made on purpose. */
import { expect, it } from "vitest";
import * as engine from "../src/engine/index.ts";
import * as aepo from "../src/index.ts";

it("of aepo", () => {
  expect(Object.keys(aepo).sort()).toMatchInlineSnapshot(`
    [
      "AepoError",
      "Ledger",
      "TinkerFailure",
      "ToolFailure",
      "UNSANDBOXED",
      "around",
      "aroundAll",
      "atlasTask",
      "calculatorTask",
      "calculatorTool",
      "checkTask",
      "choicePart",
      "coldStart",
      "composeReward",
      "defineTask",
      "evaluatePolicy",
      "evaluateSuites",
      "exactMatch",
      "exactPart",
      "f1Part",
      "fineTune",
      "fromAiSdk",
      "hermesDialect",
      "ledgerTable",
      "lengthPart",
      "lineTagDialect",
      "llama3Dialect",
      "mathPart",
      "openAgent",
      "openBrowseTool",
      "openMathGrader",
      "openMcpTools",
      "openPythonTool",
      "openQuestions",
      "openResultFile",
      "openReward",
      "openSearchTool",
      "openTinkerClient",
      "openTraffic",
      "paperReward",
      "rollout",
      "runPython",
      "tagDialect",
      "tagWords",
      "tokenF1",
      "tool",
      "toolBonusPart",
      "train",
      "writeEvaluation",
      "writeReport",
    ]
  `);
});

it("of aepo/engine", () => {
  expect(Object.keys(engine).sort()).toMatchInlineSnapshot(`
    [
      "adamwScalars",
      "adamwUpdate",
      "clipByGlobalNorm",
      "clipScale",
      "constantRate",
      "cosineDecay",
      "globalNorm",
      "gradients",
      "graphKey",
      "linearDecay",
      "openInlineRuntime",
      "openRuntime",
      "ops",
      "print",
    ]
  `);
});
