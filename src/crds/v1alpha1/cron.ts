/**
 * Cron expressions as Kubernetes and KEDA parse them (github.com/robfig/cron v3, `ParseStandard`). CEL cannot call that parser, and what it refuses
 * would be refused too late, when the CronJob is written; so its grammar is one regex, over the text in lower case, since names stand in any.
 *
 * Not taken, though the parser takes it: `@every`, which counts from whenever the controller looked, and more than one space between fields.
 */
import { type CelRule, text, withRules } from "../schema.ts";

interface Field {
  readonly min: number;
  readonly max: number;
  /** Of the values from `min` on. */
  readonly names?: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Minute, hour, day, month, day of week. Sunday is 0 only: classic cron takes 7 for it too, Kubernetes does not. */
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);

/** The tens of the numbers from `min` to `max`, each with the digits that follow it. */
const tens = ({ min, max }: Field) =>
  range(Math.floor(min / 10), Math.floor(max / 10)).map((ten) => ({
    ten: ten === 0 ? "" : String(ten),
    low: Math.max(min - ten * 10, 0),
    high: Math.min(max - ten * 10, 9),
  }));

const number = (field: Field): string =>
  `0*(${tens(field)
    .map(({ ten, low, high }) => `${ten}[${low}-${high}]`)
    .join("|")})`;

/** Two numbers of which the second is not below the first. */
const upwardNumbers = (field: Field): string =>
  tens(field)
    .map(({ ten, low, high }, index) => {
      const later = tens(field).slice(index + 1);
      const within = range(low, high).map((digit) => `${digit}-0*${ten}[${digit}-${high}]`);
      const beyond = later.map((next) => `[${low}-${high}]-0*${next.ten}[${next.low}-${next.high}]`);
      return `0*${ten}(${[...within, ...beyond].join("|")})`;
    })
    .join("|");

const upwardNames = ({ min, max, names = [] }: Field): string =>
  range(min, max)
    .map((low) => {
      const known = names.slice(low - min);
      return `(0*${low}|${known[0]})-(${number({ min: low, max })}|${known.join("|")})`;
    })
    .join("|");

/** With leading zeros, which the parser reads as nothing. */
function field(one: Field): string {
  const { names } = one;
  const value = names === undefined ? number(one) : `${number(one)}|${names.join("|")}`;
  const upward = names === undefined ? upwardNumbers(one) : upwardNames(one);
  const item = `([*?]|${value}|${upward})(/0*[1-9][0-9]{0,8})?`;
  return `${item}(,${item})*`;
}

const FIVE_FIELDS = `^${FIELDS.map(field).join(" ")}$`;
const MACRO = "^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$";

const listed = (item: string): string => `(${item})(,(${item}))*`;

/** A number of the month, in any of its spellings. */
const monthCalled = (month: number): string => `(0*${month}|${MONTHS[month - 1]})`;

const LAST_MONTH = 12;
/** Every step from here on leads out of the year. */
const LONG_STEP = "1[2-9]|[2-9][0-9]|[1-9][0-9]{2,8}";
const STEP = "(/0*[1-9][0-9]{0,8})?";

/** The steps by which a range of months holds none but `of`; the first month of a range is always among it. */
const stepsWithin = (from: number, to: number, of: readonly number[]): string =>
  [
    ...range(1, LAST_MONTH - 1)
      .filter((step) => range(from, to).every((month) => (month - from) % step !== 0 || of.includes(month)))
      .map(String),
    LONG_STEP,
  ].join("|");

/** Months that are all among `of`: alone, or as a range with its step; one without an end goes to December. */
const monthsAmong = (...of: readonly number[]): string =>
  listed(
    of
      .map((from) => {
        const ranges = range(from + 1, LAST_MONTH).map((to) => `-${monthCalled(to)}/0*(${stepsWithin(from, to, of)})`);
        const open = `/0*(${stepsWithin(from, LAST_MONTH, of)})`;
        return `${monthCalled(from)}(${[`-${monthCalled(from)}${STEP}`, open, ...ranges].join("|")})?`;
      })
      .join("|"),
  );

const daysFrom = (first: string): string => listed(`0*${first}(-0*3[01])?${STEP}`);

/** Every day of the week, which leaves it to the day of the month; a list of days that does not say so is enough by itself. */
const ANY_WEEKDAY = "([^ ]+,)?[*?](/0*1)?(,[^ ]+)?";

/** Days that none of the months has, while any day of the week will do. */
const NEVER = `^[^ ]+ [^ ]+ (${daysFrom("3[01]")} ${monthsAmong(2)}|${daysFrom("31")} ${monthsAmong(2, 4, 6, 9, 11)}) ${ANY_WEEKDAY}$`;

const lowerAscii = (value: string): string => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const HOW =
  "minute 0-59, hour 0-23, day 1-31, month 1-12 or JAN-DEC, day of week 0-6 or SUN-SAT (Sunday is 0, not 7), ranges upward, steps above 0, no TZ=";

const fiveFields = new RegExp(FIVE_FIELDS);
const macro = new RegExp(MACRO);
const never = new RegExp(NEVER);

const runs = (name: string): CelRule<string> => ({
  rule: `!self.lowerAscii().matches('${NEVER}')`,
  message: `${name} names a day that these months do not have, so it would never run: change the day or the month`,
  holds: (value) => !never.test(lowerAscii(value)),
});

/** What a CronJob takes: five fields or a macro. `name` is the field's, for the messages. */
export const cronOrMacro = (name: string) =>
  withRules(
    text(100, 1),
    {
      rule: `self.matches('${MACRO}') || self.lowerAscii().matches('${FIVE_FIELDS}')`,
      message: `${name} must be five fields such as 0 3 * * 1-5, or a macro such as @daily: ${HOW}`,
      holds: (value) => macro.test(value) || fiveFields.test(lowerAscii(value)),
    },
    runs(name),
  );

/** What KEDA's cron scaler takes: five fields. */
export const cron = (name: string) =>
  withRules(
    text(100, 9),
    {
      rule: `self.lowerAscii().matches('${FIVE_FIELDS}')`,
      message: `${name} must be five fields such as 0 8 * * 1-5: ${HOW}`,
      holds: (value) => fiveFields.test(lowerAscii(value)),
    },
    runs(name),
  );
