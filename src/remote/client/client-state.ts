/** What the models and samplers of one client share. */
import { BatchGate } from "./calls/batch-gate.ts";
import { withSignals } from "./calls/linked-signal.ts";
import type { Connection } from "./connection.ts";
import { SampleQueue } from "./sampling/sample-queue.ts";
import type { ServerInfo } from "./tinker-client.ts";
import { Deduplication } from "./training/deduplication.ts";
import { PassForm } from "./training/pass-form.ts";

export class ClientState {
  readonly connection: Connection;
  readonly sessionId: string;
  readonly server: ServerInfo;
  /** A server computes requests of one kind together. */
  readonly gates = { forward: new BatchGate(), forward_backward: new BatchGate(), sample: new BatchGate() };
  readonly deduplication = new Deduplication();
  readonly samples: SampleQueue;
  readonly form: PassForm;
  /** Whether requests of one tree are to have one number. */
  readonly routesTrees: boolean;
  /** Models that this client has made and not unloaded, half-made ones included. */
  readonly modelIds = new Set<string>();
  private samplers = 0;
  private models = 0;

  constructor(connection: Connection, sessionId: string, server: ServerInfo) {
    const { concurrentSamples, wire, routing } = connection.settings;
    this.connection = connection;
    this.sessionId = sessionId;
    this.server = server;
    this.samples = new SampleQueue(concurrentSamples, connection.counters);
    this.form = new PassForm(connection, wire);
    this.routesTrees = routing === "tree" || (routing === "auto" && server.routesTrees);
  }

  /** The number of the next sampling session: never the same twice in this session. */
  nextSampler(): number {
    return this.samplers++;
  }

  nextModel(): number {
    return this.models++;
  }

  /** Work that ends with the caller's signal or with the client. Refused at once if the client or its session has ended. */
  async during<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.connection.check();
    return withSignals([signal, this.connection.closed], work);
  }
}
