import { InvalidArgumentError, Option } from 'commander';
import { PRECISIONS, PROVIDER_FAILURE_POLICIES } from '../protocol';

/** Parses a whole number of an option, min..max. For all parsers here, commander puts the option's name before the message. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
    return value + 0; // turns -0 into 0
  };
}

/**
 * Parses a decimal number, optionally with a fraction and an exponent. It refuses other spellings of numbers, such as 0x10
 * or Infinity.
 */
export function decimal(text: string): number {
  const value = Number(text);
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) || !Number.isFinite(value))
    throw new InvalidArgumentError('It must be a number.');
  return value + 0; // turns -0 into 0
}

/** Parses `HxW`: rows, columns. */
export function gridShape(text: string): { height: number; width: number } {
  const match = /^(\d{1,4})x(\d{1,4})$/i.exec(text);
  const height = Number(match?.[1]);
  const width = Number(match?.[2]);
  if (!match || height < 1 || width < 1)
    throw new InvalidArgumentError('It must be ROWSxCOLUMNS, such as 16x16.');
  return { height, width };
}

/** `--provider`, the same on every command that computes. @param more further choices of this command */
export function providerOption(...more: readonly string[]): Option {
  return new Option('--provider <name>', 'where to compute').choices([
    'auto',
    'cpu',
    'webgpu',
    'cuda',
    'dml',
    'coreml',
    ...more,
  ]);
}

/** `--on-provider-failure`, which goes with `--provider`. */
export function providerFailureOption(): Option {
  return new Option(
    '--on-provider-failure <what>',
    'when the provider fails: go on on the CPU, or end with an error; fallback when absent',
  ).choices(PROVIDER_FAILURE_POLICIES);
}

/** `--precision`, the same on every command that runs a transformer. */
export function precisionOption(): Option {
  return new Option(
    '--precision <name>',
    "of the transformer's weights; fewer bits take less memory",
  ).choices(PRECISIONS);
}
