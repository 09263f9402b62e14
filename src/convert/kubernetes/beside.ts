/** Objects that stand beside a workload and become a field of it: autoscalers, disruption budgets, hosts, monitors, accounts. */
import { type Draft, defined, evidenceOf, set } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { isBeside, isSelectedBy, matches, nameOf, objectsOf, type World } from "../world.ts";
import { readAutoscaler } from "./autoscaler.ts";
import { readScaledObject } from "./scaled-object.ts";
import { claimReplaced } from "./services.ts";

export function readBeside(world: World): void {
  for (const part of objectsOf(world, "HorizontalPodAutoscaler")) readAutoscaler(world, part);
  for (const part of objectsOf(world, "ScaledObject")) readScaledObject(world, part);
  for (const part of objectsOf(world, "PodDisruptionBudget")) readBudget(world, part);
  for (const kind of ["ServiceMonitor", "PodMonitor"])
    for (const part of objectsOf(world, kind)) readMonitor(world, part);
  for (const part of objectsOf(world, "ServiceAccount")) readAccount(world, part);
}

const left = (part: Part, what: string): Part => part.keep(`applied as it is: ${what} of no workload of these files`);

function readBudget(world: World, part: Part): void {
  const spec = part.at("spec");
  const drafts = world.drafts.filter((draft) => isBeside(part, draft) && matches(spec.at("selector"), draft.podLabels));
  if (drafts.length === 0) return void left(part, "a disruption budget");
  const amount = (name: string): number | string | undefined =>
    spec.at(name).keep(`disruption.${name}`).number() ?? spec.at(name).text();
  const disruption = defined({ maxUnavailable: amount("maxUnavailable"), minAvailable: amount("minAvailable") });
  for (const draft of drafts) set(draft, "disruption", disruption, evidenceOf(part, "the disruption budget"));
  spec.at("selector").replace("the workload's own label");
  spec.at("unhealthyPodEvictionPolicy").fix("AlwaysAllow");
  claimReplaced(part, "disruption");
}

function readMonitor(world: World, part: Part): void {
  const spec = part.at("spec");
  const endpoint = spec.at("endpoints", 0).exists ? spec.at("endpoints", 0) : spec.at("podMetricsEndpoints", 0);
  const drafts = scrapedBy(world, part);
  if (drafts.length === 0 || !endpoint.exists) {
    left(part, "a monitor");
    return;
  }
  for (const draft of drafts) set(draft, "monitoring", monitoringOf(draft, endpoint), evidenceOf(part, "the monitor"));
  for (const field of ["portNumber", "targetPort", "port", "path", "interval"]) endpoint.at(field).keep("monitoring");
  spec.drop("monitoring has a port, a path and an interval");
  claimReplaced(part, "monitoring");
}

/** A ServiceMonitor selects Services, a PodMonitor pods. */
function scrapedBy(world: World, part: Part): readonly Draft[] {
  const selector = part.at("spec", "selector");
  const services = objectsOf(world, "Service").filter((service) =>
    matches(selector, service.at("metadata", "labels").labels()),
  );
  const isSelected = (draft: Draft): boolean =>
    matches(selector, draft.podLabels) || services.some((service) => isSelectedBy(service, draft));
  return world.drafts.filter((draft) => isBeside(part, draft) && isSelected(draft));
}

const DEFAULT_SECONDS = 30;
const LEAST_SECONDS = 10;

function monitoringOf(draft: Draft, endpoint: Part): Record<string, unknown> | undefined {
  const number = endpoint.at("portNumber").number() ?? endpoint.at("targetPort").number();
  const port = number ?? portCalled(draft, endpoint.at("port").text());
  if (port === undefined) return undefined;
  const path = endpoint.at("path").text();
  const seconds = Number(/^(\d+)s$/.exec(endpoint.at("interval").text() ?? "")?.[1] ?? DEFAULT_SECONDS);
  return defined({
    port,
    path: path === "/metrics" ? undefined : path,
    intervalSeconds: seconds >= LEAST_SECONDS && seconds !== DEFAULT_SECONDS ? seconds : undefined,
  });
}

function portCalled(draft: Draft, name: string | undefined): number | undefined {
  const ports = (draft.spec["ports"] ?? []) as readonly Readonly<Record<string, unknown>>[];
  const found = ports.find((port) => port["name"] === name)?.["port"] ?? draft.portNames.get(name ?? "");
  return typeof found === "number" ? found : undefined;
}

const AWS = "eks.amazonaws.com/role-arn";
const GCP = "iam.gke.io/gcp-service-account";
const AZURE = "azure.workload.identity/client-id";
const TENANT = "azure.workload.identity/tenant-id";

function readAccount(world: World, part: Part): void {
  const name = nameOf(part);
  const drafts = world.drafts.filter((draft) => draft.accountName === name && isBeside(part, draft));
  if (drafts.length === 0) return void left(part, "an account");
  const annotations = part.at("metadata", "annotations");
  for (const draft of drafts) readIdentity(draft, annotations);
  part.at("automountServiceAccountToken").fix("rule no-api-token: only permissions bring a token");
  part.at("imagePullSecrets").fix("rule no-pull-secrets");
  part.at("secrets").drop("tokens in Secrets do not end: permissions bring one that does");
  claimReplaced(part, "an account of the workload's own");
}

function readIdentity(draft: Draft, annotations: Part): void {
  const [aws, gcp, azure] = [AWS, GCP, AZURE].map((name) => annotations.at(name).keep("identity"));
  const identity = defined({
    aws: aws?.exists === true ? { roleArn: aws.text() } : undefined,
    gcp: gcp?.exists === true ? { serviceAccount: gcp.text() } : undefined,
    azure:
      azure?.exists === true ? defined({ clientId: azure.text(), tenantId: annotations.at(TENANT).text() }) : undefined,
  });
  const provider = [aws, gcp, azure].find((one) => one?.exists === true);
  if (provider === undefined) return;
  annotations.at(TENANT).keep("identity");
  set(draft, "identity", identity, evidenceOf(provider, "annotation of the account"));
  draft.wishes.push({
    kind: "identity",
    value: provider.text() ?? "",
    evidence: evidenceOf(provider, "annotation of the account"),
  });
}
