import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Matrix } from 'ml-matrix';
import { markdownSheet } from '../../../sidecar/evaluation/contact-sheet';
import { parseDecoders } from '../../../sidecar/evaluation/evaluated-decoder';
import { EvaluationError } from '../../../sidecar/evaluation/evaluation-error';
import { markdownReport } from '../../../sidecar/evaluation/evaluation-report';
import { EvaluationResults, type PictureResult } from '../../../sidecar/evaluation/evaluation-results';
import { cheapestWithoutLoss, summarise } from '../../../sidecar/evaluation/evaluation-summary';
import type { EvaluationPrompt } from '../../../sidecar/evaluation/prompt-set';
import { qualityPlot } from '../../../sidecar/decoder-report/quality-plot';

const SETTINGS = { model: 'm', seed: 0 };
const DECODERS = parseDecoders('zipar:2,1', 4);
const PROMPTS: EvaluationPrompt[] = ['seen', 'held-out'].map((group) => ({
  condition: { kind: 'prompt', prompt: group },
  group,
  expectations: [
    { rate: 'time', all: [] },
    { rate: 'terrain', all: [] },
  ],
}));

const header = {
  model: 'vista',
  images: 12,
  prompts: 'two prompts',
  guidance: 2,
  temperature: 1,
  topK: 0,
  topP: 1,
  seed: 0,
  provider: 'cpu',
  precision: 'stored',
  machine: 'a machine',
  rasterSteps: 16,
} as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zipar-results-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Picture `number` of a decoder. A decoder with fewer steps has worse pictures. */
function picture(decoder: string, number: number): PictureResult {
  const window = decoder === 'raster' ? 4 : Number(decoder.split(' ')[1]);
  const loss = window === 1 ? 0.5 : 0;
  return {
    decoder,
    number,
    steps: 4 + 3 * window,
    ms: 10 * window,
    tokens: [1, 2, 3, window],
    nll: 2 + number / 10 + loss + (window === 2 ? (number % 2 ? 0.1 : -0.1) : 0),
    met: [true, window > 1 || number % 2 === 0],
    features: [number % 3, (number * 7) % 5],
  };
}

async function filled(images = 12): Promise<EvaluationResults> {
  const results = await EvaluationResults.open(folder, SETTINGS);
  for (let number = 0; number < images; number++)
    for (const decoder of ['raster', 'zipar 2', 'zipar 1']) await results.add(picture(decoder, number));
  return results;
}

describe('the contact sheet in Markdown', () => {
  it('has decoders across and seeds down, and a dash where a picture is missing', () => {
    const figures = { steps: 16, ms: 40.4, nll: 2.345, agreement: 0.5 };
    const pictureOf = (decoder: string, number: number) => ({
      ...{ decoder, number, seed: 7 + number, title: 'a | <lake>', ...figures },
      file: `pictures/${decoder.replace(' ', '-')}-${number}.png`,
    });
    const sheet = markdownSheet([pictureOf('raster', 0), pictureOf('zipar 2', 0), pictureOf('raster', 1)]);
    const [head, , first, second] = sheet.split('\n').filter((line) => line.startsWith('|'));
    expect(head).toBe('|  | raster | zipar 2 |');
    expect(first).toBe(
      '| seed 7<br>a &#124; &#60;lake&#62; | <img src="pictures/raster-0.png" width="96" alt=""><br>16, 40 ms<br>2.35, 50 % | <img src="pictures/zipar-2-0.png" width="96" alt=""><br>16, 40 ms<br>2.35, 50 % |',
    );
    expect(second?.endsWith('| – |')).toBe(true);
    expect(markdownSheet([])).toBe('');
  });
});

describe('results of an evaluation', () => {
  it('are reused by the next evaluation with the same settings', async () => {
    await filled(2);
    const again = await EvaluationResults.open(folder, SETTINGS);
    expect(again.get('zipar 2', 1)).toEqual(picture('zipar 2', 1));
    expect(again.get('zipar 2', 2)).toBeUndefined();
  });

  it('survive an end in the middle of a line, which is made again', async () => {
    await filled(2);
    const file = join(folder, 'results.jsonl');
    appendFileSync(file, '{"decoder": "raster", "numb');
    const again = await EvaluationResults.open(folder, SETTINGS);
    expect(again.get('raster', 2)).toBeUndefined();
    await again.add(picture('raster', 2));
    expect((await EvaluationResults.open(folder, SETTINGS)).get('raster', 2)).toEqual(picture('raster', 2));
  });

  it('of other settings are not touched', async () => {
    await filled(1);
    const before = readFileSync(join(folder, 'results.jsonl'), 'utf8');
    await expect(EvaluationResults.open(folder, { ...SETTINGS, seed: 1 })).rejects.toThrow(EvaluationError);
    await expect(EvaluationResults.open(folder, { ...SETTINGS, seed: 1 })).rejects.toThrow(folder);
    expect(readFileSync(join(folder, 'results.jsonl'), 'utf8')).toBe(before);
  });
});

