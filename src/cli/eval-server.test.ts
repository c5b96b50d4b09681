import { expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { serverTarget } from "./eval-server.ts";

it("flags say which server, of which kind, with which adapters", () => {
  const url = "http://127.0.0.1:8000/v1";
  expect(serverTarget({})).toBeUndefined();
  expect(serverTarget({ server: url })).toEqual({ url, kind: null, adapter: null });
  expect(serverTarget({ server: url, serverKind: "sglang", adapter: true })).toEqual({
    url,
    kind: "sglang",
    adapter: { path: null },
  });
  expect(serverTarget({ server: url, adapter: "/mnt/a" })?.adapter).toEqual({ path: "/mnt/a" });
});

it.each([
  [{ adapter: true }, "--adapter has no effect without --server\n  to fix: leave it out, or give --server URL"],
  [
    { serverKind: "vllm" },
    "--server-kind has no effect without --server\n  to fix: leave it out, or give --server URL",
  ],
  [{ server: "http://h", serverKind: "tgi" }, "--server-kind tgi: no such kind\n  expected: auto, vllm, sglang"],
] as const)("%j", (flags, message) => {
  expect(thrownMessage(() => serverTarget(flags))).toBe(message);
});
