declare const PALISADE_VERSION: string | undefined;

/** Written in by the build of the image; `development` from the sources. */
export const VERSION: string = typeof PALISADE_VERSION === "string" ? PALISADE_VERSION : "development";
