/** Names of hosts outside the cluster that a workload may reach. */
import { matches, matchesNot, text, withRules } from "../schema.ts";

const LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
/** The last label starts with a letter, so that no IP address is a name; a star stands before two labels at least. */
const NAME = `^([*][.])?(${LABEL}[.])+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`;

/** Services are reached as workloads: the engines that enforce names do not match addresses inside the cluster. */
const INSIDE = "[.](svc|cluster[.]local)$";

/** Names by which clouds answer metadata. */
const METADATA_NAMES = [
  "metadata.google.internal",
  "metadata.goog",
  "instance-data.ec2.internal",
  "metadata.platformequinix.com",
] as const;

/** Whether `name`, which may begin with a star, stands for `host`. */
const covers = (name: string, host: string): boolean =>
  name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));

export const dnsName = withRules(
  text(253, 1),
  matches(
    NAME,
    "host must be a DNS name in lower case such as api.example.com, or *. before a domain such as *.example.com: no scheme, port or trailing dot; declare addresses as cidr",
  ),
  matchesNot(INSIDE, "host must be a name outside the cluster: use workload for one inside"),
  {
    rule: `![${METADATA_NAMES.map((name) => `'${name}'`).join(", ")}].exists(n, n == self || (self.startsWith('*.') && n.endsWith(self.substring(1))))`,
    message: "host must not be a cloud metadata service, which no workload may reach: remove the entry",
    holds: (value) => !METADATA_NAMES.some((name) => covers(value, name)),
  },
).meta({
  description:
    "DNS name outside the cluster, such as api.example.com. *.example.com matches names one label below it; with Calico all names below it. Stays closed if no network plugin enforces names.",
});
