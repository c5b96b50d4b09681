/**
 * Which internet addresses are public. Everything else (this host, its networks, the services of its cloud, addresses that stand
 * for another address) is named with why it is not. IPv6 is public only within 2000::/3.
 */
import { BlockList, isIP } from "node:net";

/** A CIDR range, what an address in it is. IANA's special-purpose registries, and what clouds add to them. */
const RANGES: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "an address of this host"],
  ["10.0.0.0/8", "a private address"],
  ["100.64.0.0/10", "an address of a carrier's own network"],
  ["127.0.0.0/8", "a loopback address"],
  // 169.254.169.254: where clouds keep their machines' credentials.
  ["169.254.0.0/16", "a link-local address"],
  ["168.63.129.16/32", "an address of a cloud's own services"],
  ["172.16.0.0/12", "a private address"],
  ["192.0.0.0/24", "a reserved address"],
  ["192.0.2.0/24", "a reserved address"],
  ["192.88.99.0/24", "a reserved address"],
  ["192.168.0.0/16", "a private address"],
  ["198.18.0.0/15", "a reserved address"],
  ["198.51.100.0/24", "a reserved address"],
  ["203.0.113.0/24", "a reserved address"],
  ["224.0.0.0/4", "a multicast address"],
  ["240.0.0.0/4", "a reserved address"],
  ["::/128", "an address of this host"],
  ["::1/128", "a loopback address"],
  ["::ffff:0:0/96", "an IPv4 address written as IPv6"],
  ["64:ff9b::/96", "an IPv4 address written as IPv6"],
  ["fc00::/7", "a private address"],
  ["fe80::/10", "a link-local address"],
  ["fec0::/10", "a private address"],
  ["ff00::/8", "a multicast address"],
  ["2001::/23", "a reserved address"],
  ["2001:db8::/32", "a reserved address"],
  ["2002::/16", "an IPv4 address written as IPv6"],
  ["3fff::/20", "a reserved address"],
];
const PUBLIC_IPV6 = "2000::/3";

/** Why an address is not public, or null if it is. */
export type AddressFault = (address: string) => string | null;

export function addressFaults(): AddressFault {
  // An IPv4 range matches the same addresses written as IPv6, too: each list is asked about its own family only.
  const ranges = RANGES.map(([range, what]) => ({ list: rangeList(range), version: versionOf(range), what }));
  const publicIpv6 = rangeList(PUBLIC_IPV6);
  return (address) => {
    const version = isIP(address);
    if (version === 0) return "no address";
    const hit = ranges.find((range) => range.version === version && contains(range.list, address));
    if (hit !== undefined) return hit.what;
    return version === 6 && !contains(publicIpv6, address) ? "a reserved address" : null;
  };
}

/** The list of one range or address. Throws for what is neither. */
export function rangeList(range: string): BlockList {
  const [address = "", bits] = range.split("/");
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (version === 0 || prefix < 0 || prefix > most) throw new RangeError(`no address or range: ${range}`);
  const list = new BlockList();
  list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  return list;
}

export function versionOf(range: string): number {
  return isIP(range.split("/")[0] ?? "");
}

export function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
