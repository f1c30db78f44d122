/** Weights of fewer bits: the operators, the models, and the commands that pack weights. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoint } from '../../sidecar/model/checkpoint';
import { GraphBuilder } from '../../sidecar/model/onnx/graph-builder';
import {
  float16Layer,
  blockLayer,
  float32Layer,
  type LinearLayer,
} from '../../sidecar/model/precision/linear-layer';
import { packedWeights } from '../../sidecar/model/precision/packed-weights';
import { UNHEARD } from '../../sidecar/model/precision/packing-listener';
import { planPacking, type PackedPrecision } from '../../sidecar/model/precision/packing-plan';
import { readTensorAsFloat32 } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { transformerShapes } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { SidecarProcess } from './sidecar-process';
import { runZipar, type Outcome } from './zipar-process';
import { runtime } from '../../sidecar/chosen-runtime';
import { HostTensor } from '../../sidecar/runtime/tensor';

const GOLDEN = path.join(__dirname, '../golden');
const C2I = path.join(GOLDEN, 'llamagen-c2i');
const CPU = { provider: 'cpu', threads: 1 } as const;

let folder: string;
let cache: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-precision-'));
  cache = path.join(folder, 'cache');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(...args: string[]): Promise<Outcome> {
  return runZipar(folder, args, { environment: { ZIPAR_CACHE: cache } });
}

function seeded(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** The relative error |a - b| / |b|, with the lengths of the whole vectors. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let length = 0;
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] ?? NaN) - (b[i] ?? NaN)) ** 2;
    length += (b[i] ?? NaN) ** 2;
  }
  return Math.sqrt(difference / length);
}

describe('a linear layer', () => {
  const OUT = 48;

  /** y [rows, OUT], computed by ONNX Runtime and in float64 arithmetic. */
  async function both(
    precision: PackedPrecision,
    layer: LinearLayer,
    weights: Float32Array,
    x: Float32Array,
  ) {
    const inner = weights.length / OUT;
    const rows = x.length / inner;
    const source = path.join(folder, 'matrix.safetensors');
    await writeSafetensors(source, [{ name: 'w', shape: [OUT, inner], data: [weights] }]);
    const role = 'linear';
    const checkpoint = await Checkpoint.open(folder, 'matrix.safetensors');
    const plan = await planPacking([{ name: 'w', shape: [OUT, inner], role }], checkpoint, precision);
    const file = await packedWeights(plan, path.join(cache, 'packed'), UNHEARD);
    const packed = await Checkpoint.openPacked(file);
    const graph = new GraphBuilder('layer', packed.folder);
    const input = graph.input('x', 'float32', [rows, inner]);
    graph.output(layer(graph, packed, { x: input, name: 'w', out: OUT, inner }), 'y', 'float32', [rows, OUT]);
    const session = await runtime.open(graph.build(), packed.folder, CPU);
    const { y } = await session.run({ x: new HostTensor('float32', x, [rows, inner]) });
    await session.release();
    const exact = Array.from({ length: rows * OUT }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < inner; i++)
        sum += (x[Math.floor(at / OUT) * inner + i] ?? NaN) * (weights[(at % OUT) * inner + i] ?? NaN);
      return sum;
    });
    return { computed: y?.data as Float32Array, exact };
  }

  it.each<[PackedPrecision, LinearLayer, number]>([
    ['float16', float32Layer, 5e-4],
    ['int8', blockLayer(() => 8), 0.01],
    ['int4', blockLayer(() => 4), 0.12],
  ])(
    'of %s weights is that of the weights within their rounding, whatever its width',
    async (precision, layer, tolerance) => {
      // 200 ends with a block of 8; 20 is less than one block.
      for (const inner of [64, 200, 20]) {
        for (const rows of [1, 2, 9]) {
          const { computed, exact } = await both(
            precision,
            layer,
            seeded(OUT * inner, inner),
            seeded(rows * inner, 5),
          );
          const error = relativeError(computed, exact);
          expect(error).toBeLessThan(tolerance);
          expect(error).toBeGreaterThan(0);
        }
      }
    },
  );

  it('is exact when all weights and activations are codes, even at the end of their range', async () => {
    for (const [precision, bits, most] of [
      ['int4', 4, 15],
      ['int8', 8, 255],
    ] as const) {
      // All values lie at the end of the range. If products were added in 16 bits, they would overflow.
      const weights = Float32Array.from({ length: OUT * 64 }, (_, i) =>
        Math.floor(i / 64) % 2 === 0 ? most : -most,
      );
      const layer = blockLayer(() => bits);
      const { computed, exact } = await both(precision, layer, weights, new Float32Array(3 * 64).fill(-1));
      expect(relativeError(computed, exact)).toBeLessThan(1e-6);
    }
  });

  it('in float16 is written so that ONNX Runtime takes it', async () => {
    const { computed, exact } = await both('float16', float16Layer, seeded(OUT * 64, 3), seeded(128, 5));
    expect(relativeError(computed, exact)).toBeLessThan(2e-3);
  });
});

