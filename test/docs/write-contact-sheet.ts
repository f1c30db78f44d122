/**
 * Writes docs/contact-sheet.png: the model's example prompts in turn, with the seeds 0 to 31 and all defaults. Nothing is
 * selected. The pictures stand eight in a row.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configureDecoder } from '../../sidecar/decoding/decoder-table';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { Providers } from '../../sidecar/engine/providers';
import { planRun } from '../../sidecar/engine/run-plan';
import { encodePng } from '../../sidecar/image/png';
import { readModelFolder, summarise } from '../../sidecar/model/model-folder';
import { EMBEDDED } from '../fixtures/embedded-model';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURES = 32;
const COLUMNS = 8;
/** Pixels between two pictures. */
const GAP = 4;
const CHANNELS = 3;

const folder = await readModelFolder(EMBEDDED.folder);
const { examples } = await summarise(folder, undefined);
const providers = Providers.ofThisMachine('');
let model: LoadedModel | undefined;
let sheet: { readonly rgb: Uint8Array; readonly width: number; readonly height: number } | undefined;
for (let seed = 0; seed < PICTURES; seed++) {
  const prompt = examples[seed % examples.length] ?? '';
  const { job } = await planRun(
    { condition: { kind: 'prompt', prompt }, seed, provider: 'cpu', precision: 'stored' },
    folder,
    providers,
  );
  model ??= new LoadedModel(folder, job.execution);
  const { input } = await model.preparePrompt(job.prompt);
  const tokens = new Int32Array(folder.grid[0] * folder.grid[1]);
  const steps = configureDecoder(job.decoding).decode(await model.forward(input, job.guidance), job.sampling);
  for await (const { decisions } of steps)
    for (const { position, token } of decisions) tokens[position] = token;
  const { rgb, width, height } = await model.decodeImage(tokens);
  sheet ??= emptySheet(width, height);
  const left = (seed % COLUMNS) * (width + GAP);
  const top = Math.floor(seed / COLUMNS) * (height + GAP);
  for (let row = 0; row < height; row++)
    sheet.rgb.set(
      rgb.subarray(row * width * CHANNELS, (row + 1) * width * CHANNELS),
      ((top + row) * sheet.width + left) * CHANNELS,
    );
}
await model?.release();
if (sheet)
  await writeFile(path.join(ROOT, 'docs/contact-sheet.png'), encodePng(sheet.rgb, sheet.width, sheet.height));

function emptySheet(width: number, height: number): { rgb: Uint8Array; width: number; height: number } {
  const rows = PICTURES / COLUMNS;
  const whole = { width: COLUMNS * (width + GAP) - GAP, height: rows * (height + GAP) - GAP };
  return { ...whole, rgb: new Uint8Array(whole.width * whole.height * CHANNELS).fill(255) };
}
