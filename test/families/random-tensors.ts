import { tensorOf, type SmallTensor } from './tensors';

/** Makes random checkpoints. The same seed makes the same numbers. */
export class RandomTensors {
  private state: number;
  readonly tensors = new Map<string, SmallTensor>();

  constructor(
    seed: number,
    private readonly dtype: 'BF16' | 'F32',
  ) {
    this.state = seed | 0;
  }

  /** 0..1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let h = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    h ^= h + Math.imul(h ^ (h >>> 7), h | 61);
    return ((h ^ (h >>> 14)) >>> 0) / 2 ** 32;
  }

  oneOf<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.next() * choices.length)];
    if (choice === undefined) throw new Error('There is nothing to choose from.');
    return choice;
  }

  /** Uniform numbers of the given mean and half width. */
  add(name: string, shape: readonly number[], width: number, mean = 0): void {
    const elements = shape.reduce((product, length) => product * length, 1);
    const numbers = Float32Array.from({ length: elements }, () => mean + width * (2 * this.next() - 1));
    this.tensors.set(name, tensorOf(shape, numbers, this.dtype));
  }

  /** A matrix whose products have about the size of its inputs. */
  matrix(name: string, out: number, inner: number): void {
    this.add(name, [out, inner], Math.sqrt(3 / inner));
  }

  linear(name: string, out: number, inner: number): void {
    this.matrix(`${name}.weight`, out, inner);
    this.add(`${name}.bias`, [out], 0.1);
  }

  conv(name: string, out: number, inner: number, ...kernel: readonly number[]): void {
    const size = kernel.reduce((product, length) => product * length, inner);
    this.add(`${name}.weight`, [out, inner, ...kernel], Math.sqrt(3 / size));
    this.add(`${name}.bias`, [out], 0.1);
  }

  norm(name: string, channels: number): void {
    this.add(`${name}.weight`, [channels], 0.3, 1);
    this.add(`${name}.bias`, [channels], 0.1);
  }
}
