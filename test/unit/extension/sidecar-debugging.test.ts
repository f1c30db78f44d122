import { describe, expect, it } from 'vitest';
import { sidecarDebugArguments } from '../../../extension/sidecar-debugging';

describe('the debugger’s port of the sidecar', () => {
  it('is opened on this machine only, in development, when it is asked for', () => {
    expect(sidecarDebugArguments(true, { ZIPAR_SIDECAR_INSPECT: '9230' })).toEqual([
      '--inspect=127.0.0.1:9230',
    ]);
  });

  it('is never opened by an installed extension', () => {
    expect(sidecarDebugArguments(false, { ZIPAR_SIDECAR_INSPECT: '9230' })).toEqual([]);
  });

  it.each([undefined, '', '0', '65536', '9230.5', '0.0.0.0:9230', 'yes'])('is not opened for %s', (port) => {
    expect(sidecarDebugArguments(true, { ZIPAR_SIDECAR_INSPECT: port })).toEqual([]);
  });
});
