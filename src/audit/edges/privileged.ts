import { podEdge } from "./pod-edge.ts";
import { isWindows } from "./windows.ts";

export const privileged = podEdge(
  {
    id: "privileged",
    title: "privileged container",
    reason: "A privileged container has every device and capability: whoever runs code in it is root on the node.",
    fix: "Remove `privileged: true`.",
    palisade: "no container of a SecureWorkload is privileged",
    attack: ["T1611"],
    cis: ["5.2.2"],
    driftCase: 4,
    cost: 3,
  },
  "node",
  ({ containers, spec }) =>
    isWindows(spec)
      ? []
      : containers
          .filter(({ context }) => context["privileged"] === true)
          .map(({ name, at }) => ({
            words: `privileged container ${name}`,
            cut: `remove privileged: true from container ${name}`,
            place: at("securityContext", "privileged"),
            rule: "not-privileged",
          })),
);
