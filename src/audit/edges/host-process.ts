import { record } from "../raw.ts";
import { podEdge } from "./pod-edge.ts";

export const hostProcess = podEdge(
  {
    id: "host-process",
    title: "HostProcess container",
    reason: "A HostProcess container of Windows runs on the node itself.",
    fix: "Remove `windowsOptions.hostProcess`.",
    palisade: "pods of a SecureWorkload run on Linux, in namespaces of their own",
    attack: ["T1611"],
    cis: ["5.2.10"],
    driftCase: 4,
    cost: 3,
  },
  "node",
  ({ spec, containers, at }) => [
    ...(isHostProcess(spec["securityContext"])
      ? [{ words: "HostProcess pod", cut: CUT, place: at("securityContext", "windowsOptions"), rule: "linux-only" }]
      : []),
    ...containers
      .filter(({ context }) => isHostProcess(context))
      .map(({ name, at: inContainer }) => ({
        words: `HostProcess container ${name}`,
        cut: CUT,
        place: inContainer("securityContext", "windowsOptions"),
        rule: "linux-only",
      })),
  ],
);

const CUT = "remove windowsOptions.hostProcess";

const isHostProcess = (context: unknown): boolean => record(record(context)["windowsOptions"])["hostProcess"] === true;
