/** Passes and steps. Each is submitted in a model's lane, and takes effect in that order. */
import type { Context, Hono } from "hono";
import { adamFromJson } from "../../../protocol/adam-json.ts";
import { datumFromJson } from "../../../protocol/datum-json.ts";
import { forwardBackwardRequestSchema, forwardRequestSchema } from "../../../protocol/messages/training.ts";
import { CALLS } from "../../../protocol/paths.ts";
import { passFromProtobuf } from "../../../protocol/protobuf/pass-protobuf.ts";
import { checkedBatch, type SentPass } from "../batch.ts";
import type { RunningModel } from "../models.ts";
import { checked, parseJson, rawBody } from "../read-body.ts";
import { optimStepSchema } from "../requests.ts";
import type { TinkerService } from "../service.ts";
import { json, pending, submitted } from "./route.ts";

interface Pass {
  readonly modelId: string;
  readonly seqId: number | null;
  readonly input: SentPass;
  readonly forwardOnly: boolean;
}

export function trainingRoutes(app: Hono, service: TinkerService): void {
  app.post(CALLS.forward, async (context) => pass(context, service, forwardOf));
  app.post(CALLS.forwardBackward, async (context) => pass(context, service, forwardBackwardOf));
  app.post(CALLS.optimStep, async (context) => {
    const { bytes } = await rawBody(context, service.mostBodyBytes);
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
  const { bytes, form } = await rawBody(context, service.mostBodyBytes);
  const { modelId, seqId, input, forwardOnly } = form === "protobuf" ? passOfProtobuf(bytes) : read(parseJson(bytes));
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

/** Numbered from 1; 0 is none. */
function passOfProtobuf(bytes: Uint8Array): Pass {
  const { modelId, seqId, forwardOnly, ...input } = passFromProtobuf(bytes, MOST_DATUMS);
  return { modelId, seqId: seqId === 0 ? null : seqId, input, forwardOnly };
}

/** A small body of empty datums would take much memory. */
const MOST_DATUMS = 100_000;

type JsonInput = ReturnType<typeof forwardRequestSchema.parse>["forward_input"];

function inputOf({ data, loss_fn, loss_fn_config }: JsonInput): SentPass {
  return {
    loss: loss_fn,
    config: loss_fn_config ?? {},
    data: data.map((datum, i) => datumFromJson(datum, `datum ${i}`)),
  };
}
