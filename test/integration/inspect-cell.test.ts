/** A cell's draw, computed again by the real sidecar: it must agree with what the run recorded. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNDECIDED, type GenerateRequest } from '../../sidecar/protocol';
import type { RunRecord } from '../../sidecar/trace-file/run-record';
import { encodeTrace, readTraceFile } from '../../sidecar/trace-file/trace-file';
import { SidecarProcess, type Client } from './sidecar-process';
import { SMALL_MODEL } from '../fixtures/small-model';

const PATIENCE_MS = 120_000;
const SMALL = { model: SMALL_MODEL, provider: 'cpu' } as const;
const CELLS = [0, 1, 16, 17, 128, 255];

let sidecar: SidecarProcess;
let client: Client;
beforeAll(async () => {
  sidecar = await SidecarProcess.start();
  client = await sidecar.connect(PATIENCE_MS);
});
afterAll(() => sidecar.kill());

/** Makes a picture's tokens, and reads the trace that a file would keep. */
async function made(request: Partial<GenerateRequest>): Promise<{ runId: number; record: RunRecord }> {
  const { runId } = await client.generate({ ...SMALL, seed: 7, tokensOnly: true, ...request });
  await client.next('run-ended', (message) => message.runId === runId);
  const id = client.send({ type: 'export-trace', runId });
  const { file } = await client.nextFrame('file', (frame) => frame.file.id === id);
  const record = await readTraceFile(file.bytes);
  if (!record) throw new Error('The file holds no run.');
  return { runId, record };
}

describe('a cell that is inspected', { timeout: 2 * PATIENCE_MS }, () => {
  it.each([
    ['raster order', { decoder: 'raster', guidance: 1 }],
    ['ZipAR with guidance', { decoder: 'zipar', decoderSettings: { window: 4 }, guidance: 3, topK: 40 }],
    ['ZipAR with a lookahead', { decoder: 'zipar', decoderSettings: { window: 4, lookahead: 3 }, topP: 0.9 }],
    ['adaptive row starts', { decoder: 'zipar-adaptive', decoderSettings: { window: 3 } }],
  ] as const)('has the probability again that the run recorded: %s', async (_, request) => {
    const { runId, record } = await made(request);
    const { tokens, tracks } = record.snapshot;
    for (const position of CELLS) {
      const id = client.send({ type: 'inspect-cell', runId, position });
      const answer = await client.next('cell-alternatives', (message) => message.id === id);
      expect(answer).toMatchObject({ position, drawn: { token: tokens[position] } });
      // The file rounds probabilities to 16 bits.
      expect(answer.drawn.probability).toBeCloseTo(tracks[0]?.values[position] ?? NaN, 2);
      expect(answer.likeliest).toHaveLength(8);
      const probabilities = answer.likeliest.map(({ probability }) => probability);
      expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
      expect(answer.likeliest[answer.rank - 1]?.token ?? tokens[position]).toBe(tokens[position]);
      const isGuided = record.run.settings.guidance !== 1;
      for (const { unguided } of answer.likeliest)
        expect(typeof unguided).toBe(isGuided ? 'number' : 'object');
    }
  });

  it('is the same for a run that only a file knows', async () => {
    const { runId, record } = await made({ decoder: 'zipar', decoderSettings: { window: 4 } });
    const live = client.send({ type: 'inspect-cell', runId, position: 40 });
    const expected = await client.next('cell-alternatives', (message) => message.id === live);
    const trace = Buffer.from(await encodeTrace(record)).toString('base64');
    const id = client.send({ type: 'inspect-recorded', model: SMALL_MODEL, trace, position: 40 });
    expect(await client.next('cell-alternatives', (message) => message.id === id)).toMatchObject({
      rank: expected.rank,
      likeliest: expected.likeliest.map(({ token }) => expect.objectContaining({ token }) as unknown),
    });
  });

  it('belongs to a run whose likelihood in raster order is computed, too', async () => {
    const { record } = await made({ decoder: 'raster', guidance: 3, temperature: 1, topK: 0, topP: 1 });
    const trace = Buffer.from(await encodeTrace(record)).toString('base64');
    const id = client.send({ type: 'score-recorded', model: SMALL_MODEL, trace });
    const { nll } = await client.next('likelihoods', (message) => message.id === id);
    expect(nll).toHaveLength(256);
    // Raster order drew each token from this distribution.
    for (const [cell, value] of nll.entries())
      expect(Math.exp(-value)).toBeCloseTo(record.snapshot.tracks[0]?.values[cell] ?? NaN, 2);
    const nothing = new Int32Array(256).fill(UNDECIDED);
    const none = { ...record, snapshot: { ...record.snapshot, tokens: nothing, stepOf: nothing } };
    const empty = Buffer.from(await encodeTrace(none)).toString('base64');
    const refused = client.send({ type: 'score-recorded', model: SMALL_MODEL, trace: empty });
    const { error } = await client.next('error', (message) => message.id === refused);
    expect(error).toMatchObject({ code: 'bad-request' });
    expect(error.message).toContain('The first cell of the run is not decided');
  });

  it('is refused in a sentence: other weights, no such cell, a damaged trace, a picture that is being made', async () => {
    const { runId, record } = await made({ decoder: 'raster' });
    const refusal = async (request: { type: string } & Record<string, unknown>): Promise<string> => {
      const id = client.send(request);
      return (await client.next('error', (message) => message.id === id)).error.message;
    };
    expect(await refusal({ type: 'inspect-cell', runId, position: 256 })).toContain('choose a decided cell');
    const other = { ...record, origin: { ...record.origin, weights: 'ff'.repeat(32) } };
    const trace = Buffer.from(await encodeTrace(other)).toString('base64');
    expect(await refusal({ type: 'inspect-recorded', model: SMALL_MODEL, trace, position: 1 })).toContain(
      'other weights',
    );
    expect(
      await refusal({ type: 'inspect-recorded', model: SMALL_MODEL, trace: 'AAAA', position: 1 }),
    ).toContain('damaged');
    expect(await refusal({ type: 'score-recorded', model: SMALL_MODEL, trace })).toContain('other weights');
    const next = await client.generate({ ...SMALL, decoder: 'raster' });
    expect(await refusal({ type: 'inspect-cell', runId, position: 1 })).toContain('is being made');
    const own = Buffer.from(await encodeTrace(record)).toString('base64');
    expect(await refusal({ type: 'score-recorded', model: SMALL_MODEL, trace: own })).toContain(
      'is being made',
    );
    await client.next('run-ended', (message) => message.runId === next.runId);
  });
});
