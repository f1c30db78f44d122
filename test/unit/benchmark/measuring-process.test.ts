import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeasuringProcesses } from '../../../sidecar/benchmark/measuring-process';

const WEBGPU = { provider: 'webgpu', threads: 1 };

describe('a measuring process', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'zipar-measuring-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Measures with a process that gives this answer to its task. */
  async function measured(answer: string, patienceMs?: number): Promise<number> {
    const script = path.join(folder, 'measuring.cjs');
    await writeFile(script, `process.once('message', () => { ${answer} });`);
    return new MeasuringProcesses([script], patienceMs).copyBandwidth(WEBGPU);
  }

  it('returns its figures', async () => {
    await expect(measured('process.send({ figures: 42 }, () => process.exit(0));')).resolves.toBe(42);
  });

  it('is abandoned when it is silent for too long, for instance in a driver that hangs', async () => {
    await expect(measured('for (;;);', 500)).rejects.toThrow(
      'WebGPU failed while it was measured: it did not answer for 0.5 s.',
    );
  });

  it('may take as long as it likes when it shows that it is alive', async () => {
    const late = 'setTimeout(() => process.send({ figures: 42 }, () => process.exit(0)), 2500);';
    await expect(measured(`setInterval(() => process.send('alive'), 100); ${late}`, 1500)).resolves.toBe(42);
  });

  it('that crashes is reported', async () => {
    await expect(measured("process.kill(process.pid, 'SIGKILL');")).rejects.toThrow(
      'WebGPU failed while it was measured: the measuring process ended with signal SIGKILL.',
    );
  });
});
