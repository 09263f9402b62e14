/** SecurityExceptions for tests of the API: one with every field, and texts near the edge of each rule. */
import fc from "fast-check";

/** A good spec in which every field of the schema stands. */
export const everyExceptionField = {
  workload: {
    namespace: "shop",
    name: "web",
    uid: "5f39c016-ab92-4d38-ab98-c900cf29a58f",
    image: "registry.example.com/shop/web",
  },
  lifts: ["read-only-root", "non-root"],
  breakGlass: { user: "https://login.example.com#jane" },
  validFor: "8h",
  reason: "the vendor's program unpacks itself into its own folder",
  requestedBy: "Jane Doe <jane@example.com>",
};

export const everyExceptionStatusField = {
  observedGeneration: 1,
  conditions: [
    {
      type: "Active",
      status: "True",
      reason: "InForce",
      message: "the pods of shop/web run without read-only-root until 2026-01-31T12:00:00Z",
      lastTransitionTime: "2026-01-31T04:00:00Z",
      observedGeneration: 1,
    },
  ],
  expires: "2026-01-31T12:00:00Z",
  truncated: [{ field: "conditions", total: 17 }],
};

const validFor = fc.constantFrom(
  "1m",
  "480m",
  "481m",
  "8h",
  "9h",
  "72h",
  "2160h",
  "2161h",
  "9999h",
  "9999m",
  "10000m",
  "0h",
  "08h",
  "1d",
  "1h30m",
  "1.5h",
  "-1h",
  "h",
  "1",
  "",
  "1h ",
  "1H",
);
const rule = fc.constantFrom("read-only-root", "non-root", "no-host-users", "not-privileged", "Non-root", "");
const user = fc.constantFrom(
  "jane",
  "jane@example.com",
  "https://login.example.com#1234",
  "system:masters",
  "system:serviceaccount:shop:web",
  "System:jane",
  "systems:jane",
  "jane doe",
  " jane",
  "jane\n",
  "jän",
  "",
);
const reason = fc.constantFrom("too short", "ten chars!", "x".repeat(1_024), "x".repeat(1_025), "😀".repeat(9), "");

const lifts = fc.oneof(fc.array(rule, { maxLength: 3 }), fc.constant(undefined));
const breakGlass = fc.oneof(
  user.map((name) => ({ user: name })),
  fc.constant(undefined),
);

/** A good spec with one field of it, or two that bound each other, put near the edge of their rules. */
export const arbitraryException = fc
  .oneof(
    fc.record({ lifts }),
    fc.record({ breakGlass }),
    fc.record({ lifts, breakGlass }),
    fc.record({ validFor }),
    fc.record({ validFor, breakGlass: fc.constant(undefined) }),
    fc.record({ reason }),
  )
  .map((changed) => ({ ...everyExceptionField, ...changed }));
