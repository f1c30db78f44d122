/**
 * Seconds for which a server with too many requests wants no further one, at least 1. It reads these headers, in this
 * order:
 * - `Retry-After` (RFC 9110);
 * - `RateLimit` (draft-ietf-httpapi-ratelimit-headers: `"api";r=0;t=55`, earlier `remaining=0, reset=55`);
 * - `RateLimit-Reset`.
 *
 * @param now milliseconds since 1970
 * @returns undefined when the server does not say
 */
export function secondsToWait(headers: Headers, now: number): number | undefined {
  const seconds =
    retryAfter(headers.get('retry-after'), now) ??
    longestReset(headers.get('ratelimit')) ??
    wholeSeconds(headers.get('ratelimit-reset'));
  return seconds === undefined ? undefined : Math.max(1, seconds);
}

/** Reads seconds, or a date. */
function retryAfter(value: string | null, now: number): number | undefined {
  const seconds = wholeSeconds(value);
  if (seconds !== undefined || value === null) return seconds;
  // Every date of HTTP begins with the name of a day. This check is needed because Date.parse accepts nearly every text.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value.trim()) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.ceil((date - now) / 1000);
}

/** The longest reset of the limits that are used up. If no limit says what remains, the longest of all. */
function longestReset(value: string | null): number | undefined {
  if (value === null) return undefined;
  const limits = value.split(/,(?=\s*")/).map((limit) => ({
    remaining: numberAfter(/(?:^|[;,\s])(?:r|remaining)\s*=\s*(\d{1,9})/i, limit),
    reset: numberAfter(/(?:^|[;,\s])(?:t|reset)\s*=\s*(\d{1,9})/i, limit),
  }));
  const spent = limits.filter(({ remaining }) => remaining === undefined || remaining === 0);
  const resets = (spent.length > 0 ? spent : limits).flatMap(({ reset }) =>
    reset === undefined ? [] : [reset],
  );
  return resets.length > 0 ? Math.max(...resets) : undefined;
}

function numberAfter(pattern: RegExp, text: string): number | undefined {
  return wholeSeconds(pattern.exec(text)?.[1] ?? null);
}

function wholeSeconds(value: string | null): number | undefined {
  return value !== null && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : undefined;
}

/** Formats a duration for people: "40 seconds", "5 minutes", "3 hours". */
export function formatWait(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3600)} hours`;
}
