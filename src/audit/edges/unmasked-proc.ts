import { podEdge } from "./pod-edge.ts";

export const unmaskedProc = podEdge(
  {
    id: "unmasked-proc",
    title: "unmasked /proc",
    reason: "Without masks a container reads and writes switches of the node's kernel.",
    fix: "Remove `procMount: Unmasked`.",
    palisade: "containers of a SecureWorkload have the runtime's masks",
    attack: ["T1611"],
    cis: ["5.6.3"],
    cost: 3,
  },
  "node",
  ({ containers, spec }) =>
    containers
      .filter(({ context }) => context["procMount"] === "Unmasked" && spec["hostUsers"] !== false)
      .map(({ name, at }) => ({
        words: `unmasked /proc in container ${name}`,
        cut: "remove procMount: Unmasked",
        place: at("securityContext", "procMount"),
        rule: "default-proc-mount",
        isPartial: true as const,
      })),
);
