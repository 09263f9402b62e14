/** Something that has a name and a meaning: what `palisade explain` answers with. */
export const TOPIC_KINDS = ["Rule", "Field", "Condition", "Reason", "Case", "Policy", "Finding"] as const;
export type TopicKind = (typeof TOPIC_KINDS)[number];

export interface Detail {
  readonly label: string;
  readonly text: string;
}

export interface Topic {
  readonly kind: TopicKind;
  readonly name: string;
  /** Of a field, condition or reason: the kind of object that has it. */
  readonly of?: string;
  readonly meaning: string;
  readonly details: readonly Detail[];
  /** The page of the documentation. */
  readonly page: string;
}

/** Those that say something. */
export const details = (entries: Readonly<Record<string, string | undefined>>): readonly Detail[] =>
  Object.entries(entries).flatMap(([label, text]) => (text === undefined || text === "" ? [] : [{ label, text }]));
