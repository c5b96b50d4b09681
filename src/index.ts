/**
 * The public surface of aepo. Three altitudes: `train` and `coldStart` on a task of your own; the records and contracts
 * (`Algorithm`, `Policy`, `Task`); and the engine under `aepo/engine`.
 */
export { coldStart, evaluatePolicy, fineTune, rollout, train } from "./train/api.ts";
export type { ColdStartRequest, EvaluateRequest, RolloutRequest, TrainRequest } from "./train/api.ts";
export { evaluateSuites } from "./train/evaluate-suites.ts";
export type { EvaluateSuitesRequest } from "./train/evaluate-suites.ts";
export type { SuiteEvaluation } from "./train/suite-evaluation.ts";
export type { TrainResult } from "./train/train.ts";
export type { RunConfig, RunConfigInput } from "./train/config.ts";

export { openAgent } from "./agent/open-agent.ts";
export type { OpenAgent } from "./agent/open-agent.ts";
export type { AgentOptionsInput } from "./agent/agent-options.ts";
export { defineTask } from "./envs/define.ts";
export { atlasTask } from "./envs/atlas/atlas.ts";
export { calculatorTask } from "./envs/calculator.ts";
export { checkTask } from "./envs/conformance.ts";
export { hermesDialect } from "./envs/dialects/hermes.ts";
export { llama3Dialect } from "./envs/dialects/llama3.ts";
export { lineTagDialect, tagDialect, tagWords } from "./envs/dialects/tags.ts";
export { exactMatch, paperReward, tokenF1 } from "./envs/grade.ts";
export { exactPart, f1Part, mathPart } from "./rewards/answer-parts.ts";
export { choicePart } from "./rewards/choice-part.ts";
export { composeReward } from "./rewards/compose-reward.ts";
export type { ComposedReward, ComposeOptions } from "./rewards/compose-reward.ts";
export { openMathGrader } from "./rewards/math/math-grader.ts";
export type { MathGrader } from "./rewards/math/math-grader.ts";
export { openReward } from "./rewards/open-reward.ts";
export type { RewardInput } from "./rewards/options.ts";
export { lengthPart, toolBonusPart } from "./rewards/path-parts.ts";
export type { RewardPart } from "./rewards/reward-part.ts";
export type {
  Action,
  Demonstration,
  Dialect,
  Environment,
  Limits,
  Question,
  Reward,
  Split,
  Task,
  Transcript,
} from "./envs/task.ts";
export { openPythonTool } from "./toolbox/python/python-tool.ts";
export type { PythonState } from "./toolbox/python/python-tool.ts";
export { UNSANDBOXED } from "./toolbox/python/options.ts";
export type { PythonOptions } from "./toolbox/python/options.ts";
export { runPython } from "./toolbox/python/run-python.ts";
export type { PythonInput, PythonRun } from "./toolbox/python/run-python.ts";
export { openSearchTool } from "./toolbox/search/open-search-tool.ts";
export type { SearchOptionsInput } from "./toolbox/search/options.ts";
export { calculatorTool } from "./tools/calculator/calculator-tool.ts";
export { ToolFailure } from "./tools/tool-failure.ts";
export { fromAiSdk } from "./tools/ai-sdk.ts";
export type { AiSdkTool } from "./tools/ai-sdk.ts";
export { openResultFile } from "./toolbox/cache/result-file.ts";
export { openTraffic } from "./toolbox/traffic/open-traffic.ts";
export { around } from "./tools/around/around.ts";
export type { Around } from "./tools/around/around.ts";
export { aroundAll } from "./tools/around/around-all.ts";
export type { AroundServices } from "./tools/around/around-all.ts";
export { Ledger } from "./tools/around/ledger.ts";
export type { LedgerFigures } from "./tools/around/ledger.ts";
export { ledgerTable } from "./tools/around/ledger-table.ts";
export type { AroundOptionsInput } from "./tools/around/options.ts";
export { tool } from "./tools/tool.ts";
export type { Tool, ToolContext, ToolOutput } from "./tools/tool.ts";

export type { Algorithm, GroupCredit, PathCredit } from "./algorithm/algorithm.ts";
export { openQuestions } from "./data/open-questions.ts";
export type { OpenQuestionsContext } from "./data/open-questions.ts";
export type { QuestionDataInput } from "./data/question-options.ts";
export type { DataQuestion, QuestionData, QuestionSet } from "./data/question-set.ts";
export type { StepFigures } from "./algorithm/figures.ts";
export type { FrozenPolicy, Policy, Sample, Sampler, SampleRequest } from "./policy/policy.ts";
export type { Loss, LossInputs } from "./policy/loss.ts";
export type { Tokenizer } from "./policy/tokenizer.ts";
export type { RolloutTree } from "./rollout/tree.ts";
export type { EvalRecord, MetricRecord, StepRecord } from "./run/records.ts";
export { openBrowseTool } from "./toolbox/browse/open-browse-tool.ts";
export { openMcpTools } from "./toolbox/mcp/open-mcp-tools.ts";
export type { OpenTool } from "./toolbox/open-tool.ts";
export { writeReport } from "./report/write-report.ts";
export { writeEvaluation } from "./report/suites/write-evaluation.ts";
export { TinkerFailure } from "./remote/client/failure.ts";
export { openTinkerClient } from "./remote/client/open-client.ts";
export type { TinkerClientOptions } from "./remote/client/options.ts";
export type { RemoteModel, RemoteSampler, TinkerClient } from "./remote/client/tinker-client.ts";
export { AepoError } from "./std/errors.ts";
