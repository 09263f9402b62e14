import { z } from "zod";
import { listAtomic, text, withRules } from "../schema.ts";
import { httpGet } from "./probes.ts";

const exec = z.strictObject({
  command: listAtomic(text(4_096, 1).meta({ description: "The program, or one argument of it." }), {
    min: 1,
    max: 32,
  }).meta({ description: "Program and arguments, run without a shell and with the container's privileges." }),
});

const fields = {
  exec: exec.optional().meta({ description: "A command run in the container." }),
  httpGet: httpGet.optional().meta({ description: "HTTP GET to the pod itself; there is no host field." }),
};

/** What a container is told when it starts and before it ends (DRIFT 8, 9, 83). */
export const lifecycle = z.strictObject({
  postStart: withRules(z.strictObject(fields), {
    rule: "has(self.exec) != has(self.httpGet)",
    message: "lifecycle.postStart needs exactly one of exec and httpGet: keep one",
    holds: (hook) => (hook.exec === undefined) !== (hook.httpGet === undefined),
  })
    .optional()
    .meta({ description: "Runs right after the container starts." }),
  preStop: withRules(
    z.strictObject({
      ...fields,
      sleepSeconds: z.int().min(1).max(600).optional().meta({
        description: "Only waits, so that clients notice the pod leaving before it stops. Part of the grace period.",
      }),
    }),
    {
      rule: "[has(self.exec), has(self.httpGet), has(self.sleepSeconds)].filter(x, x).size() == 1",
      message: "lifecycle.preStop needs exactly one of exec, httpGet and sleepSeconds: keep one",
      holds: (hook) => [hook.exec, hook.httpGet, hook.sleepSeconds].filter((one) => one !== undefined).length === 1,
    },
  )
    .optional()
    .meta({ description: "Runs before the container is stopped." }),
});
