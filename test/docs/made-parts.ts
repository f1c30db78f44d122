import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BenchmarkReport } from '../../sidecar/benchmark/benchmark-report';
import { benchmarkTables } from '../../sidecar/benchmark/benchmark-tables';
import type { ReportHeader } from '../../sidecar/decoder-report/decoder-report';
import { qualityPlot } from '../../sidecar/decoder-report/quality-plot';
import { adaptiveTable, decoderTable } from '../../sidecar/evaluation/evaluation-report';
import type { DecoderSummary } from '../../sidecar/evaluation/evaluation-summary';
import { draftTable, type DraftFigures } from './draft-table';
import { markdownOf, type FigureTables } from './figure-table';
import { lookaheadTimesTable, type LookaheadTimes } from './lookahead-times';

/** A file of the documentation that has parts made from figures, or that is made from them as a whole. */
export interface MadeFile {
  /** Path in the checkout. */
  readonly file: string;
  /** Markdown by the name of the part; or the text of the whole file. */
  readonly parts: Readonly<Record<string, string>> | string;
}

/**
 * What the documentation shows of measured figures. The figures are in JSON files of the checkout, and `npm run docs --
 * measure` writes those.
 * @param root folder of the checkout
 */
export async function madeFiles(root: string): Promise<readonly MadeFile[]> {
  const json = async (file: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(root, file), 'utf8')) as unknown;
  const decoders = (await json('docs/figures/decoders.json')) as ReportHeader & { rows: DecoderSummary[] };
  const benchmark = async (name: string): Promise<string> =>
    benchmarkTables((await json(`test/bench/results/amd-epyc-2-threads-${name}.json`)) as BenchmarkReport);
  const drafts = (await json('docs/figures/lookahead-drafts.json')) as DraftFigures;
  const tables = async (name: string): Promise<Record<string, string>> => {
    const measured = (await json(`docs/figures/${name}.json`)) as FigureTables;
    return Object.fromEntries(Object.entries(measured).map(([part, table]) => [part, markdownOf(table)]));
  };
  const times = (await json('docs/figures/lookahead-time.json')) as LookaheadTimes;
  return [
    {
      file: 'docs/fidelity.md',
      parts: {
        'decoders: conditions': conditions(decoders),
        decoders: decoderTable(decoders, decoders.rows, { hasTimes: false }),
        'adaptive windows': adaptiveTable(decoders.rows, true),
      },
    },
    { file: 'docs/images/quality.svg', parts: qualityPlot(decoders.rows) },
    {
      file: 'docs/lookahead.md',
      parts: {
        drafts: draftTable(drafts),
        times: lookaheadTimesTable(times),
        ...(await tables('lookahead-simulated')),
      },
    },
    { file: 'docs/models.md', parts: await tables('janus-pro-1b') },
    {
      file: 'docs/performance.md',
      parts: {
        'embedded model': await benchmark('embedded'),
        'LlamaGen-B': await benchmark('llamagen-b'),
        ...(await tables('cache-length')),
        ...(await tables('precision')),
        ...(await tables('previews')),
        ...(await tables('nvidia-h200')),
      },
    },
  ];
}

function conditions({ images, seed, guidance, topK, machine }: ReportHeader): string {
  return [
    `Every row has ${images} pictures. The prompts of the set are used in turn, and half of them are of held-out combinations.`,
    `The seeds ${seed} to ${seed + images - 1} are the same for all rows. Guidance is ${guidance} and top-k is ${topK}. The model computes in float32.`,
    `The machine: ${machine}.`,
  ].join('\n');
}

/**
 * Puts made parts into a document. A part stands between the lines `<!-- made: NAME -->` and `<!-- /made -->`.
 * @throws Error when the document lacks a part, or has one that is not made
 */
export function withMadeParts(document: string, { file, parts }: MadeFile): string {
  if (typeof parts === 'string') return parts;
  const missing = new Set(Object.keys(parts));
  const made = document.replace(MADE_PART, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`${file} has the made part "${name}", but nothing makes it.`);
    missing.delete(name);
    return `<!-- made: ${name} -->\n\n${part.trim()}\n\n<!-- /made -->`;
  });
  if (missing.size > 0) throw new Error(`${file} lacks the made parts ${[...missing].join(', ')}.`);
  return made;
}

const MADE_PART = /<!-- made: ([^>]+) -->[^]*?<!-- \/made -->/g;
