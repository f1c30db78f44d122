import { guide } from '../../decoding/classifier-free-guidance';
import type { Draws, Forward, Sampler } from '../../decoding/forward';
import type { PassCosts } from '../../decoding/pass-costs';
import { chooseTokens, type Choice } from '../../decoding/sampling';
import type { SequenceLayout } from '../../decoding/sequence-layout';
import type { SequencePosition } from '../../decoding/token-grid';
import type { TokenInput } from '../../decoding/token-input';
import type { CacheMaker } from '../cache/cache-strategy';
import { discardFromDevice } from '../cache/device-tensors';
import type { CacheEntry, KeyValueCache } from '../cache/kv-cache';
import type { Prompt, TransformerDescription } from '../family';
import type { GraphSampler } from '../sampler/graph-sampler';
import { AlignedHalves } from './aligned-halves';
import { rowsOf, type HostTable } from './host-table';
import type { Program } from '../../runtime/runtime';
import { HostTensor, type Tensor, type Tensors } from '../../runtime/tensor';

/** A transformer that is ready to compute: its weights are loaded. It holds no data of a run. */
export interface LoadedTransformer {
  readonly description: TransformerDescription;
  readonly session: Program;
  /** Turns prompts into hidden states. Absent when prompts consist of the transformer's own tokens. */
  readonly promptSession?: Program | undefined;
  /** Tables that are not in the graph. Their rows are read from the weight file for each step. */
  readonly hostTables: readonly HostTable[];
  /** Makes the cache of a picture. */
  readonly caches: CacheMaker;
  /** Copies logits from the device to host memory (`buildLogitsReaderGraph`). Absent when logits are already in host memory. */
  readonly logitsReader?: Program | undefined;
  /** Draws tokens on the device, without a copy of the logits. Absent when the logits are in host memory. */
  readonly sampler?: GraphSampler | undefined;
}

/** The inputs of a step. */
interface Pass {
  /** Position and times of each input. */
  readonly entries: readonly CacheEntry[];
  /** Ids of the tokens, for each half. */
  readonly tokens: readonly (readonly number[])[];
  /** The hidden states that replace the embeddings of the tokens. Only the prompt's step has them, from the prompt encoder. */
  readonly prompt: Tensor | undefined;
  /** The inputs whose logits are wanted, as indices into `entries`. */
  readonly predicting: readonly number[];
}

/** Computes the steps of one picture with a transformer. It keeps keys and values from step to step. */
export class PictureForward implements Forward {
  readonly layout: SequenceLayout;
  readonly sampler: Sampler | undefined;
  private readonly halves: AlignedHalves;
  private cache: KeyValueCache | undefined;
  private readonly entryOf = new Map<TokenInput, CacheEntry>();
  private readonly noPrompt: Tensor;
  /** Outputs of the prompt encoder that every step reads. */
  private kept: Tensors = {};

  /** @param scale the guidance. If it is 1, the unconditional half is not computed. */
  constructor(
    private readonly model: LoadedTransformer,
    prompt: Prompt,
    private readonly scale: number,
    readonly costs?: PassCosts,
  ) {
    this.layout = model.description.layout;
    this.halves = new AlignedHalves(
      scale === 1 ? [prompt.conditional] : [prompt.conditional, prompt.unconditional],
    );
    this.noPrompt = new HostTensor('float32', new Float32Array(1), [1, 1, 1]);
    const { sampler } = model;
    this.sampler = sampler && {
      start: async (draws) => this.choose(sampler, await this.promptPass(), draws),
      step: (inputs, predicting, draws) => this.choose(sampler, this.tokenPass(inputs, predicting), draws),
    };
  }

  /** The number of positions of the longer half of the prompt. */
  get promptLength(): number {
    return this.halves.length;
  }

  async start(): Promise<Float32Array> {
    const [logits] = await this.logitsOf(await this.promptPass());
    if (!logits) throw new Error('The prompt pass put out no logits.');
    return logits;
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]> {
    return this.logitsOf(this.tokenPass(inputs, predicting));
  }

  forget(inputs: readonly TokenInput[]): void {
    const entries = inputs.map((input) => {
      const entry = this.entryOf.get(input);
      if (!entry) throw new Error(`No input at position ${input.position} is kept.`);
      this.entryOf.delete(input);
      return entry;
    });
    this.cache?.forget(entries);
  }

  release(): void {
    this.cache?.release();
    this.cache = undefined;
    this.entryOf.clear();
  }

  /** Makes the inputs of the prompt's step, and begins a new picture with an empty cache. */
  private async promptPass(): Promise<Pass> {
    const { halves } = this;
    this.release();
    this.cache = this.newCache();
    // The prompt is visible at all times. The prompt itself sees only the prompt.
    const entries = Array.from({ length: halves.length }, (_, position) => ({
      position,
      time: -Infinity,
      until: Infinity,
    }));
    const predicting = [halves.length - 1];
    const { promptSession } = this.model;
    if (!promptSession) return { entries, tokens: halves.ids(), prompt: undefined, predicting };
    const { hidden, ...kept } = await promptSession.run(halves.encoderInput());
    if (!hidden) throw new Error('The prompt encoder put out no hidden states.');
    this.kept = kept;
    const noTokens = entries.map(() => 0);
    return { entries, tokens: halves.forEach(() => noTokens), prompt: hidden, predicting };
  }

