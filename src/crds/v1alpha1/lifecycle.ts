import { z } from "zod";
import { listAtomic, text, withRules } from "../schema.ts";
import { httpGet } from "./probes.ts";

const exec = z.strictObject({
  command: listAtomic(text(4_096, 1).meta({ description: "The program, or one argument of it." }), {
    min: 1,
    max: 32,
  }).meta({ description: "The program and its arguments, run without a shell and with the container's own rights." }),
});

const fields = {
  exec: exec.optional().meta({ description: "A command run in the container." }),
  httpGet: httpGet.optional().meta({ description: "An HTTP GET to the pod itself; there is no host field." }),
};

/** What a container is told when it starts and before it ends (DRIFT 8, 9, 83). */
export const lifecycle = z.strictObject({
  postStart: withRules(z.strictObject(fields), {
    rule: "has(self.exec) != has(self.httpGet)",
    message: "lifecycle.postStart needs exactly one of exec and httpGet: keep the one that is meant",
    holds: (hook) => (hook.exec === undefined) !== (hook.httpGet === undefined),
  })
    .optional()
    .meta({ description: "Done right after the container started." }),
  preStop: withRules(
    z.strictObject({
      ...fields,
      sleepSeconds: z.int().min(1).max(600).optional().meta({
        description: "Nothing but a wait, so that peers see the pod leave before it stops; part of the grace period.",
      }),
    }),
    {
      rule: "[has(self.exec), has(self.httpGet), has(self.sleepSeconds)].filter(x, x).size() == 1",
      message: "lifecycle.preStop needs exactly one of exec, httpGet and sleepSeconds: keep the one that is meant",
      holds: (hook) => [hook.exec, hook.httpGet, hook.sleepSeconds].filter((one) => one !== undefined).length === 1,
    },
  )
    .optional()
    .meta({ description: "Done before the container is told to stop." }),
});
