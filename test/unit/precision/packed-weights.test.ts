import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../../../sidecar/model/checkpoint';
import type { TransformerTensor } from '../../../sidecar/model/family';
import { ModelError } from '../../../sidecar/model/model-error';
import { quantizeRows } from '../../../sidecar/model/precision/block-quantization';
import { packedWeights } from '../../../sidecar/model/precision/packed-weights';
import { UNHEARD, type PackingListener } from '../../../sidecar/model/precision/packing-listener';
import { planPacking, type PackedPrecision } from '../../../sidecar/model/precision/packing-plan';
import { PackingCancelled, PrecisionError } from '../../../sidecar/model/precision/precision-error';
import { readTensorAsFloat32, readTensorAsIntegers } from '../../../sidecar/model/weights/read-tensor';
import { writeSafetensors } from '../../../sidecar/model/weights/write-safetensors';
import { temporaryFolder } from '../weights/temporary-folder';

const folder = temporaryFolder();
const TENSORS: readonly TransformerTensor[] = [
  { name: 'norm.weight', shape: [64], role: 'other' },
  ...[0, 1, 2, 3].map((i) => ({ name: `linear.${i}`, shape: [24, 64], role: 'linear' as const })),
  { name: 'output.weight', shape: [10, 40], role: 'output' },
];
let count = 0;

/** Makes a checkpoint in its own folder, with noise from this seed. */
async function checkpointOf(
  seed: number,
  change: (name: string, data: Float32Array) => void = () => undefined,
) {
  const home = path.join(folder.path, `model-${++count}`);
  mkdirSync(home);
  let state = seed;
  const tensors = TENSORS.map(({ name, shape }) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
    change(name, data);
    return { name, shape, data: [data] };
  });
  await writeSafetensors(path.join(home, 'model.safetensors'), tensors);
  const at = new Date(1e12);
  utimesSync(path.join(home, 'model.safetensors'), at, at);
  return home;
}

async function planOf(home: string, precision: PackedPrecision = 'int4') {
  return planPacking(TENSORS, await Checkpoint.open(home, 'model.safetensors'), precision);
}

function newCache(): string {
  return path.join(folder.path, `cache-${++count}`, 'packed');
}

/** Records all calls, and lets a test act on progress. */
class Listener implements PackingListener {
  readonly fractions: number[] = [];
  readonly notices: string[] = [];
  readonly aborter = new AbortController();
  readonly signal = this.aborter.signal;

  constructor(private readonly act: (fraction: number) => void = () => undefined) {}

  readonly onProgress = (fraction: number): void => {
    this.fractions.push(fraction);
    this.act(fraction);
  };

  readonly onNotice = (sentence: string): void => {
    this.notices.push(sentence);
  };
}

/** Makes a listener that cancels the packing once this share is done. */
function cancelledAt(share: number): Listener {
  const listener: Listener = new Listener((fraction) => {
    if (fraction >= share) listener.aborter.abort();
  });
  return listener;
}

