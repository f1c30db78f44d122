import { isJsonObject } from '../files/strict-json';
import type { Condition } from '../protocol';
import { EvaluationError } from './evaluation-error';
import { readEvaluationJson } from './evaluation-json';

/** What a judge must find for an expectation to hold. */
export interface Finding {
  readonly attribute: string;
  readonly relation: 'is' | 'is not';
  readonly value: string;
}

/** Something that the prompt asks for. It is met when all findings hold, and is counted under `rate`. */
export interface Expectation {
  readonly rate: string;
  readonly all: readonly Finding[];
}

/** One picture to draw. */
export interface EvaluationPrompt {
  readonly condition: Condition;
  /** Group of the prompt. Prompts of a group are also counted separately; '' means no group. */
  readonly group: string;
  /** What the judge must find; empty without a judge. */
  readonly expectations: readonly Expectation[];
}

const MAX_PROMPTS = 100_000;
const PROMPT_SET_LIMITS = { maxBytes: 64 << 20, maxDepth: 12 };

/**
 * Reads a prompt set: JSON with `"format": "zipar-prompts"`, `"version": 1` and `"prompts"`, a list of objects. Each object
 * has one of `prompt` (words), `class` (a number) and `caption` (a safetensors file). It may also have `group` and `expect`.
 * @throws EvaluationError naming the file and the entry
 */
export async function readPromptSet(file: string): Promise<readonly EvaluationPrompt[]> {
  const root = await readEvaluationJson(file, PROMPT_SET_LIMITS, 'Give a prompt set.');
  if (
    !isJsonObject(root) ||
    root.format !== 'zipar-prompts' ||
    root.version !== 1 ||
    !Array.isArray(root.prompts)
  )
    throw new EvaluationError(
      `${file} is no prompt set: it needs "format": "zipar-prompts", "version": 1 and a list "prompts".`,
    );
  if (root.prompts.length === 0 || root.prompts.length > MAX_PROMPTS)
    throw new EvaluationError(`${file} has ${root.prompts.length} prompts; give 1 to ${MAX_PROMPTS}.`);
  return root.prompts.map((entry: unknown, i) => {
    const prompt = readPrompt(entry);
    if (!prompt) {
      throw new EvaluationError(
        `${file}: prompt ${i + 1} must have exactly one of "prompt", "class" and "caption", and "expect" as a list of {"rate", "all": [[attribute, "is" or "is not", class]]}.`,
      );
    }
    return prompt;
  });
}

function readPrompt(entry: unknown): EvaluationPrompt | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { group = '', expect = [] } = entry;
  const condition = readCondition(entry);
  if (!condition || typeof group !== 'string' || !Array.isArray(expect)) return undefined;
  const expectations = expect.map(readExpectation).filter((found) => found !== undefined);
  return expectations.length === expect.length ? { condition, group, expectations } : undefined;
}

function readCondition(entry: Readonly<Record<string, unknown>>): Condition | undefined {
  const { prompt, class: label, caption } = entry;
  if ([prompt, label, caption].filter((value) => value !== undefined).length !== 1) return undefined;
  if (typeof prompt === 'string') return { kind: 'prompt', prompt };
  if (typeof caption === 'string') return { kind: 'caption', file: caption };
  return typeof label === 'number' && Number.isInteger(label) && label >= 0
    ? { kind: 'class', label }
    : undefined;
}

function readExpectation(value: unknown): Expectation | undefined {
  if (!isJsonObject(value) || typeof value.rate !== 'string' || !Array.isArray(value.all)) return undefined;
  const all = value.all.map(readFinding).filter((found) => found !== undefined);
  return all.length === value.all.length ? { rate: value.rate, all } : undefined;
}

function readFinding(value: unknown): Finding | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [attribute, relation, wanted] = value as unknown[];
  if (typeof attribute !== 'string' || typeof wanted !== 'string') return undefined;
  return relation === 'is' || relation === 'is not' ? { attribute, relation, value: wanted } : undefined;
}

/** Whether the judge found everything that was expected. */
export function holds(expectation: Expectation, classes: ReadonlyMap<string, string>): boolean {
  return expectation.all.every(
    ({ attribute, relation, value }) => (classes.get(attribute) === value) === (relation === 'is'),
  );
}
