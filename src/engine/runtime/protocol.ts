/** Messages between a worker's client and the worker. Requests are answered in the order in which they were sent. */
import type { ErrorKind } from "../../std/errors.ts";
import type { Executor } from "./runtime.ts";

type Method = keyof Executor;

/** One call of an Executor method. */
export type Request = {
  [M in Method]: {
    readonly id: number;
    readonly method: M;
    readonly args: Parameters<Executor[M]>;
  };
}[Method];

export type Response =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly error: { readonly kind: ErrorKind; readonly message: string };
    };
