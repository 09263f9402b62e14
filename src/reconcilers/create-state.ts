/** The state of the cluster on the caches of an operator, and what the reconcilers share beside it. */
import { failureFields, type Operator } from "kopf-ts";
import { createRegistryClient, type RegistryClient } from "../images/registry-client.ts";
import { ImageResolver } from "../images/resolver.ts";
import type { Installation } from "../installation.ts";
import { createMetrics } from "../observability/metrics.ts";
import { LearnedDefaults } from "../plan/learned-defaults.ts";
import { ReportedRights } from "../rbac/reported.ts";
import { ClusterState } from "../state/cluster-state.ts";
import { CorrectionLimiter } from "./apply/correction-limiter.ts";
import { DestructionBudget } from "./apply/destruction-budget.ts";
import { MutatedWrites } from "./apply/mutated-writes.ts";
import type { Deps } from "./deps.ts";
import { weakPodAges } from "./weak-pod-age.ts";

export interface StateOptions {
  /** How registries are asked; without credentials and with the system's authorities unless set. */
  readonly registryClient?: RegistryClient;
  /** Moves when the credentials do. */
  readonly credentialsVersion?: () => number;
  /** Where Palisade itself is. */
  readonly installation: Installation;
  readonly podSecurityVersion: string;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  /** The name servers that pods are given, as this process sees them in its own. */
  readonly nameServers?: readonly string[] | undefined;
}

/** To be called before the operator runs: its caches fill from then on. */
export function createState(
  operator: Operator,
  options: StateOptions,
): { readonly state: ClusterState; readonly learned: LearnedDefaults } {
  const { client, clock, logger } = operator;
  const { registryClient = createRegistryClient(), credentialsVersion } = options;
  const learned = new LearnedDefaults();
  const state = new ClusterState({
    ...options,
    cache: (cacheOptions) => operator.cache(cacheOptions),
    clock,
    fieldManager: client.fieldManager,
    learned,
    imageResolver: new ImageResolver({
      client: registryClient,
      clock,
      ...(credentialsVersion === undefined ? {} : { credentialsVersion }),
    }),
    onError: (error) => logger.error(failureFields(logger, error), "image resolution failed"),
  });
  return { state, learned };
}

export function createDeps(operator: Operator, options: StateOptions): Deps {
  const { state, learned } = createState(operator, options);
  const { client, clock, logger, recorder, registry } = operator;
  const budget = new DestructionBudget(clock);
  state.workloads.onChange(({ type, key }) => {
    if (type === "deleted") budget.forget(key);
  });
  const metrics = createMetrics(
    registry,
    () => weakPodAges(state, clock.now()),
    () => budget.pausedCount(),
  );
  return {
    client,
    state,
    learned,
    corrections: new CorrectionLimiter(clock),
    rewrites: new MutatedWrites(clock),
    budget,
    rights: new ReportedRights(),
    recorder,
    metrics,
    clock,
    logger,
  };
}
