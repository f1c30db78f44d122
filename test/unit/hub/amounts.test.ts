import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../../sidecar/hub/format-bytes';
import { TransferSpeed } from '../../../sidecar/hub/transfer-speed';

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1400, '1.40 kB'],
  [44_400_000, '44.4 MB'],
  [444_000_000, '444 MB'],
  [1_370_000_000, '1.37 GB'],
  [5e15, '5000 TB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

describe('the speed', () => {
  it('is unknown at first, then bytes per second over the last five seconds', () => {
    const speed = new TransferSpeed();
    expect(speed.update(1000, 0)).toBe(0);
    expect(speed.update(3000, 1000)).toBe(2000);
    expect(speed.update(3000, 5000)).toBe(400);
    expect(speed.update(3000, 6500)).toBe(0);
  });

  it('is never negative when a file begins again', () => {
    const speed = new TransferSpeed();
    speed.update(1000, 0);
    expect(speed.update(0, 1000)).toBe(0);
  });
});
