/**
 * An agent of a recipe, opened: its questions are read, its tools started, its reward made ready. Whatever is missing fails here,
 * with what to do, and what was opened before it is given back.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { curriculum } from "../data/curriculum.ts";
import { openQuestions } from "../data/open-questions.ts";
import type { DataQuestion, QuestionData } from "../data/question-set.ts";
import { dialectOf } from "../envs/dialects/list.ts";
import { tagDialect } from "../envs/dialects/tags.ts";
import type { Dialect, Task } from "../envs/task.ts";
import type { ComposedReward } from "../rewards/compose-reward.ts";
import { openReward } from "../rewards/open-reward.ts";
import { canonicalJson } from "../std/canonical-json.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { openTraffic, type Traffic } from "../toolbox/traffic/open-traffic.ts";
import { Ledger } from "../tools/around/ledger.ts";
import type { AnyTool } from "../tools/tool.ts";
import { type AgentOptions, type AgentOptionsInput, agentOptionsSchema } from "./agent-options.ts";
import { agentTask } from "./agent-task.ts";
import { aroundTools } from "./around-tools.ts";
import { Closing } from "./closing.ts";
import { noteForeignPrompts } from "./foreign-prompts.ts";
import type { OpenTask, TaskOpening } from "./open-task.ts";
import { openTools } from "./open-tools.ts";
import { plannedTools } from "./planned-tools.ts";
import { recordedTools } from "./recorded-tools.ts";
import type { ToolStates } from "./tool-states.ts";

export interface OpenAgent extends OpenTask {
  readonly task: Task<DataQuestion, ToolStates>;
}

/** From TypeScript: what is left out of the opening is a run with seed 1. */
export async function openAgent(
  input: Omit<AgentOptionsInput, "name">,
  opening: Partial<TaskOpening> = {},
): Promise<OpenAgent> {
  const parsed = agentOptionsSchema.safeParse({ ...input, name: "agent" });
  if (!parsed.success) throw new AepoError("config", `openAgent: ${z.prettifyError(parsed.error)}`);
  return openAgentTask(parsed.data, {
    signal: new AbortController().signal,
    seed: 1,
    purpose: "train",
    onWarning: (text) => process.emitWarning(text, "AepoWarning"),
    ...opening,
  });
}

export async function openAgentTask(options: AgentOptions, opening: TaskOpening): Promise<OpenAgent> {
  const closing = new Closing();
  try {
    return { task: await opened(options, opening, closing), close: () => closing.close() };
  } catch (thrown) {
    // What could not be opened is what is to be told, whatever closing the rest says.
    await closing.close().catch(() => undefined);
    throw thrown;
  }
}

async function opened(options: AgentOptions, opening: TaskOpening, closing: Closing): Promise<OpenAgent["task"]> {
  const { signal, seed, onWarning, purpose } = opening;
  // A model without a template is one of words: a result on a line of its own is beyond it.
  const dialect = options.prompt === "plain" ? tagDialect : dialectOf(options.dialect);
  const questions = await openQuestions(options.data, { seed, signal, onWarning });
  const ledger = new Ledger();
  const tools = purpose === "plan" ? plannedTools(options.tools) : await readyTools(options, opening, ledger, closing);
  noteForeignPrompts(options, dialect, tools, questions, onWarning);
  const reward = await rewardOf(options, { dialect, tools }, purpose, closing);
  const task = agentTask({
    tools,
    dialect,
    system: options.system,
    prompt: options.prompt,
    questions,
    reward,
    limits: { ...options.limits, turns: options.limits.turns ?? options.limits.calls + 1 },
    entropyWindow: options.entropyWindow,
  });
  // A reward has judges or it has none, whenever it is asked.
  const takeJudgeFigures = "takeJudgeFigures" in reward && reward.takeJudgeFigures() !== undefined;
  const judged = takeJudgeFigures ? { takeJudgeFigures: () => reward.takeJudgeFigures() ?? {} } : {};
  return { ...task, ...curriculumOf(options, questions), takeToolFigures: () => ledger.take(), ...judged };
}

/** The tools with all that stands around them; of a replayed run as they were recorded, so that none has to be there. */
async function readyTools(
  options: AgentOptions,
  opening: TaskOpening,
  ledger: Ledger,
  closing: Closing,
): Promise<readonly AnyTool[]> {
  const { signal, seed } = opening;
  const replayed = options.traffic?.mode === "replay" ? trafficOf(options, opening, [], closing) : null;
  const bare =
    (replayed === null ? null : recordedTools(replayed)) ?? (await openTools(options.tools, { signal }, closing));
  const traffic = replayed ?? trafficOf(options, opening, bare, closing);
  const surroundings = {
    clock: systemClock,
    seed,
    ledger,
    traffic,
    scope: canonicalJson(plain(options.tools)),
    countTokens: counterOf(opening),
  };
  return aroundTools(bare, options.around ?? {}, surroundings, closing);
}

function trafficOf(
  options: AgentOptions,
  { seed, purpose }: TaskOpening,
  tools: readonly AnyTool[],
  closing: Closing,
): Traffic | null {
  const { traffic } = options;
  if (traffic === undefined || (traffic.mode === "record" && purpose !== "train")) return null;
  const { traffic: _, ...rest } = options;
  const run = createHash("sha256")
    .update(canonicalJson([plain(rest), seed]))
    .digest("hex")
    .slice(0, 16);
  const log = openTraffic(traffic, `agent ${run}`, tools);
  closing.add(() => log.close());
  return log;
}

function counterOf({ tokenCounter }: TaskOpening) {
  return async () => {
    if (tokenCounter !== undefined) return tokenCounter();
    throw new AepoError("config", "task.around: truncate counts tokens, and no model's tokenizer is at hand", {
      fix: "from TypeScript, give openAgent a tokenCounter; or leave truncate out",
    });
  };
}

async function rewardOf(
  { reward }: AgentOptions,
  context: { readonly dialect: Dialect; readonly tools: readonly AnyTool[] },
  purpose: TaskOpening["purpose"],
  closing: Closing,
): Promise<Task<DataQuestion>["reward"] | ComposedReward> {
  if (purpose === "plan")
    return () => ({ total: 0, formatOk: false, correct: false, parts: {}, failed: "only planned" });
  const made = await openReward(reward, context);
  closing.add(() => made.close());
  return made;
}

function curriculumOf({ data }: AgentOptions, { train }: QuestionData): Pick<Task, "curriculum"> {
  if (data.curriculum === undefined) return {};
  return { curriculum: { rules: curriculum(data.curriculum), size: train.size } };
}

/** What of options can be written down: rows that a program gives cannot. */
function plain(options: object): unknown {
  return JSON.parse(JSON.stringify(options));
}
