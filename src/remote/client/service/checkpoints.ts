/** Checkpoints on the server: which there are, one as a file, one less. */
import { checkpointsSchema } from "../../../protocol/messages/model.ts";
import { parseTinkerPath, type TinkerPath } from "../../../protocol/paths.ts";
import { exchange } from "../calls/exchange.ts";
import { getJson, read } from "../calls/submit.ts";
import type { Connection } from "../connection.ts";
import { TinkerFailure } from "../failure.ts";
import type { RemoteCheckpoint } from "../tinker-client.ts";

export async function listCheckpoints(
  connection: Connection,
  modelId: string,
  signal: AbortSignal,
): Promise<readonly RemoteCheckpoint[]> {
  const doing = "the list of checkpoints";
  const path = `/api/v1/training_runs/${encodeURIComponent(modelId)}/checkpoints`;
  const answer = await getJson(connection, path, { doing, signal, accept: ({ status }) => status === 404 });
  if (answer.status === 404) return [];
  return read(checkpointsSchema, answer, doing).checkpoints.flatMap((checkpoint) =>
    checkpoint.checkpoint_type === "external"
      ? []
      : [
          {
            name: checkpoint.checkpoint_id.replace(/^.*\//, ""),
            kind: checkpoint.checkpoint_type,
            path: checkpoint.tinker_path,
            time: checkpoint.time ?? null,
          },
        ],
  );
}

export async function deleteCheckpoint(connection: Connection, path: string, signal: AbortSignal): Promise<boolean> {
  const { modelId, kind, name } = parsed(path);
  const request = { method: "DELETE", path: `/api/v1/training_runs/${modelId}/checkpoints/${kind}/${name}` } as const;
  const doing = `deleting ${path}`;
  const answer = await exchange(connection, request, { doing, signal, accept: ({ status }) => status === 404 });
  return answer.status !== 404;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The server answers with the address of the file: followed on the server itself and nowhere else, since the key goes along. */
export async function downloadArchive(connection: Connection, path: string, signal: AbortSignal): Promise<Uint8Array> {
  const { modelId, name } = parsed(path);
  const doing = `the archive of ${path}`;
  const first = `/api/v1/training_runs/${modelId}/checkpoints/${name}/archive`;
  const accept = ({ status }: { readonly status: number }): boolean => REDIRECTS.has(status);
  const answer = await exchange(connection, { method: "GET", path: first }, { doing, signal, accept });
  if (!accept(answer)) return answer.body;
  const location = new URL(String(answer.headers["location"] ?? ""), `${connection.settings.origin}${first}`);
  if (location.origin !== new URL(connection.settings.origin).origin)
    throw new TinkerFailure(`${doing} is on another server (${location.origin})`, {
      reason: "invalid",
      fix: "download it there by hand: the key is sent to the Tinker server alone",
    });
  const file = await exchange(connection, { method: "GET", path: pathOn(connection, location) }, { doing, signal });
  return file.body;
}

/** Below the client's origin, which may have a folder of its own. */
function pathOn(connection: Connection, { pathname, search }: URL): string {
  const folder = new URL(connection.settings.origin).pathname.replace(/\/$/, "");
  return `${pathname.startsWith(`${folder}/`) ? pathname.slice(folder.length) : pathname}${search}`;
}

function parsed(path: string): TinkerPath {
  const found = parseTinkerPath(path);
  if (found !== null) return found;
  throw new TinkerFailure(`"${path.slice(0, 300)}" is no path of a checkpoint`, {
    reason: "invalid",
    expected: "tinker://MODEL/weights/NAME or tinker://MODEL/sampler_weights/NAME",
  });
}
