/** An installation whose ONNX Runtime cannot be loaded. Commands that do not compute work; the others say what is wrong. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runZipar, type Outcome } from './zipar-process';
import { EMBEDDED, SHIPPED_MODELS } from '../fixtures/embedded-model';

const ROOT = path.join(__dirname, '../..');
const BINDING = `bin/napi-v6/${process.platform}/${process.arch}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-without-'));
  mkdirSync(path.join(folder, 'sidecar'));
  cpSync(path.join(ROOT, 'dist'), path.join(folder, 'dist'), { recursive: true });
  symlinkSync(SHIPPED_MODELS, path.join(folder, 'sidecar/models'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(...args: string[]): Promise<Outcome> {
  return runZipar(folder, args, { script: path.join(folder, 'dist/zipar.js') });
}

/** Makes the package with one of its files damaged. */
function damagedPackage(damage: (native: string) => void): void {
  const packages = path.join(folder, 'node_modules');
  const from = path.join(ROOT, 'node_modules/onnxruntime-node');
  const to = path.join(packages, 'onnxruntime-node');
  cpSync(path.join(ROOT, 'node_modules/onnxruntime-common'), path.join(packages, 'onnxruntime-common'), {
    recursive: true,
  });
  cpSync(path.join(from, 'dist'), path.join(to, 'dist'), { recursive: true });
  cpSync(path.join(from, 'package.json'), path.join(to, 'package.json'));
  mkdirSync(path.join(to, BINDING), { recursive: true });
  const binding = 'onnxruntime_binding.node';
  cpSync(path.join(from, BINDING, binding), path.join(to, BINDING, binding));
  damage(path.join(to, BINDING, binding));
}

describe.each<[string, () => void, RegExp]>([
  ['the package', () => undefined, /is not installed/],
  // The binding is there, but the library that it needs is missing.
  [
    'the library',
    () => {
      damagedPackage(() => undefined);
    },
    /missing|not be found/,
  ],
  [
    'the part for this platform',
    () => {
      damagedPackage((binding) => {
        rmSync(binding);
      });
    },
    /no library for this platform/,
  ],
  [
    'half of the binding',
    () => {
      damagedPackage((binding) => {
        writeFileSync(binding, 'version https://git-lfs.github.com/spec/v1');
      });
    },
    /damaged/,
  ],
])('without %s', (_, damage, problem) => {
  const sentence = new RegExp(`^zipar: ONNX Runtime cannot be loaded: [^\\n]*${problem.source}[^\\n]*\\n$`);

  it('commands that compute nothing work', async () => {
    damage();
    expect(await zipar('--version')).toMatchObject({ code: 0, stderr: '' });
    expect(await zipar('generate', '--help')).toMatchObject({ code: 0, stderr: '' });
    expect(await zipar('steps', '--grid', '8x8', '--window', '3')).toMatchObject({ code: 0, stderr: '' });
    const { code, stdout } = await zipar('add', EMBEDDED.folder);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(EMBEDDED.name) as string,
    });
  });

  it('doctor says what is wrong, with exit code 1', async () => {
    damage();
    const { code, stdout, stderr } = await zipar('doctor');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(new RegExp(`ONNX Runtime cannot be loaded: .*${problem.source}`));
    const json = await zipar('doctor', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ providers: [], trial: { runs: false } });
  });

  it('commands that compute say so in one sentence, before they make anything', async () => {
    damage();
    writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(new Array(EMBEDDED.cells).fill(3)));
    for (const args of [
      ['generate', 'snow', '--precision', 'int8', '--tokens-only'],
      ['generate', 'snow', '--provider', 'cpu', '--tokens-only'],
      ['score', 'snow', '--tokens', 'tokens.json'],
      ['decode', '--tokens', 'tokens.json', '--out', 'a.png'],
      ['bench', '--rounds', '1'],
      ['eval', '--images', '1', '--no-judge'],
    ]) {
      const { code, stdout, stderr } = await zipar(...args);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(stderr).toMatch(sentence);
    }
  });
});
