import { argoCdFiles } from "./argo-cd.ts";
import { fluxFiles } from "./flux.ts";
import { fluxExample } from "./flux-examples.ts";
import { kustomizeFiles } from "./kustomize.ts";

export const gitopsFiles = [...argoCdFiles, ...fluxFiles, fluxExample, ...kustomizeFiles];
