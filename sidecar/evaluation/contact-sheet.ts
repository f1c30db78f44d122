import type { SheetPicture } from '../decoder-report/decoder-report';
import type { Condition } from '../protocol';
import type { EvaluationPlan } from './evaluate';
import { RASTER } from './evaluated-decoder';
import type { EvaluationResults } from './evaluation-results';
import { sameShare } from './evaluation-summary';
import { KeptPictures, PICTURES_KEPT } from './kept-pictures';

/** Width of a picture in the Markdown report, in pixels. */
const SHOWN_WIDTH = 96;

/** The pictures of the contact sheet, with what each took: all decoders of picture 0, then all of picture 1 … */
export function sheetPictures(results: EvaluationResults, plan: EvaluationPlan): readonly SheetPicture[] {
  if (!plan.kept) return [];
  const numbers = Array.from({ length: Math.min(plan.images, PICTURES_KEPT) }, (_, number) => number);
  return numbers.flatMap((number) => {
    const raster = results.get(RASTER.label, number)?.tokens ?? [];
    return plan.decoders.flatMap(({ label }) => {
      const result = results.get(label, number);
      if (!result) return [];
      const { steps, ms, nll, tokens } = result;
      return {
        ...{ decoder: label, number, seed: (plan.seed + number) % 2 ** 32, title: titleOf(plan, number) },
        file: KeptPictures.pathOf(label, number),
        ...{ steps, ms, nll, agreement: sameShare(tokens, raster) },
      };
    });
  });
}

/** The contact sheet in Markdown: decoders across, seeds down. Empty without pictures. */
export function markdownSheet(pictures: readonly SheetPicture[]): string {
  if (pictures.length === 0) return '';
  const decoders = [...new Set(pictures.map(({ decoder }) => decoder))];
  const numbers = [...new Set(pictures.map(({ number }) => number))];
  const lines = numbers.map((number) => {
    const own = pictures.filter((picture) => picture.number === number);
    const head = `seed ${own[0]?.seed ?? ''}<br>${escaped(own[0]?.title ?? '')}`;
    return [head, ...decoders.map((decoder) => cellOf(own.find((picture) => picture.decoder === decoder)))];
  });
  const table = [['', ...decoders], ['---', ...decoders.map(() => '---')], ...lines];
  return [
    '## Pictures',
    table.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    'Under each picture: steps, time, nats a token, and tokens that are the same as in raster order.',
  ].join('\n\n');
}

function cellOf(picture: SheetPicture | undefined): string {
  if (!picture) return '–';
  const { file, steps, ms, nll, agreement } = picture;
  const image = `<img src="${encodeURI(file)}" width="${SHOWN_WIDTH}" alt="">`;
  return `${image}<br>${steps}, ${ms.toFixed(0)} ms<br>${nll.toFixed(2)}, ${(100 * agreement).toFixed(0)} %`;
}

function titleOf({ prompts }: EvaluationPlan, number: number): string {
  const condition: Condition | undefined = prompts[number % prompts.length]?.condition;
  switch (condition?.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return `class ${condition.label}`;
    case 'caption':
      return condition.file;
    case undefined:
      return '';
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>|]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\s+/g, ' ');
}
