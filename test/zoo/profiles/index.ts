/** Every profile, as docs/zoo.md lists them. */
import type { Profile } from "../profile.ts";
import { AKS } from "./aks.ts";
import { BANK } from "./bank.ts";
import { EKS } from "./eks.ts";
import { GKE_AUTOPILOT } from "./gke-autopilot.ts";
import { K3S } from "./k3s.ts";
import { OPENSHIFT } from "./openshift.ts";

export const PROFILES: readonly Profile[] = [EKS, GKE_AUTOPILOT, AKS, OPENSHIFT, K3S, BANK];
