import { describe, expect, it } from 'vitest';
import { afterFailure, lostThreadFailure, type FailingRun } from '../../../sidecar/engine/failover';
import { sentence, type ErrorCode } from '../../../sidecar/protocol';

const ON_WEBGPU: FailingRun = { provider: 'webgpu', policy: 'fallback', isCancelled: false };

function after(code: ErrorCode, run: Partial<FailingRun> = {}) {
  return afterFailure({ code, message: 'WebGPU failed.' }, { ...ON_WEBGPU, ...run });
}

describe('after a failure', () => {
  it.each(['provider-failed', 'out-of-memory'] as const)('a run moves to the CPU (%s)', (code) => {
    expect(after(code)).toEqual({ kind: 'move', notice: sentence`${'WebGPU failed.'} The CPU goes on.` });
  });

  it.each(['engine-failed', 'model-invalid', 'bad-request'] as const)(
    'a run fails where the CPU would fail too (%s)',
    (code) => {
      expect(after(code)).toEqual({ kind: 'fail', isProviders: false });
    },
  );

  it.each([
    ['the CPU itself failed', { provider: 'cpu' }],
    ['the request asks for an error', { policy: 'error' }],
  ] as const)('a run fails where %s', (_, run) => {
    expect(after('provider-failed', run)).toEqual({ kind: 'fail', isProviders: true });
    expect(after('out-of-memory', run)).toEqual({ kind: 'fail', isProviders: false });
  });

  it.each(['provider-failed', 'engine-failed'] as const)('a cancelled run is cancelled (%s)', (code) => {
    expect(after(code, { isCancelled: true })).toEqual({ kind: 'cancelled' });
  });
});

describe('the loss of the inference thread', () => {
  const error = { code: 'engine-failed', message: 'exit code 1' } as const;

  it('is the failure of a graphics device', () => {
    expect(lostThreadFailure(error, 'webgpu')).toMatchObject({
      code: 'provider-failed',
      message: 'WebGPU ended the inference thread: exit code 1',
    });
  });

  it('blames no provider on the CPU, or where the error has a reason of its own', () => {
    expect(lostThreadFailure(error, 'cpu')).toEqual(error);
    const memory = { code: 'out-of-memory', message: 'WebGPU ran out of memory.' } as const;
    expect(lostThreadFailure(memory, 'webgpu')).toEqual(memory);
  });
});