  /** Makes the inputs of a later step. */
  private tokenPass(inputs: readonly TokenInput[], predicting: readonly number[]): Pass {
    const entries = inputs.map((input) => {
      const { position, time = 0, until = Infinity } = input;
      const entry = { position: this.halves.length + position, time, until };
      this.entryOf.set(input, entry);
      return entry;
    });
    const tokens = inputs.map((input) => input.token);
    return { entries, tokens: this.halves.forEach(() => tokens), prompt: undefined, predicting };
  }

  private newCache(): KeyValueCache {
    const { description, caches } = this.model;
    return caches.newCache({
      ...description.cache,
      capacity: this.halves.length + description.layout.length,
      padded: this.halves.padded,
    });
  }

  /** Computes a step and returns the guided logits of each predicting input. They are valid until the next step. */
  private async logitsOf(pass: Pass): Promise<Float32Array[]> {
    const logits = await this.run(pass);
    try {
      return this.guidedRows(await this.toHost(logits), this.scalesOf(pass));
    } finally {
      discardFromDevice(logits);
    }
  }

  /** Computes a step and chooses a token for each predicting input, on the device where possible. */
  private async choose(sampler: GraphSampler, pass: Pass, draws: Draws): Promise<readonly Choice[]> {
    const scales = this.scalesOf(pass);
    const logits = await this.run(pass);
    try {
      const choices = await sampler.choose(logits, scales, draws);
      if (choices) return choices;
      const rows = this.guidedRows(await this.toHost(logits), scales);
      return chooseTokens(rows, draws);
    } finally {
      discardFromDevice(logits);
    }
  }

  private async toHost(logits: Tensor): Promise<Tensor> {
    if (!logits.isOnDevice) return logits;
    const outputs = await this.model.logitsReader?.run({ logits });
    if (!outputs?.on_host) throw new Error('The logits could not be fetched.');
    return outputs.on_host;
  }

  /** Computes a step. @returns logits [halves, m, codes] of the m predicting inputs, on the device or in host memory */
  private async run(pass: Pass): Promise<Tensor> {
    const { cache } = this;
    if (!cache) throw new Error('start() comes before step().');
    const { session } = this.model;
    const feeds = { ...this.passFeeds(pass), ...(await this.tableRows(pass)) };
    const outputs = await session.run({ ...feeds, ...cache.feedsFor(pass.entries) });
    await cache.keep(outputs, pass.entries);
    if (!outputs.logits) throw new Error('The transformer put out no logits.');
    return outputs.logits;
  }

  /** The tensors that the family's graph reads, besides keys, values and rows of tables. */
  private passFeeds({ entries, tokens, prompt, predicting }: Pass): Record<string, Tensor> {
    const { halves } = this;
    const shape = [halves.count, entries.length];
    const positions = entries.map(({ position }) => position);
    const feeds: Readonly<Record<string, () => Tensor>> = {
      tokens: () => int64Tensor(tokens.flat(), shape),
      positions: () => int64Tensor(halves.ownPositions(positions).flat(), shape),
      picture_positions: () =>
        int64Tensor(
          halves.forEach(() => positions.map((position) => position - halves.length)).flat(),
          shape,
        ),
      prompt: () => prompt ?? this.noPrompt,
      is_prompt: () => new HostTensor('bool', Uint8Array.of(prompt ? 1 : 0), [1]),
      predicting: () => int64Tensor(predicting, [predicting.length]),
    };
    const wanted = this.model.session.inputNames;
    const made = wanted.flatMap((name) => (feeds[name] ? [[name, feeds[name]()] as const] : []));
    const kept = wanted.flatMap((name) => (this.kept[name] ? [[name, this.kept[name]] as const] : []));
    return Object.fromEntries([...made, ...kept]);
  }

  /** The rows of the tables that are not in the graph, for the tokens of a step. */
  private async tableRows({ tokens }: Pass): Promise<Record<string, Tensor>> {
    const rows: Record<string, Tensor> = {};
    for (const table of this.model.hostTables) rows[table.input] = await rowsOf(table, tokens);
    return rows;
  }

  /** The guidance of each predicted token. */
  private scalesOf({ entries, predicting }: Pass): number[] {
    const { description } = this.model;
    return predicting.map((i) => {
      const after: SequencePosition = (entries[i]?.position ?? NaN) + 1 - this.halves.length;
      return description.guidanceAt?.(this.scale, after) ?? this.scale;
    });
  }

  /** Applies guidance. From logits [halves, m, codes] it makes m rows of guided logits [codes]. */
  private guidedRows({ data }: Tensor, scales: readonly number[]): Float32Array[] {
    if (!(data instanceof Float32Array)) throw new Error('The transformer put out no logits.');
    const { codes } = this.model.description;
    const count = scales.length;
    return scales.map((scale, i) => {
      const row = data.subarray(i * codes, (i + 1) * codes);
      if (this.halves.count > 1)
        guide(row, data.subarray((count + i) * codes, (count + i + 1) * codes), scale);
      return row;
    });
  }
}

function int64Tensor(values: readonly number[], shape: readonly number[]): Tensor {
  return new HostTensor('int64', BigInt64Array.from(values, BigInt), shape);
}
