/** Which model of a server is meant, what kind of server it is, and how long a sequence it takes. */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import type { OpenAiApi } from "./api.ts";
import { RequestFailure } from "./request-failure.ts";

export const SERVER_KINDS = ["vllm", "sglang", "aepo", "other"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

export interface ServerModel {
  readonly name: string;
  readonly kind: ServerKind;
  /** Null: the server does not say. */
  readonly maxSequenceTokens: number | null;
}

const listSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      owned_by: z.string().nullish().catch(null),
      max_model_len: z.int().positive().nullish().catch(null),
      /** Of adapters: the model they stand beside. */
      parent: z.string().nullish().catch(null),
    }),
  ),
});

/** `name`: as the server calls it; null: the only one it has. `kind`: as somebody says; null: as the server does. */
export async function findServerModel(
  api: OpenAiApi,
  asked: { readonly name: string | null; readonly kind: ServerKind | null },
  signal: AbortSignal,
): Promise<ServerModel> {
  const listed = await api.get("/v1/models", { signal }).catch((thrown: unknown) => {
    if (!(thrown instanceof RequestFailure)) throw thrown;
    throw new AepoError("policy", `${thrown.message} (${api.root})`, {
      fix: "start the server, or check the address",
      cause: thrown,
    });
  });
  const models = listSchema.safeParse(listed).data?.data ?? [];
  const bases = models.filter(({ parent }) => parent == null);
  const found =
    asked.name === null ? (bases.length === 1 ? bases[0] : undefined) : models.find(({ id }) => id === asked.name);
  if (found === undefined)
    throw noSuchModel(
      api,
      asked.name,
      models.map(({ id }) => id),
    );
  return {
    name: found.id,
    kind: asked.kind ?? kindOf(found.owned_by ?? ""),
    maxSequenceTokens: found.max_model_len ?? null,
  };
}

function kindOf(owner: string): ServerKind {
  return SERVER_KINDS.find((kind) => kind === owner.toLowerCase()) ?? "other";
}

function noSuchModel({ root }: OpenAiApi, name: string | null, ids: readonly string[]): AepoError {
  const has = ids.length === 0 ? "no model" : `${ids.length} ${ids.length === 1 ? "model" : "models"}`;
  return new AepoError("usage", name === null ? `${root} has ${has}` : `${root} has no model "${name}"`, {
    ...(ids.length === 0 ? {} : { exists: ids.slice(0, 20).join(", ") }),
    fix: "name one: --set server.model=NAME",
  });
}
