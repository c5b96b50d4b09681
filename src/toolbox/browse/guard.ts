/**
 * The guard of everything that browse reaches: a URL is looked up once, every address it has is checked, and what connects gets
 * exactly these addresses. Redirects and every request of a JavaScript page come through here again. Exceptions are what the
 * allow list names.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { AepoError } from "../../std/errors.ts";
import { addressFaults, contains, rangeList, versionOf } from "./address-ranges.ts";

/** As the system looks it up; said here, so that the types of the package need none of Node. */
export interface HostAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

/** The addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

export interface Guard {
  /** The checked addresses to connect to. Throws, in words for the policy, where this URL may not be reached. */
  addresses(url: URL): Promise<readonly HostAddress[]>;
}

export const systemResolve: Resolve = async (host) => lookup(host, { all: true });

/** Throws AepoError("config") for an entry of `allow` that is no host, address or range. */
export function openGuard(allow: readonly string[], resolve: Resolve = systemResolve): Guard {
  const fault = addressFaults();
  const isAllowedHost = hostRule(allow.filter((entry) => !isRange(entry)));
  const ranges = allow.filter(isRange).map((entry) => ({ list: allowedRange(entry), version: versionOf(entry) }));
  const isAllowedAddress = (address: string): boolean =>
    ranges.some(({ list, version }) => version === isIP(address) && contains(list, address));
  return {
    async addresses(url) {
      const host = checkedHost(url);
      const literal = isIP(host) !== 0;
      const found = literal ? [{ address: host, family: isIP(host) }] : await resolve(host);
      if (found.length === 0) throw new Error(`${host} has no address`);
      if (isAllowedHost(host)) return found;
      for (const { address } of found) {
        const what = isAllowedAddress(address) ? null : fault(address);
        if (what === null) continue;
        throw new Error(
          `browse reaches public addresses only: ${literal ? `${host} is` : `${host} leads to ${address},`} ${what}`,
        );
      }
      return found;
    },
  };
}

/** The host without brackets and last dot. The URL parser has already turned 0x7f.1, 2130706433 and the like into addresses. */
function checkedHost(url: URL): string {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`browse reads http: and https: only, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") throw new Error("browse takes no user name or password in a URL");
  return url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

const isRange = (entry: string): boolean => versionOf(entry) !== 0;

function allowedRange(entry: string): ReturnType<typeof rangeList> {
  try {
    return rangeList(entry);
  } catch (thrown) {
    throw allowError(entry, thrown);
  }
}

function hostRule(entries: readonly string[]): (host: string) => boolean {
  for (const entry of entries)
    if (!/^(\*\.)?[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*$/u.test(entry)) throw allowError(entry);
  const names = entries.map((entry) => {
    const wild = entry.startsWith("*.");
    // As the URL parser writes it: lower case, other scripts as xn--.
    return { wild, name: new URL(`http://${wild ? entry.slice(2) : entry}`).hostname };
  });
  return (host) => names.some(({ wild, name }) => (wild ? host.endsWith(`.${name}`) : host === name));
}

function allowError(entry: string, cause?: unknown): AepoError {
  return new AepoError("config", `browse.allow has ${JSON.stringify(entry)}`, {
    expected: "a host (intranet.example, *.intranet.example), an address (127.0.0.1, ::1) or a range (10.0.0.0/8)",
    cause,
  });
}
