/** Passes and steps. Each is submitted in a model's lane, and takes effect in that order. */
import type { Context, Hono } from "hono";
import { adamFromJson } from "../../../protocol/adam-json.ts";
import { modelInputFromJson } from "../../../protocol/datum-json.ts";
import { forwardBackwardRequestSchema, forwardRequestSchema } from "../../../protocol/messages/training.ts";
import { CALLS } from "../../../protocol/paths.ts";
import { checkedBatch, type PassInput } from "../batch.ts";
import type { RunningModel } from "../models.ts";
import { checked, parseJson, rawBody } from "../read-body.ts";
import { optimStepSchema } from "../requests.ts";
import type { TinkerService } from "../service.ts";
import { json, pending, submitted } from "./route.ts";

interface Pass {
  readonly modelId: string;
  readonly seqId: number | null;
  readonly input: PassInput;
  readonly forwardOnly: boolean;
}

export function trainingRoutes(app: Hono, service: TinkerService): void {
  app.post(CALLS.forward, async (context) => pass(context, service, forwardOf));
  app.post(CALLS.forwardBackward, async (context) => pass(context, service, forwardBackwardOf));
  app.post(CALLS.optimStep, async (context) => {
    const { bytes } = await rawBody(context);
    const { model_id, seq_id = null, adam_params: adam } = checked(optimStepSchema, parseJson(bytes));
    const model = seen(service, model_id);
    const requestId = model.numbers.once("training", seq_id, bytes, () =>
      submitted(service, () =>
        model.run(async (trained) => json({ metrics: await trained.optimStep(adamFromJson(adam)) })),
      ),
    );
    return context.json(pending(requestId));
  });
}

async function pass(context: Context, service: TinkerService, read: (body: unknown) => Pass): Promise<Response> {
  const { bytes } = await rawBody(context);
  const { modelId, seqId, input, forwardOnly } = read(parseJson(bytes));
  const model = seen(service, modelId);
  const { vocabularySize, maxSequenceTokens } = service.base.info;
  const batch = checkedBatch(input, { vocabularySize, maxSequenceTokens });
  const requestId = model.numbers.once("training", seqId, bytes, () =>
    submitted(service, () =>
      model.run(async (trained) => {
        const result = await (forwardOnly ? trained.forward(batch) : trained.forwardBackward(batch));
        return { kind: "forward", result };
      }),
    ),
  );
  return context.json(pending(requestId));
}

/** A request of a model is a sign of life of its session. */
export function seen({ models, sessions }: TinkerService, modelId: string): RunningModel {
  const model = models.get(modelId);
  sessions.seen(model.description.sessionId);
  return model;
}

function forwardOf(body: unknown): Pass {
  const { model_id, seq_id = null, forward_input } = checked(forwardRequestSchema, body);
  return { modelId: model_id, seqId: seq_id, input: inputOf(forward_input), forwardOnly: true };
}

function forwardBackwardOf(body: unknown): Pass {
  const { model_id, seq_id = null, forward_backward_input } = checked(forwardBackwardRequestSchema, body);
  return { modelId: model_id, seqId: seq_id, input: inputOf(forward_backward_input), forwardOnly: false };
}

type JsonInput = ReturnType<typeof forwardRequestSchema.parse>["forward_input"];

function inputOf({ data, loss_fn, loss_fn_config }: JsonInput): PassInput {
  return {
    loss: loss_fn,
    config: loss_fn_config ?? {},
    data: data.map(({ model_input, loss_fn_inputs }) => ({
      tokens: modelInputFromJson(model_input),
      inputs: loss_fn_inputs,
    })),
  };
}
