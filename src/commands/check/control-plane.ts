import { askControlPlane } from "../../reconcilers/control-plane/ask.ts";
import { controlPlaneProblem } from "../../state/control-plane.ts";
import { no, type Question, yes } from "./finding.ts";

/** Verifies that the admission policies trust whoever creates and schedules pods in this cluster. */
export const controlPlaneKnown: Question = async ({ client, clock, installation, signal }) => {
  const finding = await askControlPlane({ client, clock, installation, signal });
  const said = controlPlaneProblem(finding) ?? "nobody answered";
  if (finding.kind === "known")
    return yes(`${finding.scheduler} schedules pods, and controllers that are trusted create them`);
  // Where nobody answers, for lack of a node for example, nothing is known to be wrong.
  return finding.kind === "unknown" ? no(said) : yes(said);
};
