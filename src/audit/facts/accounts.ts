/** ServiceAccounts, and the identity in a cloud that their annotations give them. Pure. */
import type { Sighting } from "../place.ts";
import type { Account } from "./model.ts";

const IDENTITIES: readonly (readonly [key: string, cloud: string])[] = [
  ["eks.amazonaws.com/role-arn", "a role of AWS"],
  ["iam.gke.io/gcp-service-account", "a service account of Google Cloud"],
  ["azure.workload.identity/client-id", "an identity of Azure"],
];

export function accountOf({ object, namespace, name, at }: Sighting): Account {
  const annotations = object.metadata.annotations ?? {};
  const found = IDENTITIES.find(([key]) => (annotations[key] ?? "") !== "");
  return {
    key: `${namespace}/${name}`,
    automount: object["automountServiceAccountToken"] !== false,
    cloud: found === undefined ? undefined : { words: found[1], place: at("metadata", "annotations", found[0]) },
    place: at(),
  };
}

const PROVIDERS: Readonly<Record<string, string>> = { aws: "AWS", gce: "Google Cloud", azure: "Azure" };

/** The cloud that a node is a machine of. */
export function cloudOf({ object }: Sighting): string | undefined {
  const { providerID } = (object["spec"] ?? {}) as { readonly providerID?: string };
  return PROVIDERS[String(providerID ?? "").split(":")[0] ?? ""];
}
