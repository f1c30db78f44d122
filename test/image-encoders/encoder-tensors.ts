/** The tensors of image encoders, by their published names. Sizes are the caller's. */
import type { RandomTensors } from '../families/random-tensors';

/** Sizes of an encoder after VQGAN. */
export interface EncoderSizes {
  /** From the full resolution down. Each level but the last one halves the side. */
  readonly widths: readonly number[];
  readonly blocks: number;
  /** Levels whose blocks are followed by attention. */
  readonly attending: readonly number[];
  readonly zChannels: number;
}

/** VQGAN's encoder, as Chameleon and Emu3 name it. */
export function addVqganEncoder(random: RandomTensors, sizes: EncoderSizes): void {
  const { widths, blocks, attending, zChannels } = sizes;
  let [width = 32] = widths;
  random.conv('encoder.conv_in', width, 3, 3, 3);
  for (const [level, out] of widths.entries()) {
    const name = `encoder.down.${level}`;
    for (let block = 0; block < blocks; block++) {
      addResidual(random, `${name}.block.${block}`, width, out);
      width = out;
      if (attending.includes(level)) addAttention(random, `${name}.attn.${block}`, width);
    }
    if (level < widths.length - 1) random.conv(`${name}.downsample.conv`, width, width, 3, 3);
  }
  addResidual(random, 'encoder.mid.block_1', width, width);
  addAttention(random, 'encoder.mid.attn_1', width);
  addResidual(random, 'encoder.mid.block_2', width, width);
  random.norm('encoder.norm_out', width);
  random.conv('encoder.conv_out', zChannels, width, 3, 3);
}

/** What Emu3's encoder computes in time: two halvings and two residual blocks. */
export function addEncoderTime(random: RandomTensors, zChannels: number, codeDim: number): void {
  for (let i = 0; i < 2; i++) random.conv(`encoder.time_conv.${i}.conv.conv`, zChannels, zChannels, 4, 3, 3);
  for (let block = 0; block < 2; block++) {
    const name = `encoder.time_res_stack.${block}`;
    for (const part of [1, 2]) {
      random.norm(`${name}.norm${part}`, zChannels);
      random.add(`${name}.norm${part}.running_mean`, [zChannels], 0.5);
      random.add(`${name}.norm${part}.running_var`, [zChannels], 0.5, 1);
      random.conv(`${name}.conv${part}.conv`, zChannels, zChannels, 3, 3, 3);
    }
  }
  random.conv('quant_conv.conv', codeDim, zChannels, 3, 1, 1);
}

/** The encoder that `training/` exports. */
export function addFoldedEncoder(
  random: RandomTensors,
  { fold, wide, deep, codeDim }: Readonly<Record<'fold' | 'wide' | 'deep' | 'codeDim', number>>,
): void {
  random.conv('encoder.layers.1', wide, 3 * fold * fold, 3, 3);
  addResidual(random, 'encoder.layers.2', wide, wide);
  addResidual(random, 'encoder.layers.3', wide, wide);
  random.conv('encoder.layers.4', deep, wide, 3, 3);
  addResidual(random, 'encoder.layers.5', deep, deep);
  addAttention(random, 'encoder.layers.6', deep);
  addResidual(random, 'encoder.layers.7', deep, deep);
  random.norm('encoder.layers.8', deep);
  random.conv('encoder.layers.10', codeDim, deep, 1, 1);
}

function addResidual(random: RandomTensors, name: string, from: number, to: number): void {
  random.norm(`${name}.norm1`, from);
  random.conv(`${name}.conv1`, to, from, 3, 3);
  random.norm(`${name}.norm2`, to);
  random.conv(`${name}.conv2`, to, to, 3, 3);
  if (from !== to) random.conv(`${name}.nin_shortcut`, to, from, 1, 1);
}

function addAttention(random: RandomTensors, name: string, channels: number): void {
  random.norm(`${name}.norm`, channels);
  for (const part of ['q', 'k', 'v', 'proj_out']) random.conv(`${name}.${part}`, channels, channels, 1, 1);
}
