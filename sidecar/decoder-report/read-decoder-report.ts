import type { DecoderReport, SheetPicture } from './decoder-report';

/** Says whether a value has the form that a field needs. */
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) =>
      check((value as Readonly<Record<string, unknown>>)[name]),
    );

const estimate = object({ mean: number, low: number, high: number });

const row = object({
  ...{ label: text, series: text, steps: number, ms: number, speedUp: number, agreement: number },
  nll: number,
  nllDifference: optional(estimate),
  judged: optional(object({ accuracy: number, accuracyDifference: optional(estimate) })),
});

const picture = object({
  ...{ decoder: text, number, seed: number, title: text, file: text },
  ...{ steps: number, ms: number, nll: number, agreement: number },
});

const report = object({
  ...{ model: text, images: number, prompts: text, guidance: number, temperature: number },
  ...{ topK: number, topP: number, seed: number, provider: text, precision: text, machine: text },
  rasterSteps: number,
  rows: list(row),
  fewestPassesWithoutLoss: object({ likelihood: optional(text), accuracy: optional(text) }),
  pictures: list(picture),
});

/**
 * Reads the content of a `report.json`.
 * @returns undefined for a text of another form, and for the report of an earlier version, which has no pictures
 */
export function readDecoderReport(json: string): DecoderReport | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!report(value)) return undefined;
  const read = value as DecoderReport;
  return read.pictures.every(({ file }) => isInside(file)) ? read : undefined;
}

/** Whether a path leads to a file in the folder of the report. */
function isInside(file: SheetPicture['file']): boolean {
  return file.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:]/.test(part));
}
