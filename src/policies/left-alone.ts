/** What looks like a case for a rule and is none, each with why: the reference page lists them, so that nobody has to ask again. */
export interface LeftAlone {
  readonly what: string;
  readonly why: string;
}

export const LEFT_ALONE: readonly LeftAlone[] = [
  {
    what: "Names of environment variables such as `LD_PRELOAD` or `NODE_OPTIONS`",
    why: "Who declares a variable also chooses the image and the command, and gains nothing by it; allocators, runtimes and tracing agents are set up this way. What is not declared is undone, whatever its name (drift case 6).",
  },
  {
    what: "`envFrom`",
    why: "A whole ConfigMap or Secret may be declared; one that is not declared is undone (drift case 6).",
  },
  {
    what: "`nodeSelector`, `affinity`, `topologySpreadConstraints`",
    why: "They narrow where a pod may run, and open no node that a taint closes. What is not declared is undone (drift case 14).",
  },
  {
    what: "`imagePullPolicy`",
    why: "It says when an image is fetched, not which.",
  },
  {
    what: "`supplementalGroupsPolicy`",
    why: "`Strict` would also ignore groups that an image adds in its own /etc/group, but a node whose runtime does not know it refuses the pod.",
  },
  {
    what: "`subPath`",
    why: "A fixed path shows a part of a volume that the pod mounts anyway. The kubelet resolves it without following links out of the volume.",
  },
  {
    what: "Resources of the pod as a whole",
    why: "They bound the pod further and lift no limit of a container.",
  },
];
