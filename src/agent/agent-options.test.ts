import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { recipeSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";

const REST =
  "algorithm: { name: grpo }\npolicy: { checkpoint: x }\noptimizer: { learningRate: 1 }\ntrain: { steps: 1 }\n";

function read(task: string) {
  return readConfig({ name: "r.yaml", text: `${task}${REST}`, overrides: [] }, recipeSchema).task;
}

function agent(lines: string, tools = "{ calculator: {} }"): string {
  return `task:\n  name: agent\n  tools: ${tools}\n  data: { train: [{ file: q.jsonl }] }\n${lines === "" ? "" : `  ${lines}\n`}`;
}

it("a recipe's agent needs tools and data; everything else has a default", () => {
  expect(read(agent(""))).toMatchObject({
    name: "agent",
    dialect: "tags",
    prompt: "chat",
    tools: { calculator: { digits: 15 } },
    reward: { preset: "paper" },
    limits: { calls: 6, tokens: 4096 },
    entropyWindow: { tokens: 20, skip: 0 },
  });
  const several = read(
    agent("", "{ search: [{ provider: index, corpus: a }, { provider: index, corpus: b, name: more }] }"),
  );
  expect(several).toMatchObject({ tools: { search: [{ corpus: "a" }, { name: "more" }] } });
});

describe("what is wrong is said where it stands", () => {
  it.each([
    [
      agent("", "{ calculater: {} }"),
      'r.yaml:3:12: unknown key "task.tools.calculater"\n  known here: calculator, python, search, browse, mcp, own\nr.yaml:3:10: task.tools: an agent has at least one tool: calculator, python, search, browse, mcp or own',
    ],
    [
      agent("", "{}"),
      "r.yaml:3:10: task.tools: an agent has at least one tool: calculator, python, search, browse, mcp or own",
    ],
    [
      agent("", "{ search: { provider: index, corpus: a, zone: x } }"),
      'r.yaml:3:50: unknown key "task.tools.search.zone"',
    ],
    [
      agent("", "{ search: [{ provider: bing }] }"),
      "r.yaml:3:33: task.tools.search.0.provider: Invalid discriminator value. Expected 'brave' | 'serper' | 'tavily' | 'searxng' | 'brightdata' | 'index' | 'cache'",
    ],
    [
      agent("", "{ search: { provider: cache, file: f, threshold: 0.5 } }"),
      "r.yaml:3:59: task.tools.search.threshold: threshold has no effect with match: exact; leave it out, or set match to nearest",
    ],
    [agent("dialect: xml"), 'r.yaml:5:12: task.dialect: Invalid option: expected one of "tags"|"hermes"|"llama3"'],
    [
      agent("limits: { calls: 2, turns: 5 }"),
      "r.yaml:5:30: task.limits.turns: has no effect above calls + 1: a path that has made its last call has one turn left",
    ],
    [
      agent("prompt: plain\n  system: Be brief."),
      "r.yaml:6:11: task.system: has no effect with prompt: plain, which is the question's text alone; leave it out",
    ],
    [
      agent("prompt: plain\n  dialect: hermes"),
      "r.yaml:5:11: task.prompt: plain leaves the model without its tools: dialect hermes needs the chat template",
    ],
    [agent("around: { all: { retries: 3 } }"), 'r.yaml:5:20: unknown key "task.around.all.retries"'],
    [agent("traffic: { mode: record, file: f, match: call }"), 'r.yaml:5:37: unknown key "task.traffic.match"'],
    [agent("reward: fair"), "r.yaml:5:11: task.reward"],
    [
      agent("reward: { preset: paper, bonus: 1 }"),
      'r.yaml:5:28: unknown key "task.reward.bonus"\n  known here: preset, multiToolBonus, accuracy, parts, formatPenalty, correct',
    ],
    [
      agent("reward: { preset: paper, parts: [exact] }"),
      "task.reward.parts: contradicts preset: leave one of them out",
    ],
    [agent("data: []"), "r.yaml:5:3: Map keys must be unique"],
    [
      agent("toolz: 1"),
      'r.yaml:5:3: unknown key "task.toolz"\n  known here: name, dialect, prompt, system, tools, around, data, reward, limits, entropyWindow, traffic',
    ],
  ])("%s", (text, message) => {
    expect(thrownMessage(() => read(text))).toContain(message);
  });
});
