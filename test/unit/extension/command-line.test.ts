import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../../extension/command-line';
import { addGenerateCommand } from '../../../sidecar/cli/generate';
import { describeDecoders } from '../../../sidecar/decoding/decoder-table';
import type { RepeatableSettings } from '../../../sidecar/trace-file/run-summary';

const decoders = describeDecoders();
const settings: RepeatableSettings = {
  model: 'vista-32',
  condition: { kind: 'prompt', prompt: 'mountains' },
  seed: 7,
  decoder: 'zipar',
  decoderSettings: { window: 4 },
  guidance: 1.5,
  temperature: 0.9,
  topK: 0,
  topP: 1,
  greedy: false,
  precision: 'stored',
};

function line(changes: Partial<RepeatableSettings> = {}): string {
  return commandLine({ ...settings, ...changes }, decoders, 'posix');
}

/** What `zipar generate` understands of a command line without quotation marks. */
async function understood(
  text: string,
): Promise<{ readonly prompt: string | undefined; readonly options: object }> {
  const zipar = new Command('zipar').exitOverride().configureOutput({ writeErr: () => undefined });
  addGenerateCommand(zipar);
  const seen: { prompt?: string; options: object } = { options: {} };
  zipar.commands[0]?.action((prompt: string | undefined, options: object) => {
    seen.options = options;
    if (prompt !== undefined) seen.prompt = prompt;
  });
  await zipar.parseAsync(text.split(' ').slice(2), { from: 'user' });
  return { prompt: seen.prompt, options: seen.options };
}

describe('a run as a command line', () => {
  it('names every setting, so that the command makes the same picture', async () => {
    const { prompt, options } = await understood(
      line({ greedy: true, grid: [16, 24], suffix: 'dusk', negative: 'fog' }),
    );
    expect(prompt).toBe('mountains');
    expect(options).toMatchObject({
      ...{ model: 'vista-32', seed: 7, decoder: 'zipar', window: 4, cfg: 1.5, temperature: 0.9 },
      ...{ topK: 0, topP: 1, precision: 'stored', greedy: true },
      ...{ grid: { height: 16, width: 24 }, suffix: 'dusk', negative: 'fog' },
    });
  });

  it('names a class by its number, and a caption by its file', async () => {
    const ofClass = await understood(line({ condition: { kind: 'class', label: 207 } }));
    expect(ofClass).toMatchObject({ prompt: undefined, options: { class: '207' } });
    const ofCaption = await understood(line({ condition: { kind: 'caption', file: 'boat.safetensors' } }));
    expect(ofCaption).toMatchObject({ prompt: undefined, options: { caption: 'boat.safetensors' } });
  });

  it('keeps a prompt a prompt that begins like an option', async () => {
    const { prompt, options } = await understood(line({ condition: { kind: 'prompt', prompt: '--out' } }));
    expect(prompt).toBe('--out');
    expect(options).not.toHaveProperty('out');
  });

  it('quotes what is foreign', () => {
    const prompt = "$(reboot) `reboot` it's";
    expect(line({ condition: { kind: 'prompt', prompt } })).toContain(
      "generate '$(reboot) `reboot` it'\\''s' --model",
    );
    expect(line({ model: 'a; reboot' })).toContain("--model 'a; reboot' ");
  });

  it.each(decoders.map(({ name }) => name))('gives %s its own settings, and no others', async (decoder) => {
    const all = Object.fromEntries(
      decoders.flatMap((each) =>
        each.settings.map(
          (setting) => [setting.name, setting.kind === 'choice' ? setting.otherwise : 3] as const,
        ),
      ),
    );
    const foreign = { out: '/etc/passwd', 'x; reboot': 1 };
    const text = line({
      decoder,
      decoderSettings: { ...all, ...foreign },
    });
    expect(text).not.toContain('reboot');
    const own = decoders.find(({ name }) => name === decoder)?.settings.map(({ name }) => name) ?? [];
    const { options } = await understood(text);
    const names = Object.keys(options);
    expect(
      Object.keys(all)
        .filter((name) => names.includes(name))
        .sort(),
    ).toEqual([...own].sort());
    expect(options).not.toHaveProperty('out');
  });

  it('quotes the settings of a decoder that the table does not have', () => {
    expect(line({ decoder: 'unknown', decoderSettings: { 'x; reboot': 1 } })).toContain("'--x; reboot' 1");
  });
});
