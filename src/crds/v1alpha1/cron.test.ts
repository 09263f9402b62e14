import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { cron, cronOrMacro } from "./cron.ts";
import { timeZone } from "./time-zones.ts";

const schema = cronOrMacro("schedule.cron");
const isTaken = (text: string): boolean => schema.safeParse(text).success;

test.each([
  "0 3 * * 0",
  "00 03 * * 1-5",
  "*/5 * * * *",
  "0/15 * * * ?",
  "0 9-17/2 * * mon-fri",
  "0 3 * JAN-MAR SUN",
  "0 3 * Feb-4 Sun-2",
  "1,2,3 0 1 1 0",
  "59-59 19-20 31 12 6",
  "0 0 29 2 *",
  "0 0 30 2 1",
  "0 0 31 4,5 *",
  "@daily",
  "@hourly",
])("%s runs", (text) => {
  expect(isTaken(text)).toBe(true);
});

test.each([
  "0 3 * * 7",
  "61 25 * * *",
  "0 24 * * *",
  "0 0 0 * *",
  "0 0 1 13 *",
  "0 0 1 janu *",
  "0 3 * * 5-1",
  "0 3 * * fri-mon",
  "10-9 * * * *",
  "*/0 * * * *",
  "5-3 * * * *",
  "0 3 * *",
  "0 3 * * * *",
  "TZ=UTC 0 3 * * *",
  "CRON_TZ=UTC 0 3 * * *",
  "@DAILY",
  "@every 1h",
  "@wee\u212aly",
  "every night",
])("%s is refused with words about the field", (text) => {
  const { error } = schema.safeParse(text);
  expect(error?.issues.map(({ message }) => message).join()).toContain("schedule.cron must be five fields");
});

test.each([
  "0 0 30 2 *",
  "0 0 31 4,6 ?",
  "0 0 30-31 FEB *",
  "0 0 31 jun,SEP *",
  "0 0 31 2-2 *",
  "0 0 30/1 feb-02 *",
  "0 0 31/2,31-31 4-6/2 */1",
  "0 0 30 2/11 1,*",
  "0 0 031 4/5,11 ?",
])("%s would never run", (text) => {
  const { error } = schema.safeParse(text);
  expect(error?.issues.map(({ message }) => message).join()).toContain("would never run");
});

/** What a field stands for, as the parser of Kubernetes reads it. */
function valuesOf(field: string, min: number, max: number, names: readonly string[] = []): ReadonlySet<number> {
  const numberOf = (text: string): number => (names.includes(text) ? names.indexOf(text) + min : Number(text));
  return new Set(
    field.split(",").flatMap((item) => {
      const [span = "", step] = item.split("/");
      const isAny = span === "*" || span === "?";
      const [low = "", high] = span.split("-");
      const from = isAny ? min : numberOf(low);
      const to = isAny || (high === undefined && step !== undefined) ? max : numberOf(high ?? low);
      const every = Number(step ?? 1);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter((n) => (n - from) % every === 0);
    }),
  );
}

const DAYS_IN = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isNeverOn(day: string, month: string, weekday: string): boolean {
  const isAny = (field: string): boolean => field.split(",").some((item) => /^[*?](\/0*1)?$/.test(item));
  if (isAny(day) || !isAny(weekday)) return false;
  const first = Math.min(...valuesOf(day, 1, 31));
  return [...valuesOf(month, 1, 12, MONTHS)].every((one) => first > (DAYS_IN[one - 1] ?? 0));
}

