import { describe, expect, it } from 'vitest';
import { RestartPolicy } from '../../../extension/restart-policy';

function policyAt(time: { now: number }): RestartPolicy {
  return new RestartPolicy(3, 120_000, () => time.now);
}

describe('the restart policy', () => {
  it('lets the sidecar start when nothing happened', () => {
    expect(policyAt({ now: 0 }).mayStart()).toBe(true);
  });

  it('allows three restarts in two minutes and no fourth', () => {
    const time = { now: 0 };
    const policy = policyAt(time);
    const allowed = [1, 2, 3, 4].map(() => {
      time.now += 1000;
      policy.recordCrash();
      return policy.mayStart();
    });
    expect(allowed).toEqual([true, true, true, false]);
  });

  it('forgets a crash after two minutes', () => {
    const time = { now: 0 };
    const policy = policyAt(time);
    policy.recordCrash();
    time.now = 60_000;
    for (let crash = 0; crash < 3; crash++) policy.recordCrash();
    expect(policy.mayStart()).toBe(false);
    time.now = 119_999;
    expect(policy.mayStart()).toBe(false);
    time.now = 120_000;
    expect(policy.mayStart()).toBe(true);
  });

  it('starts afresh when the user asks for a restart', () => {
    const policy = policyAt({ now: 0 });
    for (let crash = 0; crash < 10; crash++) policy.recordCrash();
    policy.forgive();
    expect(policy.mayStart()).toBe(true);
  });
});
