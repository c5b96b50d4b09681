/** A text cut from a longer one keeps that one in memory: of a line of 10 MB a short column would hold all of it. */

export function detachedText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
