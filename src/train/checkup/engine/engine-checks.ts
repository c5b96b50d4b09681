/**
 * What an engine elsewhere can do, found out by doing it: connect, measure, sample, train three steps on a throw-away adapter, unload
 * it. Later checks stand on earlier ones; the first that fails without which nothing goes on ends the list.
 */
import { openTinkerClient } from "../../../remote/client/open-client.ts";
import type { ServerInfo, TinkerClient } from "../../../remote/client/tinker-client.ts";
import { type Clock, systemClock } from "../../../std/clock.ts";
import { AepoError } from "../../../std/errors.ts";
import { type Check, examined, type Finding, type Found } from "../finding.ts";
import { abilityChecks } from "./ability-checks.ts";
import {
  drawSequences,
  type EngineAddress,
  type EngineStage,
  NEW_TOKENS,
  SEQUENCES,
  rate,
  timed,
  UNKNOWN_LIMITS,
} from "./remote-engine.ts";
import { agreementFound, trainingFound } from "./training-findings.ts";
import { checkTraining, type TrainingCheck } from "./training-check.ts";

export interface EngineCheckup {
  readonly address: EngineAddress;
  readonly signal: AbortSignal;
  readonly onFinding: (finding: Finding) => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** How long a server that does not answer is tried (default: the client's). */
  readonly openMs?: number;
}

/** Findings in order. Nothing is left behind on the server, whatever happens. */
export async function examineEngine(checkup: EngineCheckup): Promise<Finding[]> {
  const findings: Finding[] = [];
  const look = async (check: Check<null>): Promise<Finding> => {
    const finding = await examined(check, null);
    checkup.signal.throwIfAborted();
    findings.push(finding);
    checkup.onFinding(finding);
    return finding;
  };
  const notices: string[] = [];
  let client: TinkerClient | null = null;
  const required = true;
  try {
    await look({
      name: "connection",
      required,
      look: async () => {
        client = await connect(checkup, notices);
        return connectionFound(client);
      },
    });
    if (client !== null) await withClient(client, checkup, look);
    if (notices.length > 0)
      await look({ name: "notices", look: () => ({ state: "works", found: notices.join("; ") }) });
  } finally {
    await (client as TinkerClient | null)?.close();
  }
  return findings;
}

type Look = (check: Check<null>) => Promise<Finding>;

function connect(
  { address, environment = process.env, signal, clock, openMs }: EngineCheckup,
  notices: string[],
): Promise<TinkerClient> {
  const { url, apiKeyVariable } = address;
  // Older samplers are asked on purpose.
  const about = { url, environment, apiKeyVariable, tags: ["aepo doctor"], samplersApart: true };
  const given = {
    ...(clock === undefined ? {} : { clock }),
    ...(openMs === undefined ? {} : { timeouts: { openMs } }),
  };
  return openTinkerClient({ ...about, ...given, onNotice: (text) => notices.push(text) }, signal);
}

async function connectionFound(client: TinkerClient): Promise<Found> {
  const times: number[] = [];
  for (let i = 0; i < 7; i++) times.push(await client.ping());
  const roundTripMs = times.toSorted((a, b) => a - b)[3] ?? Number.NaN;
  const { title } = client.server;
  return {
    state: "works",
    found: `${client.baseUrl}${title === null ? "" : ` ("${title}")`}, a round trip takes ${roundTripMs.toPrecision(2)} ms`,
    values: { url: client.baseUrl, title, roundTripMs },
  };
}

async function withClient(client: TinkerClient, checkup: EngineCheckup, look: Look): Promise<void> {
  const { address, signal, clock = systemClock } = checkup;
  let baseModel: string | null = null;
  await look({
    name: "models",
    required: true,
    look: () => {
      baseModel = chosenModel(client.server, address);
      return modelsFound(client.server, baseModel);
    },
  });
  if (baseModel === null) return;
  const limits = limitsOf(client.server, baseModel);
  const asked = { baseModel, rank: address.rank, limits } as const;
  let stage: EngineStage | null = null;
  await look({
    name: "adapter",
    required: true,
    look: async () => {
      const { value: model, ms } = await timed(clock, () => client.createModel({ ...asked, seed: 1 }, signal));
      stage = { ...asked, client, model, clock, signal };
      return {
        state: "works",
        found: `a LoRA adapter of rank ${model.rank} was made in ${seconds(ms)}`,
        values: { rank: model.rank, ms },
      };
    },
  });
  if (stage !== null) await onStage(stage, look);
}

async function onStage(stage: EngineStage, look: Look): Promise<void> {
  let trained: TrainingCheck | null = null;
  let sequences: Awaited<ReturnType<typeof drawSequences>> | null = null;
  await look({
    name: "sampling",
    required: true,
    look: async () => {
      const sampler = await stage.model.saveForSampler({ signal: stage.signal });
      await drawSequences(sampler, stage);
      const { value, ms } = await timed(stage.clock, () => drawSequences(sampler, stage));
      sequences = value;
      return samplingFound(ms);
    },
  });
  if (sequences !== null) {
    const drawn: Awaited<ReturnType<typeof drawSequences>> = sequences;
    await look({
      name: "training",
      required: true,
      look: async () => {
        trained = await checkTraining(stage, drawn);
        return trainingFound(trained);
      },
    });
  }
  if (trained !== null) {
    const found: TrainingCheck = trained;
    await look({ name: "agreement", required: true, look: () => agreementFound(found.gaps) });
    for (const check of abilityChecks(stage, found)) await look(check);
  }
  await look({
    name: "unloading",
    look: async () => {
      await stage.model.unload();
      return { state: "works", found: "the throw-away adapter is gone" };
    },
  });
}

function chosenModel({ models }: ServerInfo, { model }: EngineAddress): string {
  const names = models.map(({ name }) => name);
  const exists = names.length === 0 ? "no model at all" : names.join(", ");
  if (model !== null) {
    const found = names.find((name) => name === model);
    if (found !== undefined) return found;
    throw new AepoError("policy", `the server has no model "${model}"`, {
      exists,
      fix: "name one of these with --model",
    });
  }
  const [first, second] = names;
  if (first !== undefined && second === undefined) return first;
  throw new AepoError("policy", "which model is to be looked at?", { exists, fix: "name one with --model" });
}

function modelsFound({ models }: ServerInfo, chosen: string): Found {
  const list = models.map(({ name, maxContextLength }) =>
    maxContextLength === null ? name : `${name} (${maxContextLength} tokens)`,
  );
  const others = models.length > 1 ? `; looked at: ${chosen}` : "";
  return {
    state: "works",
    found: list.join(", ") + others,
    values: { models: models.map((one) => ({ ...one })), chosen },
  };
}

function limitsOf({ models }: ServerInfo, name: string): EngineStage["limits"] {
  const longest = models.find((one) => one.name === name)?.maxContextLength ?? null;
  return longest === null ? UNKNOWN_LIMITS : { ...UNKNOWN_LIMITS, maxSequenceTokens: longest };
}

function samplingFound(ms: number): Found {
  const tokensPerSecond = (1000 * SEQUENCES * NEW_TOKENS) / ms;
  return {
    state: "works",
    found: `${rate(tokensPerSecond)} tokens/s in ${SEQUENCES} sequences of ${NEW_TOKENS} tokens (more at once are faster)`,
    values: { tokensPerSecond, sequences: SEQUENCES, tokens: NEW_TOKENS },
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toPrecision(2)} s`;
}
