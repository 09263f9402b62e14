import { brokenAt, type Rule } from "./rule.ts";

export const controlPlaneFlags: Rule = {
  id: "control-plane-flags",
  title: "flags of the control plane",
  reason:
    "The programs of the control plane are what everything else relies on: a port, a mode or a missing certificate there opens the cluster.",
  fix: "Set the flag as told, in the static pod's file or the configuration of the installer.",
  attack: ["T1078"],
  cis: ["1.2", "1.3", "1.4", "2.1", "4.2"],
  broken: function* ({ facts }) {
    for (const { flags } of facts.workloads.values())
      for (const { flag, words, severity, place } of flags)
        yield brokenAt(severity, `${flag} ${words}`, place, `${flag} ${words}`);
  },
};

/** The namespace that is used where nobody chose one. */
export const defaultNamespace: Rule = {
  id: "default-namespace",
  title: "in the namespace default",
  reason:
    "What shares a namespace shares its rights, its Secrets and its policies; in `default` everything without a home does.",
  fix: "Give the application a namespace of its own.",
  palisade: "a namespace is enrolled as a whole",
  attack: ["T1078"],
  cis: ["5.6.4"],
  broken: function* ({ facts }) {
    for (const { namespace, place } of facts.workloads.values())
      if (namespace === "default") yield brokenAt("info", "its namespace is default", place, "");
  },
};
