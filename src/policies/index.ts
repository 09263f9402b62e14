export { checkPod, hardenPod, POD_POLICIES } from "./pod-policies.ts";
export { type Container, containersOf, type PodSpec, type Policy, type Violation } from "./policy.ts";
