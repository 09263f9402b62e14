/** Every product that is known. The first that recognizes a container tells of it. */
import { argoCd, argoWorkflows, argoWorkflowsBefore3 } from "./argo.ts";
import { CONSOLES } from "./consoles.ts";
import { kubernetesDashboard } from "./kubernetes-dashboard.ts";
import { METRICS, NODE_AGENTS } from "./node-agents.ts";
import type { Product } from "./product.ts";
import { SERVICES } from "./services.ts";
import { STORES } from "./stores.ts";

export const PRODUCTS: readonly Product[] = [
  kubernetesDashboard,
  argoCd,
  argoWorkflowsBefore3,
  argoWorkflows,
  ...NODE_AGENTS,
  ...STORES,
  ...CONSOLES,
  ...SERVICES,
  ...METRICS,
];
