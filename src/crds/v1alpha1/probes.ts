import { z } from "zod";
import { listAtomic, withRules } from "../schema.ts";
import { portNumber } from "./names.ts";

const seconds = (description: string, min: number) => z.int().min(min).max(3_600).optional().meta({ description });

const ONE_ACTION = "a probe needs exactly one of httpGet, tcpSocket and exec: keep the one that is meant";

const base = {
  httpGet: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .max(1_024)
        .regex(/^\//)
        .meta({ description: "Path of the request, from the root; starts with a slash." }),
      port: portNumber("Number of the port on the pod's own address. A name could be moved to another number."),
    })
    .optional()
    .meta({ description: "Succeeds on an HTTP status from 200 to 399. The request always goes to the pod itself." }),
  tcpSocket: z
    .strictObject({ port: portNumber("Number of the port on the pod's own address.") })
    .optional()
    .meta({ description: "Succeeds when the port takes a connection." }),
  exec: z
    .strictObject({
      command: listAtomic(z.string().min(1).max(4_096).meta({ description: "The program or one argument." }), {
        min: 1,
        max: 32,
      }).meta({
        description: "The program and its arguments, run in the container without a shell.",
      }),
    })
    .optional()
    .meta({ description: "Succeeds when the command exits with 0." }),
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

type Actions = { readonly httpGet?: unknown; readonly tcpSocket?: unknown; readonly exec?: unknown };

const oneAction = {
  rule: "[has(self.httpGet), has(self.tcpSocket), has(self.exec)].filter(x, x).size() == 1",
  message: ONE_ACTION,
  holds: ({ httpGet, tcpSocket, exec }: Actions) =>
    [httpGet, tcpSocket, exec].filter((action) => action !== undefined).length === 1,
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
