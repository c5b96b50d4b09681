/** A chat API that answers what it is told to, well-formed or not, and keeps what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ApiRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what was sent.
  readonly body: any;
}

/** A JSON body, or whatever is done with the response. */
export type ApiAnswer = object | ((response: ServerResponse) => void);

export interface ScriptedApi {
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  close(): Promise<void>;
}

export async function scriptedApi(answer: (request: ApiRequest, number: number) => ApiAnswer): Promise<ScriptedApi> {
  const requests: ApiRequest[] = [];
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((text) => {
      const { url = "", headers } = incoming;
      const request = { path: url, authorization: headers.authorization, body: text === "" ? null : JSON.parse(text) };
      const given = answer(request, requests.push(request) - 1);
      if (typeof given === "function") return given(response);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function says(content: string | null, more: object = {}, finish = "stop"): object {
  return {
    choices: [{ index: 0, finish_reason: finish, message: { role: "assistant", content, ...more } }],
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
  };
}

export function calls(...list: readonly (readonly [name: string, input: string])[]): object {
  const toolCalls = list.map(([name, input], i) => ({
    id: `c${i}`,
    type: "function",
    function: { name, arguments: input },
  }));
  return says(null, { tool_calls: toolCalls }, "tool_calls");
}

export function fails(status: number, body: object = { error: { message: "broken" } }): ApiAnswer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", "retry-after": "0" });
    response.end(JSON.stringify(body));
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
