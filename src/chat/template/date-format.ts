/** strftime of a given moment, in English and UTC: what a template writes must not depend on the machine. */

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** `iso`: "2026-01-31", with or without a time. Null if it is no date. */
export function dateFormatter(iso: string): ((format: string) => string) | null {
  const found = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?Z?)?$/.exec(iso);
  if (found === null) return null;
  const [, Y = "", m = "", d = "", H = "00", M = "00", S = "00"] = found;
  const [year, month, day] = [Number(Y), Number(m), Number(d)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  const name = MONTHS[month - 1] ?? "";
  const weekday = DAYS[dayOfWeek(year, month, day)] ?? "";
  const hour = Number(H) % 12 || 12;
  const digits = { Y, m, d, H, M, S };
  const pieces: Readonly<Record<string, string>> = {
    ...digits,
    B: name,
    A: weekday,
    b: name.slice(0, 3),
    a: weekday.slice(0, 3),
    y: Y.slice(2),
    e: String(day).padStart(2),
    I: String(hour).padStart(2, "0"),
    p: Number(H) < 12 ? "AM" : "PM",
    "%": "%",
  };
  return (format) =>
    format.replace(/%(-?)(.)/gu, (directive, bare: string, letter: string) => {
      const piece = pieces[letter] ?? directive;
      return bare === "" ? piece : piece.replace(/^[0 ](?=.)/, "");
    });
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

/** Sakamoto's method. */
function dayOfWeek(year: number, month: number, day: number): number {
  const y = month < 3 ? year - 1 : year;
  const shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1] ?? 0;
  return (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + shift + day) % 7;
}
