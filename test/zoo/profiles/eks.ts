/** Amazon EKS: pod identities by webhook, readiness gates of the load balancer controller, autoscaling nodes. */
import { inEveryContainer, mutation, PODS, variables } from "../mutations.ts";
import { PLAIN, type Profile } from "../profile.ts";

export const EKS: Profile = {
  ...PLAIN,
  name: "eks",
  title: "Amazon EKS",
  plugins: ["ExtendedResourceToleration"],
  objects: [
    ...mutation(
      "pod-identity-webhook",
      PODS,
      inEveryContainer(
        variables({
          AWS_STS_REGIONAL_ENDPOINTS: "regional",
          AWS_DEFAULT_REGION: "eu-central-1",
          AWS_REGION: "eu-central-1",
          AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
        }),
      ),
    ),
    ...mutation(
      "aws-load-balancer-controller",
      PODS,
      'Object{spec: Object.spec{readinessGates: [Object.spec.readinessGates{conditionType: "target-health.elbv2.k8s.aws/shop"}]}}',
      'object.metadata.?labels[?"elbv2.k8s.aws/pod-readiness-gate-inject"].orValue("") == "enabled"',
    ),
  ],
  conditions: ["PodsMutated=True"],
};
