import { describe, expect, it } from 'vitest';
import { formatWait, secondsToWait } from '../../../sidecar/hub/rate-limit';

const NOW = Date.parse('Wed, 25 Nov 2026 12:00:00 GMT');

describe('the time for which a server asks clients to wait', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{ 'Retry-After': '55' }, 55],
    [{ 'Retry-After': '0' }, 1],
    [{ 'Retry-After': 'Wed, 25 Nov 2026 12:02:00 GMT' }, 120],
    [{ 'Retry-After': 'Wed, 25 Nov 2026 11:00:00 GMT' }, 1],
    [{ RateLimit: '"api";r=0;t=55', 'RateLimit-Policy': '"fixed window";"api";q=500;w=300' }, 55],
    [{ RateLimit: '"api|resolvers"; r=0 ; t=7' }, 7],
    [{ RateLimit: '"burst";r=0;t=10, "daily";r=0;t=90' }, 90],
    [{ RateLimit: '"burst";r=0;t=10, "daily";r=5;t=90' }, 10],
    [{ RateLimit: 'limit=100, remaining=0, reset=50' }, 50],
    [{ 'RateLimit-Reset': '40' }, 40],
    [{ 'Retry-After': '5', RateLimit: '"api";r=0;t=55' }, 5],
    [{}, undefined],
    [{ 'Retry-After': 'soon' }, undefined],
    [{ 'Retry-After': '-5' }, undefined],
    [{ 'Retry-After': '1e9' }, undefined],
    [{ RateLimit: '"api";q=5' }, undefined],
  ])('%j is %s seconds', (headers, seconds) => {
    expect(secondsToWait(new Headers(headers), NOW)).toBe(seconds);
  });

  it.each([
    [1, '1 second'],
    [90, '90 seconds'],
    [300, '5 minutes'],
    [86_400, '24 hours'],
  ])('%s is told as %s', (seconds, text) => {
    expect(formatWait(seconds)).toBe(text);
  });
});