describe('a packed file', () => {
  it('holds the linear layers in blocks, the output layer like the others, and the rest as it was', async () => {
    const home = await checkpointOf(1);
    const cache = newCache();
    const file = await packedWeights(await planOf(home), cache, UNHEARD);
    const source = await Checkpoint.open(home, 'model.safetensors');
    const packed = await Checkpoint.openPacked(file);
    for (const [name, rows, width, bits] of [
      ['linear.2', 24, 64, 4],
      ['output.weight', 10, 40, 4],
    ] as const) {
      const weights = await readTensorAsFloat32(source.tensor(name, [rows, width]));
      const expected = quantizeRows(weights, width, bits);
      const codes = packed.tensor(name, [rows, 2, 4 * bits]);
      expect(await readTensorAsIntegers(codes)).toEqual(Array.from(expected.codes));
      expect(await readTensorAsFloat32(packed.tensor(`${name}.scales`, [rows, 2]))).toEqual(expected.scales);
      const zeroPoints = packed.tensor(`${name}.zero_points`, [rows, bits / 4]);
      expect(await readTensorAsIntegers(zeroPoints)).toEqual(Array.from(expected.zeroPoints));
    }
    expect(await readTensorAsFloat32(packed.tensor('norm.weight', [64]))).toEqual(
      await readTensorAsFloat32(source.tensor('norm.weight', [64])),
    );
  });

  it('is made once: opening it again packs nothing and leaves it alone', async () => {
    const home = await checkpointOf(2);
    const cache = newCache();
    const first = new Listener();
    const file = await packedWeights(await planOf(home), cache, first);
    const names = readdirSync(cache).sort();
    expect(names).toEqual([path.basename(file), `${path.basename(file)}.checked`]);
    expect(first.fractions.at(-1)).toBe(1);
    expect(first.fractions).toEqual([...first.fractions].sort((a, b) => a - b));
    const again = new Listener();
    expect(await packedWeights(await planOf(home), cache, again)).toBe(file);
    expect(again.fractions).toEqual([]);
    expect(readdirSync(cache).sort()).toEqual(names);
  });

  it('is known by its weights wherever they lie, and by the precision', async () => {
    const home = await checkpointOf(3);
    const { name } = await planOf(home);
    await rename(home, `${home}-moved`);
    expect((await planOf(`${home}-moved`)).name).toBe(name);
    expect((await planOf(`${home}-moved`, 'int8')).name).not.toBe(name);
    // One weight in the middle of a tensor differs. Size and time stay the same.
    const other = await checkpointOf(3, (tensor, data) => {
      if (tensor === 'linear.3') data[700] = 0;
    });
    expect((await planOf(other)).name).not.toBe(name);
    const later = new Date(1e12 + 1000);
    utimesSync(path.join(`${home}-moved`, 'model.safetensors'), later, later);
    expect((await planOf(`${home}-moved`)).name).not.toBe(name);
  });
});

describe('a packing that is interrupted', () => {
  it('goes on with the first tensor that is not whole, to the same bytes', async () => {
    const home = await checkpointOf(4);
    const plan = await planOf(home);
    const whole = readFileSync(await packedWeights(plan, newCache(), UNHEARD));
    const cache = newCache();
    const cut = cancelledAt(0.6);
    await expect(packedWeights(plan, cache, cut)).rejects.toThrow(PackingCancelled);
    expect(readdirSync(cache).some((name) => name.endsWith('.part'))).toBe(true);
    const rest = new Listener();
    const file = await packedWeights(plan, cache, rest);
    expect(rest.fractions[0]).toBeGreaterThan(0.4);
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(readdirSync(cache).sort()).toEqual([path.basename(file), `${path.basename(file)}.checked`]);
  });

  it.each<[string, (part: string) => void]>([
    [
      'a byte that never reached the disk',
      (part) => {
        const bytes = readFileSync(part);
        bytes.fill(0, bytes.length / 2, bytes.length / 2 + 100);
        writeFileSync(part, bytes);
      },
    ],
    [
      'a file that is shorter than its journal says',
      (part) => {
        writeFileSync(part, readFileSync(part).subarray(0, 3000));
      },
    ],
    [
      'a journal that was cut short',
      (part) => {
        writeFileSync(`${part}.journal`, readFileSync(`${part}.journal`, 'utf8').slice(0, -40));
      },
    ],
    [
      'a journal of nonsense',
      (part) => {
        writeFileSync(`${part}.journal`, '256 zz\n\0\n-1 00\n');
      },
    ],
  ])('trusts nothing that it finds: %s', async (_, damage) => {
    const plan = await planOf(await checkpointOf(5));
    const whole = readFileSync(await packedWeights(plan, newCache(), UNHEARD));
    const cache = newCache();
    await expect(packedWeights(plan, cache, cancelledAt(0.6))).rejects.toThrow(PackingCancelled);
    damage(path.join(cache, `${plan.name}.safetensors.part`));
    expect(readFileSync(await packedWeights(plan, cache, UNHEARD)).equals(whole)).toBe(true);
  });
});

describe('a packed file that is damaged', () => {
  it.each<[string, (bytes: Buffer) => Buffer, string]>([
    [
      'in a byte of the data',
      (bytes) => bytes.fill(bytes.at(-9) === 1 ? 2 : 1, bytes.length - 9, bytes.length - 8),
      'SHA-256',
    ],
    ['in its header', (bytes) => bytes.fill('x', 20, 21), 'at its beginning'],
    ['by being cut short', (bytes) => bytes.subarray(0, -1), 'bytes long instead of'],
    ['by being empty', () => Buffer.alloc(0), '0 bytes long'],
  ])('%s is made anew, and the log says why', async (_, damage, reason) => {
    const plan = await planOf(await checkpointOf(6));
    const cache = newCache();
    const file = await packedWeights(plan, cache, UNHEARD);
    const sound = readFileSync(file);
    writeFileSync(file, damage(Buffer.from(sound)));
    const listener = new Listener();
    expect(await packedWeights(plan, cache, listener)).toBe(file);
    expect(readFileSync(file).equals(sound)).toBe(true);
    expect(listener.notices).toHaveLength(1);
    expect(listener.notices[0]).toContain(reason);
    expect(listener.notices[0]).toContain(file);
  });
});

