/** Argo CD and Argo Workflows. */
import { product, SET } from "./product.ts";

const ARGO_CD_MAPS = ["argocd-cm", "argocd-cmd-params-cm"];

export const argoCd = product({
  id: "argo-cd",
  title: "Argo CD",
  image: /(^|\/)argocd$/,
  runs: /argocd-server|^server$/,
  ports: [8080],
  gives: "account",
  byDefault: "some",
  why: "it asks for a login",
  opened: {
    flags: { "disable-auth": SET },
    variables: { ARGOCD_SERVER_DISABLE_AUTH: SET },
    settings: ["argo-cd-anonymous"],
    configMaps: ARGO_CD_MAPS,
  },
  plain: {
    flags: { insecure: SET },
    variables: { ARGOCD_SERVER_INSECURE: SET },
    settings: ["argo-cd-plain"],
    configMaps: ARGO_CD_MAPS,
  },
  cut: "set users.anonymous.enabled to false in ConfigMap argocd-cm, and remove --disable-auth",
});

/** Before 3.0 it acted for everybody with its own account. */
export const argoWorkflowsBefore3 = product({
  id: "argo-workflows-before-3",
  title: "Argo Workflows",
  image: /(^|\/)(argocli|argoui)$/,
  tag: /^v?[0-2]\./,
  ports: [2746, 8001],
  gives: "account",
  byDefault: "none",
  why: "its version asks for no login",
  cut: "use version 3 with --auth-mode=client or sso",
});

export const argoWorkflows = product({
  id: "argo-workflows",
  title: "Argo Workflows",
  image: /(^|\/)(argocli|argo-server)$/,
  ports: [2746],
  gives: "account",
  byDefault: "some",
  why: "it asks for a token",
  opened: { flags: { "auth-mode": /^server$/ }, words: [/--auth-mode[= ]server\b/], settings: ["argo-server-open"] },
  cut: "use --auth-mode=client or sso",
});
