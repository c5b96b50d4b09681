/**
 * The form in which forward passes are sent: protobuf where the server reads it, JSON where it does not. No server tells, so the
 * first pass is sent as protobuf and, if it is refused, the same once more as JSON; what was understood is kept for the client's life.
 */
import type { Connection } from "../connection.ts";
import { exchange, type ExchangeOptions, failureOf } from "../calls/exchange.ts";
import { requestIdOf } from "../calls/submit.ts";
import type { HttpAnswer } from "../http/transport.ts";
import { type Pass, passAsJson, passAsProtobuf, type WireRequest } from "./pass-request.ts";

/** What servers say to a body that they cannot read; also to one that they can, which the second try then tells. */
const PERHAPS_UNREAD = new Set([400, 404, 405, 406, 415, 422, 500, 501]);

export class PassForm {
  private readonly connection: Connection;

  constructor(connection: Connection, wire: "auto" | "json" | "protobuf") {
    this.connection = connection;
    connection.counters.wire = wire === "auto" ? null : wire;
  }

  /** Resolves to the server's id of the request. */
  async submit(pass: Pass, seqId: number, options: ExchangeOptions): Promise<string> {
    const { wire } = this.connection.counters;
    if (wire === null) return this.find(pass, seqId, options);
    const request = wire === "json" ? passAsJson(pass, seqId) : passAsProtobuf(pass, seqId);
    return requestIdOf(await this.send(request, options), options.doing);
  }

  private async find(pass: Pass, seqId: number, options: ExchangeOptions): Promise<string> {
    const { doing } = options;
    const asProtobuf = passAsProtobuf(pass, seqId);
    const first = await this.send(asProtobuf, { ...options, accept: ({ status }) => PERHAPS_UNREAD.has(status) });
    if (first.status < 300) return this.settle("protobuf", first, doing);
    // 415: only protobuf is read, and the first refusal was meant. 409: it was recorded before it was answered with 500.
    const second = await this.send(passAsJson(pass, seqId), {
      ...options,
      accept: ({ status }) => status === 409 || status === 415,
    });
    if (second.status < 300) return this.settle("json", second, doing);
    if (second.status === 415) throw failureOf(this.connection, doing, first);
    return this.settle("protobuf", await this.send(asProtobuf, options), doing);
  }

  private settle(wire: "json" | "protobuf", answer: HttpAnswer, doing: string): string {
    const id = requestIdOf(answer, doing);
    this.connection.counters.wire = wire;
    return id;
  }

  private send(request: WireRequest, options: ExchangeOptions): Promise<HttpAnswer> {
    return exchange(this.connection, { method: "POST", ...request }, options);
  }
}
