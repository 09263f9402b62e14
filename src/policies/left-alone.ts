/** Settings that need no rule, each with the reason; the reference page lists them. */
export interface LeftAlone {
  readonly what: string;
  readonly why: string;
}

export const LEFT_ALONE: readonly LeftAlone[] = [
  {
    what: "Names of environment variables such as `LD_PRELOAD` or `NODE_OPTIONS`",
    why: "The author of a variable also chooses the image and the command, and so gains nothing; allocators, runtimes and tracing agents need such variables. Palisade reverts undeclared variables of any name (drift case 6), and reports those that admission adds to pods.",
  },
  {
    what: "`envFrom`",
    why: "A SecureWorkload may declare whole ConfigMaps and Secrets; Palisade reverts undeclared ones (drift case 6).",
  },
  {
    what: "`nodeSelector`, `affinity`, `topologySpreadConstraints`",
    why: "They only narrow where a pod may run, and open no tainted node. Palisade reverts undeclared ones (drift case 14), and reports those that admission adds to pods.",
  },
  {
    what: "`imagePullPolicy`",
    why: "It decides when a node pulls the image, not which image.",
  },
  {
    what: "`supplementalGroupsPolicy`",
    why: "`Strict` would ignore groups from the image's /etc/group, but nodes with older runtimes refuse such pods.",
  },
  {
    what: "`subPath`",
    why: "A fixed path shows part of a volume that the pod mounts anyway. The kubelet does not follow links out of the volume.",
  },
  {
    what: "Resources of the pod as a whole",
    why: "They only limit the pod further; the containers' limits stay.",
  },
];
