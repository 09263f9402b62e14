import { argoCdFiles } from "./argo-cd.ts";
import { fluxFiles } from "./flux.ts";

export const gitopsFiles = [...argoCdFiles, ...fluxFiles];
