/** What a failed run of ONNX Runtime means to a user. Its messages are texts of many layers; two kinds are told apart. */
import { AepoError, type ErrorDetails, messageOf } from "../../std/errors.ts";

/** From ONNX Runtime's allocators, the C++ library, Dawn and CUDA. */
const OUT_OF_MEMORY = /out of memory|failed to allocate|bad_alloc|bfcarena|cuda_error_out_of_memory|allocation failed/i;
/** From Dawn (WebGPU) and CUDA. */
const LOST_DEVICE =
  /device (?:is|was|has been) lost|devicelost|device_removed|lost device|cuda.*(?:illegal memory access|unspecified launch failure)/i;

const RESUME = "aepo train --resume RUN goes on from the run's last checkpoint";

export function runFailure(thrown: unknown): AepoError {
  const message = messageOf(thrown);
  const error = (what: string, details: ErrorDetails): AepoError =>
    new AepoError("engine", what, { ...details, cause: thrown });
  if (OUT_OF_MEMORY.test(message)) {
    return error(`the device is out of memory: ${message}`, {
      fix: `lower policy.microBatchTokens, policy.slots or policy.cacheTokens, set policy.recompute to always, or train adapters (policy.lora); ${RESUME}`,
    });
  }
  if (LOST_DEVICE.test(message)) {
    return error(`the device was lost: ${message}`, {
      fix: `check its driver and other programs on it; ${RESUME}, also on another device (the bits of a run then differ)`,
    });
  }
  return error(`onnxruntime failed: ${message}`, {});
}
