import { beforeEach, describe, expect, it } from 'vitest';
import { StepGate } from '../../../sidecar/engine/step-gate';
import { stepOf } from './engine-of-fakes';

let cancel: AbortController;
let gate: StepGate;
let passed: string[];
beforeEach(() => {
  cancel = new AbortController();
  gate = new StepGate(cancel.signal);
  passed = [];
});

/** Step `number` of nine; it decides the cell `number - 1`. */
function step(number: number) {
  return { ...stepOf(number), leastSteps: 9 };
}

async function wait(): Promise<void> {
  void gate.wait().then(() => passed.push('goes on'));
  await Promise.resolve();
}

/** Lets promises that can settle do so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the gate between two steps', () => {
  it('is open until a pause closes it', () => {
    expect(gate.closesAfter(step(1))).toBe(false);
    gate.close();
    expect(gate.closesAfter(step(2))).toBe(true);
  });

  it('closes after a step, or after the step that decides a cell', () => {
    gate.goOn({ kind: 'step', step: 3 });
    expect([1, 2, 3, 4].map((each) => gate.closesAfter(step(each)))).toEqual([false, false, true, true]);
    gate.goOn({ kind: 'cell', position: 4 });
    expect([3, 4, 5, 6].map((each) => gate.closesAfter(step(each)))).toEqual([false, false, true, false]);
    gate.goOn(undefined);
    expect(gate.closesAfter(step(5))).toBe(false);
  });

  it('does not close after the last step, or for a cancelled decoding', () => {
    gate.close();
    expect(gate.closesAfter({ ...step(9), leastSteps: 9 })).toBe(false);
    cancel.abort();
    expect(gate.closesAfter(step(2))).toBe(false);
  });

  it.each([
    [
      'it goes on',
      () => {
        gate.goOn(undefined);
      },
    ],
    [
      'it is cancelled',
      () => {
        cancel.abort();
      },
    ],
  ])('holds a decoding until %s', async (_, release) => {
    await wait();
    await settled();
    expect([gate.isHolding, passed]).toEqual([true, []]);
    release();
    await settled();
    expect([gate.isHolding, passed]).toEqual([false, ['goes on']]);
  });

  it('lets other work use the model meanwhile, and ends the wait after that work', async () => {
    await wait();
    let finish: () => void = () => undefined;
    gate.meanwhile(
      () =>
        new Promise((resolve) => {
          passed.push('work begins');
          finish = () => {
            passed.push('work ends');
            resolve();
          };
        }),
    );
    gate.goOn(undefined);
    await settled();
    expect(passed).toEqual(['work begins']);
    finish();
    await settled();
    expect(passed).toEqual(['work begins', 'work ends', 'goes on']);
  });
});
