/** What a container and its scratch space get that ask for nothing: enough to start, and never without a limit. */
export const DEFAULT_REQUESTS = { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" } as const;
export const DEFAULT_LIMITS = { cpu: "500m", memory: "256Mi", "ephemeral-storage": "1Gi" } as const;
export const DEFAULT_SCRATCH_SIZE = "64Mi";
