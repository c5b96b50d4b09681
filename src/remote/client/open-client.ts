/** Opens a client: asks the server what it is, begins a session and its heartbeat. */
import { createSessionAnswerSchema } from "../../protocol/messages/service.ts";
import { withSignals } from "./calls/linked-signal.ts";
import { postJson, read } from "./calls/submit.ts";
import { OpenClient } from "./client.ts";
import { ClientState } from "./client-state.ts";
import { Connection } from "./connection.ts";
import { openTransport } from "./http/transport.ts";
import type { TinkerClientOptions } from "./options.ts";
import { askServer } from "./service/server-info.ts";
import { startHeartbeat } from "./session/heartbeat.ts";
import { type Settings, settingsOf } from "./settings.ts";
import type { TinkerClient } from "./tinker-client.ts";

/** The SDK whose JSON this client speaks: the service asks for a version. */
const SDK_VERSION = "0.24.1";
/** Beside those that wait for samples: connections for results of other requests. */
const OTHER_POLLS = 16;

export async function openTinkerClient(options: TinkerClientOptions, signal?: AbortSignal): Promise<TinkerClient> {
  const settings = settingsOf(options);
  const connection = connect(settings);
  try {
    return await withSignals([signal], async (either) => {
      const server = await askServer(connection, either);
      const sessionId = await beginSession(connection, either);
      connection.beatWith(
        startHeartbeat({
          url: `${settings.origin}/api/v1/session_heartbeat`,
          headers: { ...settings.headers, "content-type": "application/json" },
          body: JSON.stringify({ type: "session_heartbeat", session_id: sessionId }),
          everyMs: settings.timeouts.heartbeatMs,
        }),
      );
      return new OpenClient(new ClientState(connection, sessionId, server));
    });
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}

function connect(settings: Settings): Connection {
  const { origin, headers, connections, concurrentSamples, timeouts } = settings;
  const lane = (count: number): ReturnType<typeof openTransport> =>
    openTransport({ origin, headers, connections: count, connectTimeoutMs: timeouts.requestMs });
  return new Connection(settings, { calls: lane(connections), polls: lane(concurrentSamples + OTHER_POLLS) });
}

async function beginSession(connection: Connection, signal: AbortSignal): Promise<string> {
  const doing = "create_session";
  const { tags } = connection.settings;
  const body = { type: doing, tags: [...tags], user_metadata: null, sdk_version: SDK_VERSION };
  const answer = read(createSessionAnswerSchema, await postJson(connection, doing, body, { doing, signal }), doing);
  for (const said of [answer.info_message, answer.warning_message, answer.error_message])
    if (typeof said === "string" && said !== "") connection.notice(said, `the server says: ${said.slice(0, 400)}`);
  return answer.session_id;
}
