import { expect, it } from "vitest";
import { entropyDivisor } from "./entropy-scale.ts";

it("AEPO-H5: nats, log V, and the previous step's spread with its fallbacks", () => {
  const info = { vocabularySize: 280 };
  expect(entropyDivisor("nats", info, 0.3)).toBe(1);
  expect(entropyDivisor("logV", info, 0.3)).toBe(Math.log(280));
  expect(entropyDivisor("spread", info, 0.3)).toBe(0.3);
  expect(entropyDivisor("spread", info, null)).toBe(1);
  expect(entropyDivisor("spread", info, 9e-7)).toBe(1);
});
