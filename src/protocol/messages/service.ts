/** JSON of the service itself: what it has, sessions, what goes wrong. Unknown fields are passed over. */
import { z } from "zod";

export const capabilitiesSchema = z.object({
  supported_models: z.array(
    z.object({
      model_name: z.string().nullish(),
      max_context_length: z.int().positive().nullish(),
      trainable: z.boolean().nullish(),
      sampleable: z.boolean().nullish(),
    }),
  ),
});

/** Flags for a client. The ones a client here reads, and those our server sets for the official SDK. */
export const clientConfigSchema = z.object({
  pjwt_auth_enabled: z.boolean().nullish(),
  proto_compress_fwdbwd: z.boolean().nullish(),
  parallel_fwdbwd_chunks: z.boolean().nullish(),
  fwdbwd_max_chunk_len: z.int().positive().nullish(),
  fwdbwd_max_chunk_bytes_count: z.int().positive().nullish(),
  sample_max_concurrent_requests: z.int().positive().nullish(),
  use_pyqwest_transport: z.boolean().nullish(),
  sample_use_retrieve_futures: z.boolean().nullish(),
  sample_join_sampling_session: z.boolean().nullish(),
  custom_loss_server_side: z.boolean().nullish(),
});

export const createSessionRequestSchema = z.object({
  tags: z.array(z.string()),
  user_metadata: z.record(z.string(), z.unknown()).nullish(),
  sdk_version: z.string(),
  project_id: z.string().nullish(),
  type: z.literal("create_session").default("create_session"),
});

export const createSessionAnswerSchema = z.object({
  type: z.literal("create_session").default("create_session"),
  session_id: z.string().min(1),
  info_message: z.string().nullish(),
  warning_message: z.string().nullish(),
  error_message: z.string().nullish(),
});

export const heartbeatSchema = z.object({
  session_id: z.string(),
  type: z.literal("session_heartbeat").default("session_heartbeat"),
});

export const heartbeatAnswerSchema = z.object({
  type: z.literal("session_heartbeat").default("session_heartbeat"),
});

/** FastAPI: a text, or a list of wrong fields. Some answers (500) are plain text instead. */
export const errorBodySchema = z.object({
  detail: z.union([
    z.string(),
    z.array(
      z.object({
        type: z.string().optional(),
        loc: z.array(z.union([z.string(), z.number()])),
        msg: z.string(),
      }),
    ),
  ]),
});
