/**
 * A value as people write it: whole numbers and decimals that end in full, everything else to a number of significant digits. No
 * 0.30000000000000004.
 */
import { CalculatorError, type Fraction, numberOf, type Value } from "./value.ts";

const MAX_DIGITS = 1000;
/** Decimals that end are written in full up to here. */
const MAX_DECIMALS = 30;

/** Throws CalculatorError for whole numbers that are too long to be read. */
export function printed(value: Value, significant: number): string {
  return (value.kind === "fraction" ? exact(value) : null) ?? rounded(numberOf(value), significant);
}

/** In full, or null when it does not end soon. */
function exact({ top, bottom }: Fraction): string | null {
  const size = top < 0n ? -top : top;
  const decimals = decimalsOf(bottom);
  if (decimals === null) return null;
  const digits = ((size * 10n ** BigInt(decimals)) / bottom).toString().padStart(decimals + 1, "0");
  if (digits.length - decimals > MAX_DIGITS) {
    throw new CalculatorError(`the result has ${digits.length - decimals} digits; at most ${MAX_DIGITS} are written`);
  }
  const split = digits.length - decimals;
  return `${top < 0n ? "-" : ""}${digits.slice(0, split)}${decimals > 0 ? `.${digits.slice(split)}` : ""}`;
}

/** How many decimals 1/bottom has, or null. */
function decimalsOf(bottom: bigint): number | null {
  let [power, decimals] = [1n, 0];
  while (power % bottom !== 0n) {
    power *= 10n;
    if (++decimals > MAX_DECIMALS) return null;
  }
  return decimals;
}

function rounded(value: number, significant: number): string {
  if (value === 0) return "0";
  const [mantissa = "", exponent = "0"] = value.toExponential(significant - 1).split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const power = Number(exponent);
  return power < -7 || power > 20 ? `${short}e${power}` : plain(short, power);
}

/** 1.25 and 3 to 1250. */
function plain(mantissa: string, power: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  const decimals = digits.slice(power + 1);
  return `${sign}${whole}${decimals === "" ? "" : `.${decimals}`}`;
}
