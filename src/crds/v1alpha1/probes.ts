import { z } from "zod";
import { listAtomic, listMap, matches, matchesNot, text, withRules } from "../schema.ts";
import { portNumber } from "./names.ts";

const seconds = (description: string, min: number) => z.int().min(min).max(3_600).optional().meta({ description });

/** What a request may say beside its path; nothing that authenticates, which would stand here for all to read. */
const headers = listMap(
  z
    .strictObject({
      name: withRules(
        text(64, 1),
        matches("^[A-Za-z0-9-]+$", "httpGet.headers.name has letters, digits and hyphens"),
        matchesNot(
          "^([Hh][Oo][Ss][Tt]|[Aa]uthorization|AUTHORIZATION|authorization)$",
          "httpGet.headers must not set Host, which leads elsewhere, nor Authorization, which all could read here",
        ),
      ).meta({ description: "Name of the header." }),
      value: text(256)
        .regex(/^[ -~]*$/)
        .meta({ description: "Its value, in printable ASCII. Anybody who may read workloads can read it." }),
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
  port: portNumber(
    "Number of the port to ask, on the pod's own address. It is a number because a name could be moved to another port.",
  ),
  scheme: z
    .enum(["HTTP", "HTTPS"])
    .default("HTTP")
    .meta({ description: "HTTP unless set. With HTTPS the certificate is not looked at." }),
  headers: headers.optional().meta({ description: "Headers that the request carries." }),
});

const base = {
  httpGet: httpGet.optional().meta({
    description:
      "An HTTP GET, which succeeds on a status from 200 to 399. It always goes to the pod itself: there is no host field, since the kubelet would send the request from the node to any address named there.",
  }),
  tcpSocket: z
    .strictObject({ port: portNumber("Number of the port to connect to, on the pod's own address.") })
    .optional()
    .meta({ description: "A TCP connection to the pod itself, which succeeds when the port takes it." }),
  grpc: z
    .strictObject({
      port: portNumber("Number of the port to ask, on the pod's own address."),
      service: text(253, 1)
        .regex(/^[A-Za-z0-9._-]+$/)
        .optional()
        .meta({ description: "The name that the health service is asked for; none unless set." }),
    })
    .optional()
    .meta({ description: "A call of the gRPC health protocol to the pod itself, which succeeds on SERVING." }),
  exec: z
    .strictObject({
      command: listAtomic(text(4_096, 1).meta({ description: "The program, or one argument of it." }), {
        min: 1,
        max: 32,
      }).meta({
        description:
          "The program and its arguments, run without a shell and with no more rights than the container has.",
      }),
    })
    .optional()
    .meta({ description: "A command run in the container, which succeeds when it exits with 0." }),
  initialDelaySeconds: seconds("Seconds to wait before the first probe. 0 unless set.", 0),
  periodSeconds: seconds("Seconds between probes. 10 unless set.", 1),
  timeoutSeconds: seconds("Seconds after which a probe without an answer has failed. 1 unless set.", 1),
  failureThreshold: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ description: "Failures in a row after which the probe counts as failed. 3 unless set." }),
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
      .meta({ description: "Successes in a row after a failure that make the pod ready again. 1 unless set." }),
  }),
  oneAction,
);

const other = withRules(z.strictObject(base), oneAction);

export const probes = z.strictObject({
  readiness: readiness
    .optional()
    .meta({ description: "Whether the pod takes traffic. Without one a pod counts as ready once it started." }),
  liveness: other
    .optional()
    .meta({ description: "Whether the container still works; it is restarted when this fails." }),
  startup: other
    .optional()
    .meta({ description: "Whether a slow container has started; the other probes wait for it." }),
});