interface ScoreReport {
  readonly meanNll: number;
  readonly precision: string;
}

describe('zipar score', () => {
  it.each([
    ['float16', 0.01, 0.003],
    ['int8', 0.4, 0.01],
    ['int4', 3, 0.15],
  ])(
    'of the golden model in %s: logits off by %f at most, likelihood by %f',
    async (precision, mostLogit, mostNll) => {
      const golden = JSON.parse(readFileSync(path.join(C2I, 'golden.json'), 'utf8')) as {
        runs: { tokens: number[] }[];
      };
      writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(golden.runs[0]?.tokens));
      const score = async (wanted: string): Promise<{ report: ScoreReport; logits: Float32Array }> => {
        const out = `${wanted}.safetensors`;
        const { stdout, stderr, code } = await zipar(
          'score',
          ...[
            '--model',
            C2I,
            '--class',
            '3',
            '--tokens',
            'tokens.json',
            '--precision',
            wanted,
            '--logits',
            out,
            '--json',
          ],
        );
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        const location = (await openSafetensors(path.join(folder, out))).get('logits');
        if (!location) throw new Error('There are no logits.');
        return { report: JSON.parse(stdout) as ScoreReport, logits: await readTensorAsFloat32(location) };
      };
      const stored = await score('stored');
      const packed = await score(precision);
      expect([stored.report.precision, packed.report.precision]).toEqual(['stored', precision]);
      const errors = packed.logits.map((logit, i) => Math.abs(logit - (stored.logits[i] ?? NaN)));
      expect(Math.max(...errors)).toBeLessThan(mostLogit);
      expect(Math.max(...errors)).toBeGreaterThan(0);
      expect(Math.abs(packed.report.meanNll - stored.report.meanNll)).toBeLessThan(mostNll);
    },
  );
});

