import { beforeEach, describe, expect, it } from 'vitest';
import { Announcer } from '../../../webview/announcer';
import { FakeClock } from './fake-clock';

let clock: FakeClock;
let said: string[];
let announcer: Announcer;

beforeEach(() => {
  clock = new FakeClock();
  said = [];
  announcer = new Announcer(clock, (sentence) => said.push(sentence));
});

describe('announcer', () => {
  it('says only where a held key ends', () => {
    for (const step of [1, 2, 3]) {
      announcer.say(`Step ${step}`, false);
      clock.pass(100);
    }
    clock.pass(300);
    expect(said).toEqual(['Step 3']);
  });

  it('says the newest of many live steps, at most every five seconds', () => {
    for (let step = 1; step <= 200; step++) {
      announcer.say(`Step ${step}`, true);
      clock.pass(100);
    }
    expect(said.length).toBeGreaterThanOrEqual(4);
    expect(said.length).toBeLessThanOrEqual(5);
  });

  it('answers a move of the user at once even while steps come by themselves', () => {
    announcer.say('Step 1', true);
    clock.pass(400);
    announcer.say('Step 2', true);
    announcer.say('Step 1', false);
    clock.pass(300);
    expect(said).toEqual(['Step 1', 'Step 1']);
  });

  it('announces the end of a run at once, in place of a step that waits', () => {
    announcer.say('Step 1', true);
    announcer.announce('Complete.');
    clock.pass(10_000);
    expect(said).toEqual(['Complete.']);
  });

  it('does not repeat itself', () => {
    announcer.say('Step 1', false);
    clock.pass(300);
    announcer.say('Step 1', false);
    clock.pass(300);
    expect(said).toEqual(['Step 1']);
  });
});