test("a day that no month has is refused, and no other", () => {
  const items = (low: number, high: number, names: readonly string[] = []) =>
    fc
      .array(
        fc
          .tuple(
            fc.integer({ min: low, max: high }),
            fc.option(fc.integer({ min: low, max: high }), { nil: undefined }),
            fc.option(fc.constantFrom(1, 2, 3, 4, 5, 7, 9, 11, 12, 40), { nil: undefined }),
            fc.boolean(),
          )
          .map(([one, other, step, isNamed]) => {
            const called = (n: number): string => (isNamed ? names[n - 1] : undefined) ?? String(n);
            const span = other === undefined ? called(one) : `${called(Math.min(one, other))}-${Math.max(one, other)}`;
            return step === undefined ? span : `${span}/${step}`;
          }),
        { minLength: 1, maxLength: 2 },
      )
      .map((list) => list.join(","));
  const weekday = fc.constantFrom("*", "?", "*/1", "*/2", "1", "1,*", "0-6");
  fc.assert(
    fc.property(items(28, 31), items(1, 12, MONTHS), weekday, (day, month, week) => {
      const text = `0 0 ${day} ${month} ${week}`;
      const isNever = /would never run/.test(String(schema.safeParse(text).error));
      expect([text, isNever]).toEqual([text, isNeverOn(day, month, week)]);
    }),
    { numRuns: 5_000 },
  );
});

/** The parser of Kubernetes, in so far as it refuses: github.com/robfig/cron v3.0.1, getRange. */
function isParsed(field: string, min: number, max: number, names: readonly string[]): boolean {
  const numberOf = (text: string): number => {
    const name = names.indexOf(text.toLowerCase());
    return name === -1 ? (/^[0-9]+$/.test(text) ? Number(text) : Number.NaN) : name + min;
  };
  return field.split(",").every((item) => {
    const [span = "", step = "1", ...more] = item.split("/");
    const [low = "", high, ...others] = span.split("-");
    const from = low === "*" || low === "?" ? min : numberOf(low);
    const to = high === undefined ? from : numberOf(high);
    return (
      more.length === 0 && others.length === 0 && from >= min && to <= max && from <= to && /^0*[1-9][0-9]*$/.test(step)
    );
  });
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS = [
  { place: 0, min: 0, max: 59, names: [] },
  { place: 1, min: 0, max: 23, names: [] },
  { place: 2, min: 1, max: 31, names: [] },
  { place: 3, min: 1, max: 12, names: MONTHS },
  { place: 4, min: 0, max: 6, names: DAYS },
] as const;

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 65 }).map(String) },
  fc.integer({ min: 0, max: 65 }).map((number) => `0${number}`),
  fc.constantFrom(...MONTHS, ...DAYS, "Fri", "DEC", "xyz"),
);
const item = fc
  .tuple(
    fc.oneof(
      fc.constant("*"),
      value,
      fc.tuple(value, value).map(([a, b]) => `${a}-${b}`),
    ),
    fc.constantFrom("", "", "/2", "/0", "/15", "/x"),
  )
  .map(([span, step]) => `${span}${step}`);

test.each(FIELDS)(
  "field $place is taken exactly where the parser of Kubernetes takes it",
  ({ place, min, max, names }) => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 3 }), (items) => {
        const field = items.join(",");
        const text = ["0", "0", "*", "*", "*"].with(place, field).join(" ");
        const isNever =
          place === 2 || place === 3 ? /would never run/.test(String(schema.safeParse(text).error)) : false;
        expect([text, isTaken(text) || isNever]).toEqual([text, isParsed(field, min, max, names)]);
      }),
      { numRuns: 2_000 },
    );
  },
);

test("a window of autoscaling takes no macro", () => {
  expect(cron("autoscaling.schedule.start").safeParse("@daily").success).toBe(false);
  expect(cron("autoscaling.schedule.start").safeParse("0 8 * * MON-FRI").success).toBe(true);
});

const zone = timeZone("schedule.timeZone");

test.each(Intl.supportedValuesOf("timeZone"))("time zone %s is known", (name) => {
  expect(zone.safeParse(name).success).toBe(true);
});

test.each(["UTC", "Etc/UTC", "Etc/GMT+1", "US/Pacific", "America/Argentina/Salta", "GB-Eire"])(
  "time zone %s is known",
  (name) => {
    expect(zone.safeParse(name).success).toBe(true);
  },
);

test.each(["Local", "utc", "europe/berlin", "Mars/Phobos", "Europe", "Europe/", "EuropeXBerlin", "Etc/GMT+15", "+1"])(
  "time zone %s is refused with words about the field",
  (name) => {
    const { error } = zone.safeParse(name);
    expect(error?.issues.map(({ message }) => message).join()).toContain("schedule.timeZone must be a time zone");
  },
);
