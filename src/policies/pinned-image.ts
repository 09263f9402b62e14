import { all, any, celText, isAbsent, textIn } from "./cel.ts";
import { findingIf, omit } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { type Container, policy } from "./policy.ts";
import { drift, mitre, nsa } from "./sources.ts";

const DIGEST = /@sha256:[a-f0-9]{64}$/;
const TAG = /:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/;

/** A digest wins over whatever tag stands before it. */
function isPinned(image: string): boolean {
  const tag = TAG.exec(image)?.[1];
  return DIGEST.test(image) || (!image.includes("@") && tag !== undefined && tag !== "latest");
}

/** The same in CEL. */
const isPinnedIn = (image: string): string =>
  any(
    `${image}.matches(${celText(DIGEST.source)})`,
    all(`!${image}.contains('@')`, `${image}.matches(${celText(TAG.source)})`, `!${image}.endsWith(':latest')`),
  );

const isFloating = ({ image }: Container): boolean => image !== undefined && !isPinned(image);

export const pinnedImage = policy(
  {
    id: "pinned-image",
    demand: "Images must have a digest, or a tag other than latest.",
    reason:
      "An image without a version can change at any time, and two pods of one workload can run different programs.",
    effect:
      "Removes an image without a version, so that the API server refuses the pod: Palisade cannot guess the version.",
    fix: "Write the version or, better, the digest in `image`: registry.example.com/shop/web:1.4.2 or …@sha256:<digest>.",
    sources: [nsa("Pod security: Building secure container images"), mitre("T1525"), drift(12)],
  },
  each(containers, {
    broken: (container) => findingIf(isFloating(container), "image", "must have a digest, or a tag other than latest"),
    repair: (container) => omit(container, "image"),
    obeys: (container) => any(isAbsent(container, "image"), isPinnedIn(textIn(container, "image"))),
  }),
);
