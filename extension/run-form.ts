import { inEnglish, type RenderForm, type Said } from '../sidecar/protocol';
import { isPng } from '../sidecar/trace-file/png-chunks';
import { withoutPngTrace } from '../sidecar/trace-file/png-trace';
import { runJson } from '../sidecar/trace-file/run-json';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { npzOf } from '../sidecar/trace-file/npz';
import { encodeTrace, ziparFile } from '../sidecar/trace-file/trace-file';
import { scheduleFigure } from './schedule-figure';

/** A form in which a run can be exported. */
export type RunForm = PlainForm | DrawnForm;

/** A form that is made from the file alone. */
type PlainForm = 'picture' | 'plain-picture' | 'trace' | 'json' | 'npz' | 'schedule' | 'dark-schedule';

/** A form that a page draws. */
export type DrawnForm = 'view' | 'animation' | 'picture-animation' | 'video';

/** The forms that a page draws. */
export const DRAWN: Readonly<Record<DrawnForm, RenderForm>> = {
  view: { kind: 'view' },
  animation: { kind: 'animation', file: 'png', grid: true },
  'picture-animation': { kind: 'animation', file: 'png', grid: false },
  video: { kind: 'animation', file: 'webm', grid: true },
};

/** A run with the bytes of its file. */
interface RecordedBytes {
  readonly bytes: Uint8Array;
  readonly record: RunRecord;
}

/** The file ending of each form, and what is added to the name of the run's own file. */
const ENDINGS: Readonly<Record<RunForm, { readonly ending: string; readonly suffix?: string }>> = {
  picture: { ending: 'png', suffix: '-copy' },
  'plain-picture': { ending: 'png', suffix: '-plain' },
  trace: { ending: 'zipar' },
  json: { ending: 'json' },
  npz: { ending: 'npz' },
  schedule: { ending: 'svg' },
  'dark-schedule': { ending: 'svg', suffix: '-dark' },
  view: { ending: 'png', suffix: '-view' },
  animation: { ending: 'png', suffix: '-steps' },
  'picture-animation': { ending: 'png', suffix: '-picture-steps' },
  video: { ending: 'webm', suffix: '-steps' },
};

/** The forms that a file's run has. A `.zipar` file holds no picture. */
export function formsOf({ bytes }: RecordedBytes): readonly RunForm[] {
  const data: readonly RunForm[] = ['trace', 'json', 'npz', 'schedule', 'dark-schedule'];
  const drawn: readonly RunForm[] = ['animation', 'video', 'view'];
  return isPng(bytes)
    ? ['picture', 'plain-picture', ...drawn, 'picture-animation', ...data]
    : [...drawn, ...data];
}

/** The ending of a form's files, without a dot. */
export function endingOf(form: RunForm): string {
  return ENDINGS[form].ending;
}

/** The file name of a form. @param path name or path of the run's own file */
export function nameIn(form: RunForm, path: string): string {
  const { ending, suffix = '' } = ENDINGS[form];
  return `${path.replace(/\.[^./]*$/, '')}${suffix}.${ending}`;
}

/**
 * The file of a form.
 * @param say says a sentence in the reader's language
 * @throws TraceFileError when the run is larger than a trace may be
 */
export async function bytesIn(
  form: PlainForm,
  { bytes, record }: RecordedBytes,
  say: (said: Said) => string = inEnglish,
): Promise<Uint8Array> {
  switch (form) {
    case 'picture':
      return bytes;
    case 'plain-picture':
      return withoutPngTrace(bytes);
    case 'trace':
      return ziparFile(await encodeTrace(record));
    case 'json':
      return new TextEncoder().encode(`${JSON.stringify(runJson(record))}\n`);
    case 'npz':
      return npzOf(record);
    case 'dark-schedule':
      return new TextEncoder().encode(scheduleFigure(record, 'dark', say));
    case 'schedule':
      return new TextEncoder().encode(scheduleFigure(record, 'print', say));
  }
}

/** Whether a page draws the form. */
export function isDrawn(form: RunForm): form is DrawnForm {
  return Object.hasOwn(DRAWN, form);
}
