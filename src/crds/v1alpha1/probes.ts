import { z } from "zod";
import { listAtomic, listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { portReference } from "./names.ts";
import { connectionNearMisses, requestNearMisses } from "./near-misses.ts";

const seconds = (description: string, min: number) => z.int().min(min).max(3_600).optional().meta({ description });

/**
 * What a request may say beside its path; nothing that authenticates, which would stand here for all to read. Host only chooses a site of the program:
 * the kubelet connects to the pod's address and follows no redirect to another.
 */
const headers = listMap(
  z
    .strictObject({
      name: withRules(
        text(64, 1),
        matches("^[A-Za-z0-9-]+$", "httpGet.headers.name must have only letters, digits and hyphens"),
        matchesNot(
          "^([Aa]uthorization|AUTHORIZATION|authorization)$",
          "httpGet.headers must not set Authorization, which every reader of this spec could see: probe a path that needs none, or use exec",
        ),
      ).meta({ description: "Name of the header." }),
      value: text(256)
        .regex(/^[ -~]*$/)
        .meta({ description: "Value, in printable ASCII. Everybody who can read workloads can read it." }),
    })
    .meta({ description: "One header of the request." }),
  ["name"],
  { max: 8 },
);

const ONE_ACTION = "a probe needs exactly one of httpGet, tcpSocket, grpc and exec: keep the one that is meant";

export const httpGet = z.strictObject({
  path: text(1_024, 1)
    .regex(/^\/[!-~]*$/)
    .meta({ description: "Path of the request: a slash, then printable ASCII without spaces, such as /healthz." }),
  port: portReference("Port on the pod's own address: its number, or the name of a declared port."),
  scheme: z
    .enum(["HTTP", "HTTPS"])
    .default("HTTP")
    .meta({ description: "Defaults to HTTP. HTTPS does not verify the certificate." }),
  headers: headers.optional().meta({ description: "Headers of the request." }),
  ...requestNearMisses,
});

const base = {
  httpGet: httpGet.optional().meta({
    description:
      "HTTP GET that succeeds on status 200 to 399. It always targets the pod itself: with a host field, the kubelet would send the request from the node to any address.",
  }),
  tcpSocket: z
    .strictObject({
      port: portReference("Port on the pod's own address: its number, or the name of a declared port."),
      ...connectionNearMisses,
    })
    .optional()
    .meta({ description: "TCP connection to the pod itself." }),
  grpc: z
    .strictObject({
      port: portReference("Port on the pod's own address: its number, or the name of a declared port."),
      service: text(253, 1)
        .regex(/^[A-Za-z0-9._-]+$/)
        .optional()
        .meta({ description: "Service name for the health check; none by default." }),
    })
    .optional()
    .meta({ description: "Call of the gRPC health protocol to the pod itself that succeeds on SERVING." }),
  exec: z
    .strictObject({
      command: listAtomic(text(4_096, 1).meta({ description: "The program, or one argument of it." }), {
        min: 1,
        max: 32,
      }).meta({
        description: "Program and arguments, run without a shell and with the container's privileges.",
      }),
    })
    .optional()
    .meta({ description: "Command in the container that succeeds with exit code 0." }),
  initialDelaySeconds: seconds("Seconds to wait before the first probe. Defaults to 0.", 0),
  periodSeconds: seconds("Seconds between probes. Defaults to 10.", 1),
  timeoutSeconds: seconds("Seconds until a probe without an answer fails. Defaults to 1.", 1),
  failureThreshold: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: "Consecutive failures until the probe counts as failed. Defaults to 3." }),
};

type Actions = {
  readonly httpGet?: unknown;
  readonly tcpSocket?: unknown;
  readonly grpc?: unknown;
  readonly exec?: unknown;
};

const oneAction = {
  rule: "[has(self.httpGet), has(self.tcpSocket), has(self.grpc), has(self.exec)].filter(x, x).size() == 1",
  message: ONE_ACTION,
  holds: (probe: Actions) =>
    [probe.httpGet, probe.tcpSocket, probe.grpc, probe.exec].filter((action) => action !== undefined).length === 1,
};

const readiness = withRules(
  z.strictObject({
    ...base,
    successThreshold: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: "Consecutive successes after a failure until the pod is ready again. Defaults to 1." }),
  }),
  oneAction,
);

const other = withRules(
  z.strictObject({
    ...base,
    successThreshold: z
      .int()
      .min(1)
      .max(1)
      .optional()
      .meta({ description: "Always 1, as in Kubernetes: only readiness may ask for more." }),
  }),
  oneAction,
);

export const probes = z.strictObject({
  readiness: readiness
    .optional()
    .meta({ description: "Decides whether the pod receives traffic. Without it, a pod is ready once it has started." }),
  liveness: other
    .optional()
    .meta({ description: "Decides whether the container still works; the kubelet restarts it on failure." }),
  startup: other
    .optional()
    .meta({ description: "Decides whether a slow container has started; the other probes wait for it." }),
});
