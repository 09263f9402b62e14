/** AKS: workload identity by webhook, and Azure Policy, which labels and limits what is applied. */
import { inEveryContainer, mutation, PODS, variables } from "../mutations.ts";
import { PLAIN, type Profile } from "../profile.ts";

export const AKS: Profile = {
  ...PLAIN,
  name: "aks",
  title: "Azure AKS",
  objects: [
    ...mutation(
      "azure-workload-identity",
      PODS,
      inEveryContainer(
        variables({
          AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/",
          AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000000",
        }),
      ),
    ),
    ...mutation(
      "azure-policy",
      { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"] },
      'Object{metadata: Object.metadata{annotations: {"azure-policy.kubernetes.azure.com/assessed": "yes"}}}',
    ),
  ],
  conditions: ["PodsMutated=True"],
};
