/** Binomial coefficients as numbers: exact while they fit 53 bits, relative error of some ulp beyond. */

/** C(n, k); 0 for k < 0 and k > n. */
export function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let ways = 1;
  // Multiply before dividing: each intermediate value is itself a binomial coefficient.
  for (let i = 1; i <= Math.min(k, n - k); i++) ways = (ways * (n - i + 1)) / i;
  return ways;
}
