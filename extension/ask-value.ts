import { randomInt } from 'node:crypto';
import { l10n } from 'vscode';
import { MAX_COUNT } from './generate-options';
import { askForText, pickOrType, type Choice } from './window/quick-inputs';

/** A number that the user can choose. */
export interface AskedNumber {
  readonly label: () => string;
  /** What the number does, and its range. */
  readonly hint: () => string;
  readonly isValid: (value: number) => boolean;
}

/** Classifier-free guidance: 1 to 100. */
export const GUIDANCE: AskedNumber = {
  label: () => l10n.t('Guidance'),
  hint: () => l10n.t('How closely the image follows the prompt; 1 is no guidance'),
  isValid: (value) => value >= 1 && value <= 100,
};

/** Above 0, at most 10. */
export const TEMPERATURE: AskedNumber = {
  label: () => l10n.t('Temperature'),
  hint: () => l10n.t('How adventurous the choice of tokens is, above 0 to 10; 1 is the model as it is'),
  isValid: (value) => value > 0 && value <= 10,
};

/** How many of the likeliest tokens are considered; 0 is all. */
export const TOP_K: AskedNumber = {
  label: () => l10n.t('Top-K'),
  hint: () => l10n.t('How many of the likeliest tokens are considered; 0 is all'),
  isValid: (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff,
};

/** Share of the probability that the considered tokens have: above 0, at most 1. */
export const TOP_P: AskedNumber = {
  label: () => l10n.t('Top-P'),
  hint: () => l10n.t('Share of the probability that the considered tokens have, above 0 to 1; 1 is all'),
  isValid: (value) => value > 0 && value <= 1,
};

/** A whole number of 32 bits. */
export const SEED: AskedNumber = {
  label: () => l10n.t('Seed'),
  hint: () => l10n.t('A whole number from 0 to 4294967295'),
  isValid: (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff,
};

/** A whole number of a range. */
export function wholeNumber(label: string, least: number, most: number): AskedNumber {
  return {
    label: () => label,
    hint: () => l10n.t('A whole number from {0} to {1}', least, most),
    isValid: (value) => Number.isInteger(value) && value >= least && value <= most,
  };
}

/** The number of images of one command. */
const COUNT: AskedNumber = {
  label: () => l10n.t('Number of Images'),
  hint: () => l10n.t('A whole number from 1 to {0}', MAX_COUNT),
  isValid: (value) => Number.isInteger(value) && value >= 1 && value <= MAX_COUNT,
};

/** Asks for the number of images of one command. */
export function askCount(current: number): Promise<number | undefined> {
  return askNumber(COUNT, current);
}

/** Asks for a number in an input. Undefined when the user cancels. */
export async function askNumber(
  { label, hint, isValid }: AskedNumber,
  current?: number,
): Promise<number | undefined> {
  const text = await askForText({
    title: label(),
    prompt: hint(),
    value: current === undefined ? '' : String(current),
    problemWith: (input) =>
      input.trim() !== '' && isValid(Number(input))
        ? undefined
        : l10n.t('“{0}” does not fit: {1}', input, hint()),
  });
  return text === undefined ? undefined : Number(text);
}

interface SeedItem extends Choice {
  readonly seed: number | 'random' | 'typed';
}

/**
 * Asks for the seed: a new one for each image, the one of the image on screen, or a number. A number can be typed at once.
 * @param shown seed of the image on screen; undefined when there is none
 */
export async function askSeed(
  current: number | 'random',
  shown: number | undefined,
): Promise<number | 'random' | undefined> {
  const items: SeedItem[] = [
    { seed: 'random', icon: 'sync', label: l10n.t('random'), detail: l10n.t('Each image is different.') },
    ...(shown === undefined
      ? []
      : [
          {
            seed: shown,
            icon: 'eye',
            label: l10n.t('same as shown'),
            description: String(shown),
            detail: l10n.t('The seed of the image on screen.'),
          } as const,
        ]),
    {
      seed: 'typed',
      icon: 'lock',
      label: l10n.t('fixed'),
      description: current === 'random' ? '' : String(current),
      detail: l10n.t('The same prompt gives the same image.'),
    },
  ];
  const hint = l10n.t('Choose, or type a whole number from 0 to 4294967295');
  const chosen = await pickOrType<SeedItem>(items, { title: l10n.t('Seed'), placeHolder: hint }, (text) => {
    const seed = Number(text);
    return Promise.resolve(SEED.isValid(seed) ? { seed, icon: 'lock', label: String(seed) } : undefined);
  });
  if (chosen?.seed !== 'typed') return chosen?.seed;
  const known = current === 'random' ? (shown ?? newSeed()) : current;
  return askNumber(SEED, known);
}

/** A seed drawn at random. */
export function newSeed(): number {
  return randomInt(2 ** 32);
}
