/**
 * The short way to a task: name, tools and questions are enough; dialect, limits, state, reward and entropy window have
 * defaults. A definition that contradicts itself is an error when the task is made, never a rewrite.
 */
import { AepoError } from "../std/errors.ts";
import type { QuestionDraft, TaskDefinition } from "./definition.ts";
import { checkDefinition, taskError } from "./definition-check.ts";
import { tagDialect } from "./dialects/tags.ts";
import { paperReward } from "./grade.ts";
import type { Dialect, Environment, Question, Task } from "./task.ts";

/**
 * Makes a task of a definition. Throws AepoError("config") that names the task and the field if the definition
 * contradicts itself; `question` throws AepoError("config") for a draft without prompt or answers.
 */
export function defineTask<Data = unknown, State = unknown>(
  definition: TaskDefinition<Data, State>,
): Task<Data, State> {
  const dialect = definition.dialect ?? tagDialect;
  checkDefinition(definition, dialect);
  const { name, description = "", tools, entropyWindow, vocabulary, demonstrate, probes, stateKey } = definition;
  const calls = definition.limits?.calls ?? 8;
  const environment = definition.environment ?? valueState<State>();
  return {
    name,
    description,
    tools,
    dialect,
    environment,
    limits: { calls, turns: definition.limits?.turns ?? calls + 1, tokens: definition.limits?.tokens ?? 512 },
    entropyWindow: { tokens: entropyWindow?.tokens ?? 20, skip: entropyWindow?.skip ?? 0 },
    question: questionOf(definition),
    reward: definition.reward ?? paperRewardOf(definition, dialect),
    ...(vocabulary === undefined ? {} : { vocabulary }),
    ...(demonstrate === undefined ? {} : { demonstrate }),
    ...(probes === undefined ? {} : { probes }),
    ...(stateKey === undefined ? {} : { stateKey }),
  };
}

function paperRewardOf<Data, State>(definition: TaskDefinition<Data, State>, dialect: Dialect) {
  const { tools, accuracy, multiToolBonus } = definition;
  return paperReward<Data>({
    dialect,
    tools,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(multiToolBonus === undefined ? {} : { multiToolBonus }),
  });
}

/**
 * Begins with undefined. What tools return as the next state is a value (`src/tools/tool.ts`), so a fork goes on from the same one.
 */
function valueState<State>(): Environment<State> {
  // `State` is what tools without state declare, so undefined is one.
  return { initial: () => undefined as State, fork: (state) => state, replayable: true };
}

function questionOf<Data, State>(definition: TaskDefinition<Data, State>): Task<Data, State>["question"] {
  const { name, question, questions } = definition;
  return (split, index) => {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new AepoError("usage", `task ${name}: there is no question ${index} in ${split}`, {
        expected: "an index 0, 1, 2, …",
      });
    }
    const draft = question?.(split, index) ?? drawn(questions?.[split] ?? [], index);
    return finished(name, draft, `${split}/${index}`);
  };
}

function drawn<Data>(list: readonly QuestionDraft<Data>[], index: number): QuestionDraft<Data> | undefined {
  return list[index % list.length];
}

function finished<Data>(task: string, draft: QuestionDraft<Data> | undefined, id: string): Question<Data> {
  const answers = typeof draft?.answers === "string" ? [draft.answers] : (draft?.answers ?? []);
  if (draft === undefined || draft.prompt.trim() === "") throw taskError(task, `question ${id} has no prompt`);
  if (answers.length === 0) {
    throw taskError(task, `question ${id} has no accepted answer`, { fix: "give `answers` a text or a list of texts" });
  }
  // A definition without `data` has Data = unknown, of which undefined is a value.
  const { prompt, chat, data } = draft;
  return { id: draft.id ?? id, prompt, ...(chat === undefined ? {} : { chat }), answers, data: data as Data };
}
