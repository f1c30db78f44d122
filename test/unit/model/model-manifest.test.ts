import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LLAMAGEN } from '../../../sidecar/model/families/llamagen/family';
import { ModelError } from '../../../sidecar/model/model-error';
import { NO_MANIFEST, parseManifest } from '../../../sidecar/model/model-manifest';

const GOLDEN = path.join(__dirname, '../../golden/llamagen-c2i/zipar-model.json');
const right = JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, unknown>;

function refusal(change: (manifest: Record<string, unknown>) => void): string {
  const copy = structuredClone(right);
  change(copy);
  try {
    parseManifest(JSON.stringify(copy), 'zipar-model.json');
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

const transformer = (manifest: Record<string, unknown>) => manifest.transformer as Record<string, unknown>;

describe('a manifest', () => {
  it('is read, and fields that it lacks stay undefined', () => {
    const { keys, defaults, grid } = parseManifest(JSON.stringify(right), 'zipar-model.json');
    expect(grid).toEqual([8, 8]);
    expect(keys).toMatchObject({ condition: { kind: 'class', classes: 10 }, vq: undefined });
    expect(Object.values(defaults).filter((value) => value !== undefined)).toEqual([]);
  });

  it('may contain nothing but its kind', () => {
    const { format, version, family } = right;
    const draft = parseManifest(JSON.stringify({ format, version, family }), 'zipar-model.json');
    const nothing = { transformer: undefined, condition: undefined, vq: undefined };
    expect(draft).toEqual({ ...NO_MANIFEST, family: LLAMAGEN, keys: { ...nothing, files: [] } });
  });

  it.each<[string, (manifest: Record<string, unknown>) => void]>([
    ['"format"', (m) => (m.format = 'gguf')],
    ['"name"', (m) => (m.name = 'a\nb')],
    ['"name"', (m) => (m.name = 'a\u202eb')],
    ['"name"', (m) => (m.name = 'x'.repeat(500))],
    ['"version"', (m) => (m.version = 2)],
    ['"family"', (m) => (m.family = 'diffusion')],
    ['"grid"', (m) => (m.grid = [8])],
    ['"grid"', (m) => (m.grid = [8, 1e9])],
    ['"transformer.heads"', (m) => (transformer(m).heads = 3)],
    ['"transformer.kvHeads"', (m) => (transformer(m).kvHeads = 3)],
    ['"transformer.layers"', (m) => (transformer(m).layers = 1.5)],
    ['"transformer.weights"', (m) => (transformer(m).weights = '../model.safetensors')],
    ['"transformer.weights"', (m) => (transformer(m).weights = 'C:\\model.safetensors')],
    ['"condition.kind"', (m) => (m.condition = { kind: 'telepathy' })],
    ['"condition.classes"', (m) => (m.condition = { kind: 'class' })],
    [
      '"condition.textEncoder"',
      (m) => (m.condition = { kind: 'caption-embedding', tokens: 8, dim: 8, textEncoder: '../t5' }),
    ],
    ['"transformer"', (m) => (m.transformer = [])],
    ['"defaults.window"', (m) => (m.defaults = { window: 9 })],
  ])('that is wrong is refused by the name of its field: %s', (field, change) => {
    const message = refusal(change);
    expect(message).toContain(field);
    expect(message).toContain('zipar-model.json');
    expect(message.length).toBeLessThan(300);
  });

  it.each(['\n', '\u0000', '\u001b', '\u007f', '\u009b', '\u2028', '\u200f', '\u202e', '\u2066', '\ud800'])(
    'has no control character in its name, and the message has none either: %j',
    (character) => {
      const message = refusal((manifest) => (manifest.name = `model${character}x`));
      expect(message).toContain('"name" must be one line without control characters');
      expect(message).not.toContain(character);
    },
  );

  it('may have a name in any script', () => {
    for (const name of ['Größe 3×4', '雪の山', 'עברית', '👩‍🔬']) {
      const manifest = JSON.stringify({ ...right, name });
      expect(parseManifest(manifest, 'zipar-model.json').name).toBe(name);
    }
  });

  it('that is no JSON is refused', () => {
    expect(() => parseManifest('{', 'a/zipar-model.json')).toThrow(
      'a/zipar-model.json: it is not valid JSON',
    );
  });
});