describe('zipar generate', () => {
  it.each(['int8', 'int4', 'float16'])(
    'makes a picture with %s weights, the same one each time',
    async (precision) => {
      const generate = async (): Promise<{ tokens: number[]; precision: string; image: string }> => {
        const { stdout, code } = await zipar(
          'generate',
          'mountains at night',
          '--seed',
          '7',
          '--precision',
          precision,
          '--json',
        );
        expect(code).toBe(0);
        return JSON.parse(stdout) as { tokens: number[]; precision: string; image: string };
      };
      const first = await generate();
      const packed = readdirSync(path.join(cache, 'packed')).filter((name) => name.startsWith(precision));
      const again = await generate();
      expect(first.precision).toBe(precision);
      expect(again.tokens).toEqual(first.tokens);
      expect(readFileSync(path.join(folder, first.image)).subarray(1, 4).toString()).toBe('PNG');
      expect(readdirSync(path.join(cache, 'packed')).filter((name) => name.startsWith(precision))).toEqual(
        packed,
      );
    },
  );

  it('uses a checkpoint in place if it is stored in the requested precision', async () => {
    const empty = path.join(folder, 'empty-cache');
    const args = ['generate', 'hills', '--tokens-only', '--seed', '1', '--precision'];
    for (const precision of ['stored', 'float16', 'auto']) {
      // The embedded model is stored in float16.
      const { code } = await runZipar(folder, [...args, precision], { environment: { ZIPAR_CACHE: empty } });
      expect(code).toBe(0);
    }
    expect(existsSync(path.join(empty, 'packed'))).toBe(false);
  });

  it('deletes a damaged cache, packs again and says so', async () => {
    const args = [
      'generate',
      '--model',
      C2I,
      '--class',
      '1',
      '--tokens-only',
      '--seed',
      '1',
      '--precision',
      'int8',
    ];
    const first = await zipar(...args);
    for (const name of readdirSync(path.join(cache, 'packed')).filter((each) =>
      /^int8.*safetensors$/.test(each),
    )) {
      const file = path.join(cache, 'packed', name);
      writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, -50), Buffer.alloc(50, 0x41)]));
    }
    const second = await zipar(...args);
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/int8-\w+\.safetensors is damaged: .* packed anew\.\n$/);
    expect(second.stdout.split('\n').at(-2)).toBe(first.stdout.split('\n').at(-2));
  });

  it.each([
    [['--precision', 'int2'], /int2.*auto, stored, float16, int8, int4/],
    [['--precision', 'int8', '--provider', 'coreml'], /coreml/],
  ])('refuses %j in one sentence', async (args, sentence) => {
    const { code, stderr } = await zipar('generate', 'hills', '--tokens-only', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says in one sentence why weights cannot be packed', async () => {
    writeFileSync(path.join(folder, 'no-folder'), '');
    const args = ['generate', 'hills', '--tokens-only', '--precision', 'int8'];
    const { code, stderr } = await runZipar(folder, args, {
      environment: { ZIPAR_CACHE: path.join(folder, 'no-folder') },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be packed into .*no-folder.*ZIPAR_CACHE.*precision stored\.$/m);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a model of a size that takes a while to pack', () => {
  const DIM = 512;
  let model: string;
  beforeAll(async () => {
    model = path.join(folder, 'model.safetensors');
    const size = { layers: 8, dim: DIM, heads: 8, hidden: 2048, vocab: 256, condition: { classes: 10 } };
    await writeSafetensors(model, randomTensors(transformerShapes(size), 3));
    const manifest = {
      format: 'zipar-model',
      version: 1,
      family: 'llamagen',
      grid: [4, 4],
      transformer: { heads: 8 },
    };
    writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
  });

  /** A command whose tokens depend only on its class. */
  function generation(label: number, precision: string): string[] {
    const picture = ['--class', String(label), '--seed', '1', '--tokens-only'];
    return ['generate', '--model', model, ...picture, '--precision', precision];
  }

  function parts(of: string): string[] {
    const packed = path.join(of, 'packed');
    return existsSync(packed) ? readdirSync(packed).filter((name) => name.endsWith('.journal')) : [];
  }

  it('continues packing where a killed process stopped', async () => {
    const killed = path.join(folder, 'killed');
    const args = generation(1, 'int4');
    const child = spawn(process.execPath, [path.join(__dirname, '../../dist/zipar.js'), ...args], {
      env: { ...process.env, ZIPAR_CACHE: killed },
      stdio: 'ignore',
    });
    while (parts(killed).length === 0 && child.exitCode === null) await delay(2);
    child.kill('SIGKILL');
    await once(child, 'close');
    const [journal] = parts(killed);
    if (journal === undefined) throw new Error('It had packed all before it could be killed.');
    const done = readFileSync(path.join(killed, 'packed', journal), 'utf8')
      .trimEnd()
      .split('\n').length;
    expect(done).toBeGreaterThan(0);

    const resumed = await runZipar(folder, args, { environment: { ZIPAR_CACHE: killed } });
    const fresh = await zipar(...args);
    expect({ ...resumed, stdout: resumed.stdout.split('\n').at(-2) }).toEqual({
      ...fresh,
      stdout: fresh.stdout.split('\n').at(-2),
    });
    const [name, ...more] = readdirSync(path.join(killed, 'packed')).sort();
    expect(more).toEqual([`${name ?? ''}.checked`]);
    const whole = readFileSync(path.join(cache, 'packed', name ?? ''));
    expect(readFileSync(path.join(killed, 'packed', name ?? '')).equals(whole)).toBe(true);
  });

  it('is packed by one of two processes that begin at once, and used by both', async () => {
    const shared = path.join(folder, 'shared');
    const args = generation(2, 'int8');
    const [one, other] = await Promise.all(
      [1, 2].map(() => runZipar(folder, args, { environment: { ZIPAR_CACHE: shared } })),
    );
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(other).toMatchObject({ code: 0, stderr: '' });
    expect(one?.stdout.split('\n').at(-2)).toBe(other?.stdout.split('\n').at(-2));
    expect(readdirSync(path.join(shared, 'packed'))).toHaveLength(2);
  });

  it('reports the progress of packing, can be cancelled, and continues the next time', async () => {
    const own = path.join(folder, 'sidecar-cache');
    const sidecar = await SidecarProcess.start({ ZIPAR_CACHE: own });
    try {
      const client = await sidecar.connect();
      const request = {
        model,
        condition: { kind: 'class', label: 3 },
        precision: 'int4',
        tokensOnly: true,
        seed: 1,
      };
      const id = client.send({ type: 'generate', request });
      const packing = await client.next('packing');
      expect(packing).toMatchObject({ id, precision: 'int4' });
      expect(packing.fraction).toBeGreaterThan(0);
      client.send({ type: 'cancel', runId: packing.runId });
      const ended = await client.next('run-ended', ({ runId }) => runId === packing.runId);
      expect(ended).toMatchObject({ state: 'cancelled', steps: 0 });
      const seen = client.messages.filter(({ type }) => type === 'packing').length;

      const again = client.send({ type: 'generate', request });
      const first = await client.next('packing', (message) => message.id === again);
      expect(first.fraction).toBeGreaterThan(packing.fraction);
      const { run } = await client.next('run-started', (message) => message.id === again);
      expect(run.settings.precision).toBe('int4');
      const whole = await client.next('run-ended', ({ runId }) => runId === run.runId);
      expect(whole).toMatchObject({ state: 'complete', steps: 10 - 3 });
      expect(client.messages.filter(({ type }) => type === 'packing').length).toBeGreaterThan(seen);
    } finally {
      await sidecar.kill();
    }
  });
});
