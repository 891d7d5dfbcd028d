/** How numbers, dates and codes are said. */

// Of the data: days without a time, so no zone may move them.
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const WHOLE = new Intl.NumberFormat("en");

export const day = (date: string) => DAY.format(new Date(date));

export const counted = (number: number, what: string) => `${WHOLE.format(number)} ${what}${number === 1 ? "" : "s"}`;

/** USD_PER_STREAM -> "USD per stream" */
export const unit = (code: string) => code.toLowerCase().replaceAll("_", " ").replace("usd", "USD");

export function size(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  return bytes < 1e6 ? `${WHOLE.format(Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
