/**
 * Adds the decoder of CONTRIBUTING.md to the table by one line, and changes nothing else. It then goes through the command line's
 * options, request, plan, decoding, trace and PNG. The list of `zipar eval`, the page and the picker name it.
 */
import path from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { offeredValues, nextDecoding, settingsToName } from '../../extension/decoder-choices';
import { parseGenerateOptions } from '../../extension/generate-options';
import { addSettingOptions, settingsFrom } from '../../sidecar/cli/decoder-options';
import { addGenerateCommand } from '../../sidecar/cli/generate';
import { addStepsCommand } from '../../sidecar/cli/steps';
import { configureDecoder, describeDecoders } from '../../sidecar/decoding/decoder-table';
import { Trace } from '../../sidecar/decoding/trace';
import { decodingCosts } from '../../sidecar/engine/decoding-costs';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { Providers } from '../../sidecar/engine/providers';
import { planRun, type RunPlan } from '../../sidecar/engine/run-plan';
import { everyDecoder, parseDecoders } from '../../sidecar/evaluation/evaluated-decoder';
import { generationText } from '../../sidecar/image/generation-metadata';
import { readModelFolder, type ModelFolder } from '../../sidecar/model/model-folder';
import type { GenerateRequest, RunDescription } from '../../sidecar/protocol';
import { settingsText } from '../../webview/run-text';
import { SMALL_MODEL } from '../fixtures/small-model';

// The one line.
vi.mock(import('../../sidecar/decoding/decoders'), async (original) => {
  const { LOOKAHEAD } = await import('../fixtures/lookahead-decoder');
  return { DECODERS: [...(await original()).DECODERS, LOOKAHEAD] };
});

describe('a decoder that is one file and one line of the table', () => {
  let model: ModelFolder;
  beforeAll(async () => {
    model = await readModelFolder(SMALL_MODEL);
  });

  function plan(request: Partial<GenerateRequest>): Promise<RunPlan> {
    return planRun(
      {
        condition: { kind: 'prompt', prompt: 'a lake at dusk' },
        seed: 7,
        provider: 'cpu',
        tokensOnly: true,
        ...request,
      },
      model,
      Providers.ofThisMachine(path.resolve(__dirname, '../../dist/provider-proof.js')),
    );
  }

  async function decoded({ job, grid, steps }: RunPlan): Promise<Trace> {
    const loaded = new LoadedModel(model, job.execution);
    try {
      const { input } = await loaded.preparePrompt(job.prompt);
      const forward = await loaded.forward(input, job.guidance);
      const trace = new Trace(grid, steps.least);
      for await (const step of configureDecoder(job.decoding).decode(forward, job.sampling))
        trace.record(step, 1);
      return trace;
    } finally {
      await loaded.release();
    }
  }

  it('is an option of the command line, with its settings', () => {
    const zipar = new Command();
    addGenerateCommand(zipar);
    addStepsCommand(zipar);
    for (const command of zipar.commands) {
      expect(command.helpInformation()).toContain('"lookahead"');
      expect(command.helpInformation().replace(/\s+/g, ' ')).toContain(
        '--ahead <n> cells that a step decides at most (lookahead)',
      );
    }
    const options = addSettingOptions(new Command(), describeDecoders())
      .parse(['--ahead', '6'], { from: 'user' })
      .opts();
    expect(settingsFrom(options, describeDecoders())).toEqual({ ahead: 6 });
  });

  it('makes raster order’s picture, is recorded in the PNG, and is named on the page', async () => {
    const lookahead = await plan({ decoder: 'lookahead', decoderSettings: { ahead: 6 } });
    expect(lookahead.steps).toMatchObject({ least: 1 + Math.ceil(255 / 6), most: 256 });
    const [trace, raster] = [await decoded(lookahead), await decoded(await plan({ decoder: 'raster' }))];
    expect([...trace.tokens]).toEqual([...raster.tokens]);
    expect(trace.steps).toBeLessThan(raster.steps);
    expect(new Set(trace.events.map(({ kind }) => kind))).toEqual(
      new Set(['drafted', 'confirmed', 'corrected']),
    );

    const run: RunDescription = {
      ...{ runId: 1, settings: lookahead.settings, decoder: lookahead.decoder },
      ...{ execution: lookahead.execution.described, grid: [16, 16], patch: 8, state: 'complete' },
      ...{ leastSteps: trace.steps, mostSteps: trace.steps, rasterSteps: 256 },
    };
    const origin = { program: '', madeAt: 0, noise: 1, weights: null };
    const text = new Map(generationText({ run, origin, notices: [], snapshot: { step: trace.steps } }));
    expect(text.get('parameters')).toContain('Sampler: Lookahead (6 cells ahead)');
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({ decoder: 'lookahead', ahead: 6 });
    expect(settingsText(run)).toContain('Lookahead, 6 cells ahead');
  });

  it('has a spelling in lists of decoders', () => {
    const [, six, two] = parseDecoders('lookahead:6,2', 16);
    expect(six).toEqual({
      decoder: 'lookahead',
      settings: { ahead: 6 },
      label: 'lookahead 6',
      series: 'lookahead',
    });
    expect(two?.label).toBe('lookahead 2');
    expect(everyDecoder(16)).toContain('lookahead:8,4,2,1');
    expect(() => parseDecoders('lookahead:17', 16)).toThrow(/Cells ahead 17 is outside 1\.\.16/);
  });

  it('is offered in the extension, with what it costs', () => {
    const [setting] = describeDecoders().find(({ name }) => name === 'lookahead')?.settings ?? [];
    const shown = { grid: [16, 16], defaults: { window: 9 } } as never;
    expect(setting && offeredValues(setting, shown)).toEqual([1, 2, 4, 8, 16]);
    const next = nextDecoding({ decoder: 'lookahead', decoderSettings: { ahead: 8 } }, { decoder: 'zipar' }, [
      ...describeDecoders(),
    ]);
    expect(settingsToName(next, shown).map(([{ label }, value]) => `${label} ${value}`)).toEqual([
      'Cells ahead 8',
    ]);
    const context = { grid: { height: 16, width: 16 }, modelWindow: 9 };
    expect(decodingCosts([next.choice], context)).toEqual([{ kind: 'steps', least: 33, most: 256 }]);
    expect(parseGenerateOptions({ decoder: 'lookahead', ahead: 3 }, describeDecoders())).toMatchObject({
      options: { fields: { decoder: 'lookahead', decoderSettings: { ahead: 3 } } },
    });
  });
});
