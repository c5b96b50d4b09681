/** JSON of futures: what a submit is answered with, and what a poll is. */
import { z } from "zod";

/** Some servers give more; this is all that a client needs. */
export const submittedSchema = z.object({
  request_id: z.string().min(1),
  future_id: z.string().nullish(),
  status: z.string().nullish(),
});

export const retrieveRequestSchema = z.object({
  /** A number as text, on some servers: never a JSON number. */
  request_id: z.string(),
  allow_metadata_only: z.boolean().nullish(),
});

/** "Not yet", also the body of some 408s. */
export const tryAgainSchema = z.object({
  type: z.literal("try_again"),
  request_id: z.string().nullish(),
  queue_state: z.string().nullish(),
  queue_state_reason: z.string().nullish(),
});

/** A failure with status 200. */
export const failedSchema = z.object({ error: z.string(), category: z.string().nullish() });

/** Only for who asked with `allow_metadata_only`. */
export const metadataSchema = z.object({
  status: z.literal("complete_metadata"),
  response_payload_size: z.number().nullish(),
});

/** What a poll that was answered with 200 says. */
export type FutureAnswer =
  | { readonly kind: "pending"; readonly reason: string | null }
  | { readonly kind: "failed"; readonly message: string; readonly category: string | null }
  | { readonly kind: "metadata"; readonly bytes: number | null }
  | { readonly kind: "result"; readonly body: unknown };

export function futureAnswer(body: unknown): FutureAnswer {
  const pending = tryAgainSchema.safeParse(body).data;
  if (pending) return { kind: "pending", reason: pending.queue_state_reason ?? pending.queue_state ?? null };
  const failed = failedSchema.safeParse(body).data;
  if (failed) return { kind: "failed", message: failed.error, category: failed.category ?? null };
  const metadata = metadataSchema.safeParse(body).data;
  if (metadata) return { kind: "metadata", bytes: metadata.response_payload_size ?? null };
  return { kind: "result", body };
}
