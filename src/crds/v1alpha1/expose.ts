/** What of a workload can be reached from outside the cluster: hosts that the platform team granted, and only with TLS. */
import { z } from "zod";
import { listMap, matches, text, withRules } from "../schema.ts";
import { hostName } from "./hosts.ts";
import { portNumber, subdomainName } from "./names.ts";

/** Each host is a route of its own, so their number is the number of objects. */
export const MAX_EXPOSED = 8;

/** What Ingress and Gateway API both take as a prefix, element by element, and what no proxy reads in two ways. */
const PATH = "^(/|(/([A-Za-z0-9_-][A-Za-z0-9._-]*|[.][A-Za-z0-9_-][A-Za-z0-9._-]*))+)$";

const entry = z.strictObject({
  host: hostName(
    "expose.host",
    "Host name. The platform team must grant it to this namespace, by name or by a wildcard for its first label.",
  ),
  path: withRules(
    text(255, 1),
    matches(
      PATH,
      "expose.path must be / or plain segments such as /api/v1: no empty, . or .. segment, no escapes, no trailing slash",
    ),
  )
    .default("/")
    .meta({
      description:
        "Path prefix by whole segments: /api matches /api and /api/v1, but not /apis. Everything by default.",
    }),
  port: portNumber("A declared TCP port that speaks HTTP."),
  tls: z
    .strictObject({
      secretName: subdomainName(
        "Name of a Secret of type kubernetes.io/tls in the workload's namespace. The operator cannot read it.",
      ),
    })
    .optional()
    .meta({
      description:
        "Certificate. Required if the cluster exposes hosts through an Ingress; a Gateway has it on its listener. Palisade never exposes a host without TLS.",
    }),
});

type Entry = z.output<typeof entry>;

const certificateOf = ({ tls }: Entry): string | undefined => tls?.secretName;

export const expose = withRules(
  listMap(entry.meta({ description: "One host and path, and the port that serves it." }), ["host", "path"], {
    max: MAX_EXPOSED,
  }),
  {
    rule: "self.all(a, self.all(b, a.host != b.host || (has(a.tls) == has(b.tls) && (!has(a.tls) || a.tls.secretName == b.tls.secretName))))",
    message: "expose.tls must be the same in all entries of a host: a host has one certificate",
    holds: (list) => list.every((a) => list.every((b) => a.host !== b.host || certificateOf(a) === certificateOf(b))),
  },
);

/** For the spec as a whole: exposed ports are declared ones. */
export const exposedPortsAreDeclared = {
  rule: "!has(self.expose) || self.expose.all(e, has(self.ports) && self.ports.exists(p, p.port == e.port && p.protocol == 'TCP'))",
  message:
    "expose.port must be one of the declared TCP ports, the container's and not the Service's: write ports.port, or declare it under ports",
  holds: ({
    expose: exposed = [],
    ports = [],
  }: {
    readonly expose?: readonly { readonly port: number }[] | undefined;
    readonly ports?: readonly { readonly port: number; readonly protocol: string }[] | undefined;
  }): boolean => exposed.every(({ port }) => ports.some((open) => open.port === port && open.protocol === "TCP")),
};
