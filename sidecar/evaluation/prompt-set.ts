import { JsonFields } from '../files/json-fields';
import type { Condition } from '../protocol';
import { EvaluationError } from './evaluation-error';
import { readEvaluationJson } from './evaluation-json';
import { inEnglish } from '../protocol/sentence';

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
/** Characters of a text at most. */
const MAX_TEXT = 1 << 20;
/** Expectations of a prompt, and findings of an expectation, at most. */
const MAX_EXPECTATIONS = 1000;
const CONDITIONS = ['prompt', 'class', 'caption'] as const;
const PROMPT_SET_LIMITS = { maxBytes: 64 << 20, maxDepth: 12 };

/**
 * Reads a prompt set: JSON with `"format": "zipar-prompts"`, `"version": 1` and `"prompts"`, a list of objects. Each object
 * has one of `prompt` (words), `class` (a number) and `caption` (a safetensors file). It may also have `group` and `expect`.
 * @throws EvaluationError naming the file and the entry
 */
export async function readPromptSet(file: string): Promise<readonly EvaluationPrompt[]> {
  const content = await readEvaluationJson(file, PROMPT_SET_LIMITS, 'Give a prompt set.');
  const root = new JsonFields(content, (problem) => new EvaluationError(`${file}: ${inEnglish(problem)}.`));
  if (root.raw('format') !== 'zipar-prompts' || root.raw('version') !== 1)
    throw new EvaluationError(
      `${file} is no prompt set: it needs "format": "zipar-prompts", "version": 1 and a list "prompts".`,
    );
  const prompts = root.objects('prompts', MAX_PROMPTS);
  if (prompts.length === 0) throw root.error('prompts', 'must not be empty');
  return prompts.map(readPrompt);
}

function readPrompt(entry: JsonFields): EvaluationPrompt {
  return {
    condition: readCondition(entry),
    group: entry.present('group', (name) => entry.anyText(name, MAX_TEXT)) ?? '',
    expectations:
      entry.present('expect', (name) => entry.objects(name, MAX_EXPECTATIONS).map(readExpectation)) ?? [],
  };
}

function readCondition(entry: JsonFields): Condition {
  const [kind, ...more] = CONDITIONS.filter((name) => entry.raw(name) !== undefined);
  if (kind === undefined) throw entry.error('prompt', 'must be there, or "class" or "caption" in its place');
  if (more.length > 0) throw entry.error(kind, 'must be the only one of "prompt", "class" and "caption"');
  switch (kind) {
    case 'prompt':
      return { kind, prompt: entry.anyText(kind, MAX_TEXT) };
    case 'caption':
      return { kind, file: entry.anyText(kind, MAX_TEXT) };
    case 'class':
      return { kind, label: entry.integer(kind, 0, 2 ** 32 - 1) };
  }
}

function readExpectation(fields: JsonFields): Expectation {
  const all = fields.list('all', MAX_EXPECTATIONS).map(readFinding);
  if (!all.every((finding) => finding !== undefined))
    throw fields.error('all', 'must be a list of [attribute, "is" or "is not", class]');
  return { rate: fields.anyText('rate', MAX_TEXT), all };
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
