import type { DecoderDescription } from '../sidecar/protocol';
import { requestOf, type RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { shellWord, type Shell } from './shell-word';

/**
 * The command that makes a run again on the command line. The run's texts may be foreign; the shell takes them as text.
 * @param decoders the sidecar's table: a value of the run that is no setting of its decoder is left out
 */
export function commandLine(
  settings: RepeatableSettings,
  decoders: readonly DecoderDescription[],
  shell: Shell,
): string {
  const { condition, decoderSettings = {}, grid, ...request } = requestOf(settings, decoders);
  const options: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['--class', condition.kind === 'class' ? condition.label : undefined],
    ['--caption', condition.kind === 'caption' ? condition.file : undefined],
    ['--model', request.model],
    ['--grid', grid?.join('x')],
    ['--suffix', request.suffix],
    ['--negative', request.negative],
    ['--seed', request.seed],
    ['--decoder', request.decoder],
    ...Object.entries(decoderSettings).map(([name, value]) => [optionName(name), value] as const),
    ['--cfg', request.guidance],
    ['--temperature', request.temperature],
    ['--top-k', request.topK],
    ['--top-p', request.topP],
    ['--precision', request.precision],
  ];
  const prompt = condition.kind === 'prompt' ? [condition.prompt] : [];
  const words = [
    ...options.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])),
    ...(request.greedy === true ? ['--greedy'] : []),
  ];
  // A prompt that begins like an option stands behind all options.
  const inOrder = prompt[0]?.startsWith('-') === true ? [...words, '--', ...prompt] : [...prompt, ...words];
  return ['npx zipar generate', ...inOrder.map((word) => shellWord(word, shell))].join(' ');
}

/** `--first-row` for `firstRow`. */
function optionName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