describe('the summary', () => {
  const reference = {
    mean: [1, 2],
    covariance: new Matrix([
      [1, 0],
      [0, 2],
    ]),
  };

  it('compares each decoder with raster order, picture by picture', async () => {
    const [raster, two, one] = summarise(await filled(), DECODERS, PROMPTS, 12, reference);
    expect(raster).toMatchObject({ label: 'raster', steps: 16, ms: 40, speedUp: 1, agreement: 1 });
    expect(raster?.nllDifference).toBeUndefined();
    expect(two).toMatchObject({ label: 'zipar 2', steps: 10, speedUp: 2, agreement: 0.75 });
    expect(two?.nllDifference?.mean).toBeCloseTo(0, 9);
    expect(two?.nllDifference?.low).toBeLessThan(0);
    expect(one?.nllDifference?.mean).toBeCloseTo(0.5, 9);
    // Differences that all pictures share cancel. The interval is a point although pictures differ.
    expect(one?.nllDifference?.low).toBeCloseTo(0.5, 9);
  });

  it('counts the judge’s findings: in total, by group and by expectation', async () => {
    const [raster, , one] = summarise(await filled(), DECODERS, PROMPTS, 12, reference);
    expect(raster?.judged).toMatchObject({ accuracy: 1, allRight: 1 });
    expect(one?.judged).toMatchObject({
      accuracy: 0.75,
      allRight: 0.5,
      groups: { seen: { accuracy: 1, allRight: 1 }, 'held-out': { accuracy: 0.5, allRight: 0 } },
      rates: { time: 1, terrain: 0.5 },
    });
    expect(one?.judged?.accuracyDifference?.mean).toBeCloseTo(-0.25, 9);
    expect(one?.judged?.frechet).toBeGreaterThan(0);
  });

  it.each(['likelihood', 'accuracy'] as const)(
    'names the fewest steps at which no %s is lost',
    async (quality) => {
      const rows = summarise(await filled(), DECODERS, PROMPTS, 12, reference);
      expect(cheapestWithoutLoss(rows, [quality])?.label).toBe('zipar 2');
      const others = rows.filter(({ label }) => label !== 'zipar 2');
      expect(cheapestWithoutLoss(others, [quality])?.label).toBe('raster');
    },
  );

  it('knows no accuracy without a judge', async () => {
    const rows = summarise(await filled(), DECODERS, PROMPTS, 12, undefined);
    expect(cheapestWithoutLoss(rows, ['accuracy'])).toBeUndefined();
  });
});

describe('an adaptive window', () => {
  const ADAPTIVE = parseDecoders('zipar:2,1 zipar-adaptive:1', 4);

  /**
   * Results with an adaptive decoder that takes 9 steps, between the 7 of window 1 and the 10 of window 2. It is better than a
   * mixture of the two windows by `better` nats.
   */
  async function withAdaptive(better: number): Promise<EvaluationResults> {
    const results = await filled();
    for (let number = 0; number < 12; number++) {
      const [one, two] = [picture('zipar 1', number), picture('zipar 2', number)];
      const nll = one.nll / 3 + (2 * two.nll) / 3 - better;
      await results.add({ ...two, decoder: 'zipar-adaptive 1', steps: 9, nll });
    }
    return results;
  }

  it('is compared with a mixture of fixed windows that takes as many steps', async () => {
    const rows = summarise(await withAdaptive(0.25), ADAPTIVE, PROMPTS, 12, undefined);
    const [raster, two, , adaptive] = rows;
    expect([raster?.equalPasses, two?.equalPasses]).toEqual([undefined, undefined]);
    expect(adaptive?.equalPasses?.between).toEqual(['zipar 1', 'zipar 2']);
    expect(adaptive?.equalPasses?.accuracyDifference).toBeUndefined();
    const { mean, low, high } = adaptive?.equalPasses?.nllDifference ?? {};
    for (const value of [mean, low, high]) expect(value).toBeCloseTo(-0.25, 9);
    expect(markdownReport(header, rows, 'plot.svg')).toContain(
      '| zipar-adaptive 1 | 9.0 | zipar 1, zipar 2 | −0.250 [−0.250, −0.250] |',
    );
  });

  it('is not compared with a lookahead, which makes the picture of a window in fewer steps', async () => {
    const results = await withAdaptive(0.25);
    for (let number = 0; number < 12; number++)
      await results.add({ ...picture('zipar 2', number), decoder: 'zipar 2+4', steps: 8 });
    const decoders = parseDecoders('zipar:2,1 zipar:2+4 zipar-adaptive:1', 4);
    const rows = summarise(results, decoders, PROMPTS, 12, undefined);
    expect(rows.at(-1)?.equalPasses?.between).toEqual(['zipar 1', 'zipar 2']);
    const report = markdownReport(header, rows, 'plot.svg');
    expect(report).toContain('beyond its interval: **zipar 2+4** (8.0 of 16).');
  });

  it('has no comparison if all fixed windows take more steps', async () => {
    const decoders = parseDecoders('zipar:2 zipar-adaptive:1', 4);
    const [, , adaptive] = summarise(await withAdaptive(0), decoders, PROMPTS, 12, undefined);
    expect(adaptive?.label).toBe('zipar-adaptive 1');
    expect(adaptive?.equalPasses).toBeUndefined();
  });
});

describe('the report', () => {
  it('has one row for each decoder, even without a judge', async () => {
    const rows = summarise(await filled(), DECODERS, PROMPTS, 12, undefined);
    const report = markdownReport(header, rows, 'plot.svg');
    expect(report).toContain('| zipar 1 | 7 | 56.3 % | 10 | 4.00x | 75.0 % |');
    expect(report).toContain('+0.500 [+0.500, +0.500]');
    expect(report).toContain(
      'without a loss of likelihood to raster order beyond its interval: **zipar 2** (10.0 of 16).',
    );
    expect(report).not.toContain('accuracy');
    expect(report).not.toContain('as asked |');
    const widths = report
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').length);
    expect(new Set(widths).size).toBe(1);
  });

  it('draws one line for each decoder, and all its values are numbers', async () => {
    const reference = {
      mean: [1, 2],
      covariance: new Matrix([
        [1, 0],
        [0, 2],
      ]),
    };
    const svg = qualityPlot(summarise(await filled(), DECODERS, PROMPTS, 12, reference));
    expect(svg.match(/<circle/g)).toHaveLength(2 * (2 + 1)); // two panels, each with two points and a legend
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});