describe('a packing that fails', () => {
  it('leaves nothing where the weights cannot be packed, and names the tensor', async () => {
    const broken = await checkpointOf(7, (name, data) => {
      if (name === 'linear.2') data[5] = NaN;
    });
    const cache = newCache();
    const failed = packedWeights(await planOf(broken), cache, UNHEARD);
    await expect(failed).rejects.toThrow(ModelError);
    await expect(failed).rejects.toThrow(/model\.safetensors: tensor "linear\.2" holds NaN/);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says which number float16 cannot hold', async () => {
    const large = await checkpointOf(8, (name, data) => {
      if (name === 'linear.0') data[9] = 1e6;
    });
    const cache = newCache();
    await expect(packedWeights(await planOf(large, 'float16'), cache, UNHEARD)).rejects.toThrow(
      /holds 1000000,/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  it('leaves nothing where it breaks off', async () => {
    const cache = newCache();
    const listener = new Listener((fraction) => {
      if (fraction > 0.5) throw new Error('the disk is gone');
    });
    const failed = packedWeights(await planOf(await checkpointOf(9)), cache, listener);
    await expect(failed).rejects.toThrow(PrecisionError);
    await expect(failed).rejects.toThrow(/the disk is gone.*ZIPAR_CACHE.*precision stored/);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says so if the cache cannot be a folder', async () => {
    const taken = folder.write('taken', 'a file');
    await expect(packedWeights(await planOf(await checkpointOf(10)), taken, UNHEARD)).rejects.toThrow(
      PrecisionError,
    );
  });

  it('is refused before it begins where the disk has no room', async () => {
    const plan = { ...(await planOf(await checkpointOf(11))), dataBytes: 2 ** 60 };
    const cache = newCache();
    await expect(packedWeights(plan, cache, UNHEARD)).rejects.toThrow(/need \d+ MB in .*free.*ZIPAR_CACHE/);
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe('two processes that pack the same weights at once', () => {
  it('share the work: one packs, the other waits for it and sees how far it is', async () => {
    const plan = await planOf(await checkpointOf(12));
    const cache = newCache();
    const listeners = [new Listener(), new Listener()];
    const files = await Promise.all(listeners.map((listener) => packedWeights(plan, cache, listener)));
    expect(new Set(files).size).toBe(1);
    expect(listeners.filter(({ fractions }) => fractions.filter((done) => done > 0).length > 3)).toHaveLength(
      1,
    );
    expect(existsSync(`${files[0] ?? ''}.lock`)).toBe(false);
  });

  it('do no harm if each believes that it is alone', async () => {
    const plan = await planOf(await checkpointOf(13));
    const whole = readFileSync(await packedWeights(plan, newCache(), UNHEARD));
    const cache = newCache();
    const file = path.join(cache, `${plan.name}.safetensors`);
    let second: Promise<string> | undefined;
    const first = new Listener((fraction) => {
      if (fraction < 0.4 || second) return;
      // As if this process had slept for so long that its lock counts as abandoned.
      const longAgo = new Date(0);
      utimesSync(`${file}.lock`, longAgo, longAgo);
      second = packedWeights(plan, cache, UNHEARD);
    });
    await packedWeights(plan, cache, first);
    await second;
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(await packedWeights(plan, cache, UNHEARD)).toBe(file);
    expect(readdirSync(cache).sort()).toEqual([path.basename(file), `${path.basename(file)}.checked`]);
  });

  it('can be cancelled while waiting', async () => {
    const plan = await planOf(await checkpointOf(14));
    const cache = newCache();
    mkdirSync(cache, { recursive: true });
    writeFileSync(path.join(cache, `${plan.name}.safetensors.lock`), '{"pid":1,"host":"elsewhere"}');
    const waiting = new Listener(() => {
      waiting.aborter.abort();
    });
    await expect(packedWeights(plan, cache, waiting)).rejects.toThrow(PackingCancelled);
  });
});
