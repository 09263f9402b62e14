/** The cloud identity that a workload takes on: one of one cloud, by the keys that the cloud's own webhooks and agents read. */
import { z } from "zod";
import { withRules } from "../schema.ts";
import { type CloudProvider, entraId, roleArn, serviceAccountAddress } from "./cloud-identity.ts";

const fields = z.strictObject({
  aws: z
    .strictObject({
      roleArn: roleArn().meta({ description: "ARN of an IAM role that trusts the workload's ServiceAccount (IRSA)." }),
    })
    .optional()
    .meta({ description: "An IAM role of AWS, on EKS." }),
  gcp: z
    .strictObject({
      serviceAccount: serviceAccountAddress().meta({
        description: "Address of an IAM service account that the workload's ServiceAccount may impersonate.",
      }),
    })
    .optional()
    .meta({ description: "A service account of Google Cloud, on GKE." }),
  azure: z
    .strictObject({
      clientId: entraId("identity.azure.clientId").meta({
        description: "Client id of an application or managed identity that trusts the workload's ServiceAccount.",
      }),
      tenantId: entraId("identity.azure.tenantId")
        .optional()
        .meta({ description: "Tenant, if not the cluster's own." }),
    })
    .optional()
    .meta({ description: "An identity of Microsoft Entra, on AKS." }),
});

export type Identity = z.output<typeof fields>;

export const identity = withRules(fields, {
  rule: "[has(self.aws), has(self.gcp), has(self.azure)].filter(x, x).size() == 1",
  message: "identity needs exactly one of aws, gcp and azure: keep the cluster's cloud",
  holds: ({ aws, gcp, azure }) => [aws, gcp, azure].filter((one) => one !== undefined).length === 1,
});

/** As the platform team's grants name it. */
export function namedIdentity({
  aws,
  gcp,
  azure,
}: Identity): { readonly provider: CloudProvider; readonly name: string } | undefined {
  if (aws !== undefined) return { provider: "AWS", name: aws.roleArn };
  if (gcp !== undefined) return { provider: "GCP", name: gcp.serviceAccount };
  return azure === undefined ? undefined : { provider: "Azure", name: azure.clientId };
}
