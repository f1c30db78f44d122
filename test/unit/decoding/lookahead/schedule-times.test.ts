import { describe, expect, it } from 'vitest';
import type { DecodedStep } from '../../../../sidecar/decoding/decoder';
import { decodeQuicker } from '../../../../sidecar/decoding/lookahead/decode-quicker';
import { ScheduleTimes, type Way } from '../../../../sidecar/decoding/lookahead/schedule-times';

/** Makes pictures whose times are given, and says in which way each was made. */
function pictures(count: number, ms: Readonly<Record<Way, number>>, times = new ScheduleTimes()): Way[] {
  return Array.from({ length: count }, () => {
    const way = times.choose();
    times.record(way, ms[way]);
    return way;
  });
}

describe('the choice between a lookahead and none', () => {
  it('measures a picture in each way, then keeps the quicker one, and tries the other one now and then', () => {
    const ways = pictures(40, { lookahead: 90, plain: 100 });
    expect(ways.slice(0, 3)).toEqual(['lookahead', 'plain', 'lookahead']);
    expect(ways.filter((way) => way === 'plain')).toHaveLength(3);
    expect(ways.lastIndexOf('plain') - ways.indexOf('plain')).toBeGreaterThan(16);
  });

  it('makes pictures without a lookahead when it saves next to nothing', () => {
    const ways = pictures(17, { lookahead: 99, plain: 100 });
    expect(ways.filter((way) => way === 'lookahead')).toHaveLength(1);
  });

  it('notices when the other way becomes the quicker one', () => {
    const times = new ScheduleTimes();
    pictures(10, { lookahead: 90, plain: 100 }, times);
    const later = pictures(60, { lookahead: 130, plain: 100 }, times);
    expect(later.slice(-16).filter((way) => way === 'lookahead').length).toBeLessThan(2);
  });

  it('makes no picture only to compare when the steps show that the lookahead saves much', () => {
    const times = new ScheduleTimes();
    times.account(60, 100);
    expect(pictures(10, { lookahead: 60, plain: 100 }, times)).not.toContain('plain');
  });

  it('counts the time of whole pictures only, without the time between two steps', async () => {
    const times = new ScheduleTimes();
    let ms = 0;
    const recorded: number[] = [];
    times.record = (_, spent) => void recorded.push(spent);
    const steps = async function* (): AsyncGenerator<DecodedStep> {
      for (let step = 1; step <= 3; step++) {
        ms += 10;
        yield await Promise.resolve({ step, decisions: [], events: [], leastSteps: 3, inputs: [] });
      }
    };
    const run = () => decodeQuicker({ looking: steps, plainly: steps }, times, () => ms);
    for await (const { step } of run()) if (step === 2) break;
    expect(recorded).toEqual([]);
    for await (const { step } of run()) ms += 1000 * step;
    expect(recorded).toEqual([30]);
  });
});
