import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { describeDecoders } from '../decoding/decoder-table';
import type { CellToken, Condition, GenerateRequest } from '../protocol';
import { requestOf } from '../trace-file/run-summary';
import type { DecoderOptionValues } from './decoder-options';
import { addDrawingOptions, makePictures, overridesOf, type GenerateOptions } from './generate';
import { requireModel, type GenerateJob } from './generate-requests';
import { integer } from './option-values';
import { readRecordedFile, type RecordedRun } from './recorded-file';
import { UsageError } from './usage-error';

/** A token of a cell as the command line names it: row and column count from 1. */
interface PlacedToken {
  readonly row: number;
  readonly column: number;
  readonly token: number;
}

interface BranchOptions extends GenerateOptions {
  readonly at?: number;
  readonly fromRow?: number;
  readonly set: readonly PlacedToken[];
  readonly forbid: readonly PlacedToken[];
}

/** Adds `zipar branch`: it goes on from a step of a run, with other tokens or settings from there on. */
export function addBranchCommand(zipar: Command): void {
  const command = zipar
    .command('branch')
    .description('go on from a step of a run, with another token, seed or decoder from there on')
    .argument('<file>', 'a PNG or .zipar file of the run')
    .option('--at <step>', 'the step after which the branch goes on; 0 = the beginning', integer(0, 2 ** 31))
    .option('--from-row <row>', 'draw this row and all below it again; rows count from 1', integer(1, 4096))
    .option(
      '--set <row,column=token>',
      'another token for a decided cell; rows and columns count from 1; may be repeated',
      placedToken,
      [],
    )
    .option(
      '--forbid <row,column=token>',
      'a token that a cell must not get; may be repeated',
      placedToken,
      [],
    )
    .option('--model <folder|file|name>', 'the model of the run, where it does not ship')
    .option('--image-decoder <folder>', 'image decoder, for models whose image decoder is published apart')
    .option('--text-encoder <folder>', 'flan-t5 folder, for a run that was made with one')
    .option('--caption <file>', 'the caption embeddings of the run, where it was made from some');
  addDrawingOptions(command).action((file: string, options: BranchOptions & DecoderOptionValues) =>
    makePictures(options, () => planBranch(file, options)),
  );
}

/** Parses `R,C=TOKEN`. */
function placedToken(text: string, earlier: readonly PlacedToken[]): readonly PlacedToken[] {
  const match = /^(\d{1,4}),(\d{1,4})=(\d{1,9})$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be ROW,COLUMN=TOKEN, such as 2,4=806.');
  const [, row, column, token] = match.map(Number);
  return [...earlier, { row: row ?? NaN, column: column ?? NaN, token: token ?? NaN }];
}

/**
 * Plans a branch. Nothing is computed.
 * @throws UsageError when the file holds no trace, or a cell lies outside its grid
 */
async function planBranch(file: string, options: BranchOptions & DecoderOptionValues): Promise<GenerateJob> {
  const { at, fromRow, set, forbid, caption } = options;
  if ((at === undefined) === (fromRow === undefined))
    throw new UsageError('Give one of --at STEP and --from-row ROW: where the branch begins.');
  const parent = await readRecordedFile(file);
  const { summary, record } = parent;
  if (!record)
    throw new UsageError(
      `${file} has no trace, so no branch of it can be made; make the picture again with --like, or name its .zipar file.`,
    );
  const recorded = requestOf(summary, describeDecoders());
  const overrides = overridesOf(options);
  // The settings of one decoder mean nothing to another.
  const isOther = overrides.decoder !== undefined && overrides.decoder !== recorded.decoder;
  const request: GenerateRequest = {
    ...recorded,
    ...overrides,
    decoderSettings: { ...(!isOther && recorded.decoderSettings), ...overrides.decoderSettings },
    condition: conditionOf(parent, caption),
    ...(record.run.patch === 0 && { tokensOnly: true }),
    branch: {
      file: path.resolve(file),
      ...(at !== undefined && { step: at }),
      ...(fromRow !== undefined && { fromRow: fromRow - 1 }),
      set: set.map((each) => cellToken('--set', each, summary.grid)),
      forbid: forbid.map((each) => cellToken('--forbid', each, summary.grid)),
    },
  };
  await requireModel(parent, request);
  return { requests: [request], like: undefined };
}

function cellToken(
  option: string,
  { row, column, token }: PlacedToken,
  [height, width]: readonly [number, number],
): CellToken {
  if (row < 1 || row > height || column < 1 || column > width)
    throw new UsageError(
      `${option} ${row},${column}=${token} lies outside the grid of ${height} rows and ${width} columns; choose a cell in it.`,
    );
  return { cell: (row - 1) * width + column - 1, token };
}

/** What the run shows. A picture names its caption file without its folder. @throws UsageError */
function conditionOf({ file, summary }: RecordedRun, caption: string | undefined): Condition {
  const { condition } = summary;
  if (condition.kind !== 'caption') return condition;
  if (caption !== undefined) return { kind: 'caption', file: caption };
  throw new UsageError(
    `${file} was made from the caption file ${condition.file}, whose folder it does not tell; name the file with --caption.`,
  );
}
