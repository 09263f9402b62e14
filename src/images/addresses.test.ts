import { isForbiddenAddress, isLoopbackAddress, isLoopbackHost, literalAddress } from "./addresses.ts";

test.each([
  "127.0.0.1",
  "127.8.9.10",
  "0.0.0.0",
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "fe80::1",
  "fe80::1%eth0",
  "ff02::1",
  "fd00:ec2::254",
  "fd00:ec2::23",
  "fd20:ce::254",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "::ffff:127.0.0.1",
  "::127.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b::169.254.169.254",
  "2002:a9fe:a9fe::1",
  "2002:7f00:1::",
  "registry.example.com",
  "",
])("forbids %j", (address) => {
  expect(isForbiddenAddress(address)).toBe(true);
});

test.each([
  "10.0.0.5",
  "172.16.3.4",
  "192.168.1.1",
  "100.64.0.1",
  "100.100.100.201",
  "198.51.100.7",
  "169.253.1.1",
  "2001:db8::1",
  "fd12:3456::1",
  "64:ff9b::c633:6407",
  "::ffff:10.0.0.5",
  "2002:c633:6407::1",
])("allows %s", (address) => {
  expect(isForbiddenAddress(address)).toBe(false);
});

test.each(["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "::1"])("%s is this machine", (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

test.each([
  "localhost.",
  "localhost.example.com",
  "registry.localhost",
  "10.0.0.1",
  "[2001:db8::1]",
  "127.0.0.1.example.com",
])("%s is not this machine by its name", (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

test("an address in a URL is the one that the URL connects to", () => {
  expect(literalAddress(new URL("https://2130706433/").hostname)).toBe("127.0.0.1");
  expect(literalAddress(new URL("https://[::ffff:7f00:1]/").hostname)).toBe("::ffff:7f00:1");
  expect(literalAddress("registry.example.com")).toBeUndefined();
  expect(isLoopbackAddress("::ffff:7f00:1")).toBe(true);
});
