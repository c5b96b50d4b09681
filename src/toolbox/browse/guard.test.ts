import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../std/errors.ts";
import { openGuard, type Resolve } from "./guard.ts";

const named =
  (names: Readonly<Record<string, readonly string[]>>): Resolve =>
  async (host) =>
    (names[host] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

async function verdict(url: string, allow: readonly string[] = [], resolve: Resolve = named({})): Promise<string> {
  const guard = openGuard(allow, resolve);
  const said = (found: readonly LookupAddress[]): string => `reaches ${found.map(({ address }) => address).join(", ")}`;
  return guard.addresses(new URL(url)).then(said, messageOf);
}
const only = "browse reaches public addresses only: ";

describe("addresses in a URL", () => {
  it.each([
    // Notations of 127.0.0.1, as the URL parser reads them.
    ["http://127.0.0.1/", "127.0.0.1 is a loopback address"],
    ["http://2130706433/", "127.0.0.1 is a loopback address"],
    ["http://0x7f000001/", "127.0.0.1 is a loopback address"],
    ["http://0177.0.0.1/", "127.0.0.1 is a loopback address"],
    ["http://0x7f.1/", "127.0.0.1 is a loopback address"],
    ["http://127.1/", "127.0.0.1 is a loopback address"],
    ["http://127.0.0.1./", "127.0.0.1 is a loopback address"],
    ["http://①②⑦.⓪.⓪.①/", "127.0.0.1 is a loopback address"],
    ["http://%31%32%37.0.0.1/", "127.0.0.1 is a loopback address"],
    ["http://127.255.255.254/", "127.255.255.254 is a loopback address"],
    ["http://0.0.0.0/", "0.0.0.0 is an address of this host"],
    ["http://0/", "0.0.0.0 is an address of this host"],
    ["http://10.1.2.3/", "10.1.2.3 is a private address"],
    ["http://172.16.0.1/", "172.16.0.1 is a private address"],
    ["http://172.31.255.255/", "172.31.255.255 is a private address"],
    ["http://192.168.1.1/", "192.168.1.1 is a private address"],
    ["http://100.64.0.1/", "100.64.0.1 is an address of a carrier's own network"],
    ["http://100.100.100.200/", "100.100.100.200 is an address of a carrier's own network"],
    ["http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a link-local address"],
    ["http://168.63.129.16/", "168.63.129.16 is an address of a cloud's own services"],
    ["http://192.0.0.192/", "192.0.0.192 is a reserved address"],
    ["http://198.18.0.1/", "198.18.0.1 is a reserved address"],
    ["http://224.0.0.1/", "224.0.0.1 is a multicast address"],
    ["http://255.255.255.255/", "255.255.255.255 is a reserved address"],
    ["http://[::]/", ":: is an address of this host"],
    ["http://[::1]/", "::1 is a loopback address"],
    ["http://[0:0:0:0:0:0:0:1]/", "::1 is a loopback address"],
    ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1 is an IPv4 address written as IPv6"],
    ["http://[::ffff:8.8.8.8]/", "::ffff:808:808 is an IPv4 address written as IPv6"],
    ["http://[::127.0.0.1]/", "::7f00:1 is a reserved address"],
    ["http://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1 is an IPv4 address written as IPv6"],
    ["http://[2002:7f00:1::]/", "2002:7f00:1:: is an IPv4 address written as IPv6"],
    ["http://[2001:0:7f00:1::]/", "2001:0:7f00:1:: is a reserved address"],
    ["http://[fe80::1]/", "fe80::1 is a link-local address"],
    ["http://[fd00:ec2::254]/", "fd00:ec2::254 is a private address"],
    ["http://[fec0::1]/", "fec0::1 is a private address"],
    ["http://[ff02::1]/", "ff02::1 is a multicast address"],
    ["http://[4000::1]/", "4000::1 is a reserved address"],
  ])("%s is refused", async (url, why) => {
    expect(await verdict(url)).toBe(only + why);
  });

  it.each([
    ["http://8.8.8.8/", "reaches 8.8.8.8"],
    ["https://172.32.0.1/", "reaches 172.32.0.1"],
    ["http://100.128.0.1/", "reaches 100.128.0.1"],
    ["http://[2606:4700:4700::1111]/", "reaches 2606:4700:4700::1111"],
  ])("%s is public", async (url, expected) => {
    expect(await verdict(url)).toBe(expected);
  });
});

describe("what else is refused", () => {
  it.each([
    ["file:///etc/passwd", "browse reads http: and https: only, not file:"],
    ["ftp://8.8.8.8/", "browse reads http: and https: only, not ftp:"],
    ["data:text/html,hello", "browse reads http: and https: only, not data:"],
    ["javascript:alert(1)", "browse reads http: and https: only, not javascript:"],
    ["gopher://8.8.8.8/", "browse reads http: and https: only, not gopher:"],
    ["view-source:http://8.8.8.8/", "browse reads http: and https: only, not view-source:"],
    ["http://user:secret@8.8.8.8/", "browse takes no user name or password in a URL"],
    ["http://8.8.8.8@10.0.0.1/", "browse takes no user name or password in a URL"],
  ])("%s", async (url, why) => {
    expect(await verdict(url)).toBe(why);
  });
});

describe("host names", () => {
  const resolve = named({
    "public.example": ["8.8.8.8", "2606:4700:4700::1111"],
    "inside.example": ["10.0.0.7"],
    "two.example": ["8.8.8.8", "127.0.0.1"],
    localhost: ["127.0.0.1", "::1"],
    "db.corp.example": ["10.1.1.1"],
    "xn--mnchen-3ya.example": ["10.2.2.2"],
  });

  it.each([
    ["http://public.example/", [], "reaches 8.8.8.8, 2606:4700:4700::1111"],
    ["http://inside.example/", [], `${only}inside.example leads to 10.0.0.7, a private address`],
    ["http://localhost/", [], `${only}localhost leads to 127.0.0.1, a loopback address`],
    ["http://LOCALHOST./", [], `${only}localhost leads to 127.0.0.1, a loopback address`],
    // One bad address is enough: which one is connected to would be chance.
    ["http://two.example/", [], `${only}two.example leads to 127.0.0.1, a loopback address`],
    ["http://nowhere.example/", [], "nowhere.example has no address"],
    ["http://inside.example/", ["inside.example"], "reaches 10.0.0.7"],
    ["http://Inside.Example./", ["INSIDE.example"], "reaches 10.0.0.7"],
    ["http://inside.example/", ["10.0.0.0/8"], "reaches 10.0.0.7"],
    ["http://inside.example/", ["10.0.0.7"], "reaches 10.0.0.7"],
    ["http://inside.example/", ["10.0.0.8"], `${only}inside.example leads to 10.0.0.7, a private address`],
    ["http://db.corp.example/", ["*.corp.example"], "reaches 10.1.1.1"],
    ["http://db.corp.example/", ["corp.example"], `${only}db.corp.example leads to 10.1.1.1, a private address`],
    ["http://inside.example/", ["*.corp.example"], `${only}inside.example leads to 10.0.0.7, a private address`],
    ["http://münchen.example/", ["münchen.example"], "reaches 10.2.2.2"],
    ["http://localhost/", ["127.0.0.1"], `${only}localhost leads to ::1, a loopback address`],
    ["http://localhost/", ["127.0.0.1", "::1"], "reaches 127.0.0.1, ::1"],
    ["http://127.0.0.1/", ["localhost"], `${only}127.0.0.1 is a loopback address`],
    // The same address in IPv6's clothes is another address.
    ["http://[::ffff:127.0.0.1]/", ["127.0.0.1"], `${only}::ffff:7f00:1 is an IPv4 address written as IPv6`],
    ["http://8.8.8.8/", ["10.0.0.0/8"], "reaches 8.8.8.8"],
  ])("%s with %j", async (url, allow, expected) => {
    expect(await verdict(url, allow, resolve)).toBe(expected);
  });
});
