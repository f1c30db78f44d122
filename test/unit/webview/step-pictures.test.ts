import { describe, expect, it } from 'vitest';
import type { PictureFrame } from '../../../sidecar/protocol';
import { StepPictures } from '../../../webview/export/step-pictures';
import { FakeClock } from './fake-clock';
import { runOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const LAST = 8;
const trace = traceAfter(runOf(ZIPAR_3X4), LAST);

function picture(step: number): PictureFrame {
  return { runId: 1, step, id: 1, width: 1, height: 1, rgb: Uint8Array.of(step, 0, 0) };
}

/** A source that decodes steps up to `limit`, each in `ms`, and otherwise knows the finished picture, if there is one. */
function source(
  clock: FakeClock,
  { limit, ms = 0, hasFinished = true }: { limit: number; ms?: number; hasFinished?: boolean },
) {
  const asked: number[] = [];
  return {
    asked,
    decoded: (step: number) => {
      asked.push(step);
      clock.pass(ms);
      return Promise.resolve(step <= limit ? picture(step) : undefined);
    },
    nearest: () => (hasFinished ? picture(LAST) : undefined),
  };
}

async function stepsOf(pictures: StepPictures): Promise<(number | undefined)[]> {
  const shown: (number | undefined)[] = [];
  for (let step = 0; step <= LAST; step++) shown.push((await pictures.at(step))?.step);
  return shown;
}

describe('the pictures of an animation', () => {
  it('are those of their steps, and the finished one is not decoded again', async () => {
    const clock = new FakeClock();
    const from = source(clock, { limit: LAST });
    const pictures = new StepPictures(trace, from, clock);
    expect(await stepsOf(pictures)).toEqual([undefined, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(from.asked).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(pictures.note).toBe('Each step shows the picture that the model decodes at that step.');
  });

  it('are parts of the finished picture where no model is, which is asked once', async () => {
    const clock = new FakeClock();
    const from = source(clock, { limit: 0 });
    const pictures = new StepPictures(trace, from, clock);
    expect(await stepsOf(pictures)).toEqual([undefined, 8, 8, 8, 8, 8, 8, 8, 8]);
    expect(from.asked).toEqual([1]);
    expect(pictures.note).toContain('decided cells of the finished picture');
  });

  it('stop being decoded when they took too long, and say how many are', async () => {
    const clock = new FakeClock();
    const pictures = new StepPictures(trace, source(clock, { limit: LAST, ms: 45_000 }), clock);
    expect(await stepsOf(pictures)).toEqual([undefined, 1, 2, 3, 8, 8, 8, 8, 8]);
    expect(pictures.note).toMatch(/^4 of 8 pictures/);
  });

  it('are the colours of tokens where there is no picture at all', async () => {
    const clock = new FakeClock();
    const pictures = new StepPictures(trace, source(clock, { limit: 0, hasFinished: false }), clock);
    expect(await stepsOf(pictures)).toEqual(Array(9).fill(undefined));
    expect(pictures.note).toContain('colours of their tokens');
  });

  it('say nothing of a run that has no picture', async () => {
    const pictures = new StepPictures(
      traceAfter(runOf(ZIPAR_3X4, { patch: 0 }), LAST),
      undefined,
      new FakeClock(),
    );
    await stepsOf(pictures);
    expect(pictures.note).toBeUndefined();
  });
});
