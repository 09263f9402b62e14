/**
 * Which image runs where one is declared. As soon as the platform team names registries, a tag is resolved to a digest, once,
 * and pinned; a spec whose images are not all resolved is not rolled out, and what runs goes on with the digests it has.
 *
 * Without a list of registries nothing is asked: the host of an image is a tenant's word, and the operator calls nobody at a
 * tenant's word alone.
 */
import { type AllowList, parseAllowList } from "../images/allow-list.ts";
import { ImageDesk } from "../images/desk.ts";
import { type Obstacle, type Pin, pinOf, type RecordedImage } from "../images/pin.ts";
import type { ImageReference } from "../images/reference.ts";
import type { ImageResolver } from "../images/resolver.ts";
import type { Clock } from "../kopf/clock.ts";
import type { WorkloadRecord } from "./records.ts";

export interface ImagePinsOptions {
  /** Asks registries, for what `allowList` lets through. */
  readonly resolver: (allowList: AllowList) => Pick<ImageResolver, "resolve">;
  /** Where images may come from; undefined where the platform team named no registry. */
  readonly registries: () => readonly string[] | undefined;
  readonly clock: Clock;
  /** A bug, never a registry's doing. */
  readonly onError: (error: unknown) => void;
}

export class ImagePins {
  readonly #registries: () => readonly string[] | undefined;
  readonly #allowList: AllowList;
  readonly #desk: ImageDesk;
  /** Workload uid, then declared image, to what was decided here; it outranks the status, which somebody might edit. */
  readonly #decided = new Map<string, Map<string, RecordedImage>>();

  constructor({ resolver, registries, clock, onError }: ImagePinsOptions) {
    this.#registries = registries;
    this.#allowList = currentList(registries);
    this.#desk = new ImageDesk({ resolver: resolver(this.#allowList), allowList: this.#allowList, clock, onError });
  }

  /** `listener` is told the key of a workload for which a registry has answered. */
  onAnswer(listener: (key: string) => void): void {
    this.#desk.onAnswer(listener);
  }

  forget(uid: string): void {
    this.#decided.delete(uid);
    this.#desk.forget(uid);
  }

  /** Each image to what runs for it; undefined as long as one of them is not known. Asks nobody. */
  known(workload: WorkloadRecord, images: readonly string[]): Readonly<Record<string, string>> | undefined {
    if (this.#registries() === undefined) return {};
    const pinned: Record<string, string> = {};
    for (const image of images) {
      const pin = this.#pinOf(workload, image);
      if (pin.kind !== "pinned") return undefined;
      pinned[image] = pin.image;
    }
    return pinned;
  }

  /** Each image to what would run for it if it runs already, whatever is allowed by now: its digest where one is known, else itself. */
  running(workload: WorkloadRecord, images: readonly string[]): Readonly<Record<string, string>> {
    return Object.fromEntries(
      images.map((image) => {
        const pin = this.#pinOf(workload, image, EVERY_IMAGE);
        return [image, pin.kind === "pinned" ? pin.image : image] as const;
      }),
    );
  }

  /** Asks for what is not known yet, without waiting, and tells what stands in the way. Only for the replica that leads. */
  ask(workload: WorkloadRecord, images: readonly string[]): readonly Obstacle[] {
    if (this.#registries() === undefined) return [];
    const pins = this.#desk.pins({
      key: workload.key,
      uid: workload.ref.uid,
      declared: images.map((image) => ({ container: image, image })),
      recorded: (workload.status.images ?? []).map((record) => ({ container: record.image, ...record })),
    });
    const decided = this.#decided.get(workload.ref.uid) ?? new Map<string, RecordedImage>();
    for (const [image, pin] of pins) if (pin.kind === "pinned") decided.set(image, pin.record);
    this.#decided.set(workload.ref.uid, decided);
    return [...pins.values()].flatMap(obstacleOf);
  }

  /** What the status keeps: the digest of each image that was resolved by its tag. */
  recordsOf(workload: WorkloadRecord, images: readonly string[]): readonly RecordedImage[] {
    if (this.#registries() === undefined) return [];
    return images.flatMap((image) => {
      const pin = this.#pinOf(workload, image);
      return pin.kind === "pinned" && !image.includes("@") ? [pin.record] : [];
    });
  }

  #pinOf({ ref, status }: WorkloadRecord, image: string, allowList = this.#allowList): Pin {
    const recorded =
      this.#decided.get(ref.uid)?.get(image) ?? (status.images ?? []).find((record) => record.image === image);
    return pinOf({ declared: image, recorded, allowList, result: undefined });
  }
}

const EVERY_IMAGE: AllowList = { entries: [], judge: () => ({ allowed: true }) };

const obstacleOf = (pin: Pin): readonly Obstacle[] => {
  if (pin.kind === "pinned") return [];
  if (pin.kind === "asking")
    return [{ kind: "unreachable", message: "the registry has not answered yet", retryAfterMs: 15_000 }];
  return [pin.obstacle];
};

/** The list as the platform team has it at each moment; read again only when it changed. */
function currentList(registries: () => readonly string[] | undefined): AllowList {
  let of: readonly string[] | undefined;
  let list = parseAllowList([]);
  const current = (): AllowList => {
    const now = registries() ?? [];
    if (now !== of) {
      of = now;
      list = parseAllowList(now.filter(isReadable));
    }
    return list;
  };
  return {
    get entries() {
      return current().entries;
    },
    judge: (reference: ImageReference) => current().judge(reference),
  };
}

/** An entry that this version cannot read allows nothing. */
export function isReadable(entry: string): boolean {
  try {
    parseAllowList([entry]);
    return true;
  } catch {
    return false;
  }
}
