import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proverInProcess, type Proof } from '../../../sidecar/engine/provider-proof';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-prover-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The proof of a provider whose proving process runs `source`. */
function provedBy(source: string, patienceMs = 20_000): Promise<Proof> {
  const script = path.join(folder, `${readdirSync(folder).length}.cjs`);
  writeFileSync(script, source);
  return proverInProcess(script, patienceMs)('webgpu', 'full');
}

describe('the process that tries a provider', () => {
  it('gets the provider, the depth and a temporary folder, which is removed afterwards', async () => {
    const proof = await provedBy(
      `process.send({ type: 'proof', proof: { kind: 'refused', message: JSON.stringify(process.argv.slice(2)) } })`,
    );
    if (proof.kind !== 'refused') throw new Error('not its own words');
    const [provider, depth, own] = JSON.parse(proof.message) as [string, string, string];
    expect([provider, depth]).toEqual(['webgpu', 'full']);
    expect(() => readdirSync(own)).toThrow('ENOENT');
  });

  it('is killed when it is silent, even if it blocks its thread as a dead driver does', async () => {
    const blocked = `for (;;);`;
    expect(await provedBy(blocked, 300)).toEqual({ kind: 'silent', stage: 'answer', seconds: 0.3 });
  });

  it('has a time limit for each stage, and the result names the stage in which it hung', async () => {
    const proof = await provedBy(
      `const enter = (stage) => process.send({ type: 'stage', stage });
       enter('answer');
       setTimeout(() => enter('numbers'), 2500);
       setTimeout(() => enter('speed'), 5000);
       setInterval(() => undefined, 1000);`,
      4000,
    );
    expect(proof).toEqual({ kind: 'silent', stage: 'speed', seconds: 4 });
  });

  it.each([
    ['process.exit(3)', { kind: 'crashed', how: 'exit code 3' }],
    ['process.kill(process.pid, "SIGSEGV")', { kind: 'crashed', how: 'signal SIGSEGV' }],
  ])('may crash: %s', async (source, proof) => {
    expect(await provedBy(source)).toEqual(proof);
  });
});
