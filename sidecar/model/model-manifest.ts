import type { ManifestKeys, ModelFamily } from './family';
import { FAMILIES } from './families';
import { modelFields, type Fields } from './json-fields';
import { parseModelJson } from './model-text';
import type { ManifestDefaults } from './sampling-defaults';
import { sentence, type Sentence } from '../protocol/sentence';

/** What a manifest says about a model of any family. */
export interface GeneralManifest {
  readonly name: string | undefined;
  /** Rows, columns of the token grid. */
  readonly grid: readonly [number, number] | undefined;
  readonly defaults: ManifestDefaults;
}

/** The contents of `zipar-model.json`. Each present field is checked; the weights may determine absent fields. */
export interface ManifestDraft extends GeneralManifest {
  readonly family: ModelFamily;
  readonly keys: ManifestKeys;
}

/** What is said about a model that has no manifest. */
export const NO_MANIFEST: GeneralManifest = {
  name: undefined,
  grid: undefined,
  defaults: {
    guidance: undefined,
    temperature: undefined,
    topK: undefined,
    topP: undefined,
    window: undefined,
  },
};

/**
 * Reads a manifest.
 * @param file its path, for messages
 * @throws ModelError naming the file and the field
 */
export function parseManifest(
  text: string,
  file: string,
  families: readonly ModelFamily[] = FAMILIES,
): ManifestDraft {
  const root = modelFields(parseModelJson(text, file), file);
  if (root.raw('format') !== 'zipar-model') throw root.error('format', sentence`must be "zipar-model"`);
  if (root.raw('version') !== 1)
    throw root.error('version', sentence`must be 1; a newer ZipAR Studio may know this one`);
  const family = families.find(({ name }) => name === root.raw('family'));
  if (!family) throw root.error('family', sentence`must be ${namesOf(families)}`);
  const grid = root.raw('grid') === undefined ? undefined : parseGrid(root);
  const defaults = root.optional('defaults', (fields) => parseDefaults(fields, grid?.[1]));
  return {
    family,
    name: root.raw('name') === undefined ? undefined : root.text('name'),
    grid,
    keys: family.parseKeys(root),
    defaults: defaults ?? NO_MANIFEST.defaults,
  };
}

function namesOf(families: readonly ModelFamily[]): Sentence {
  const names = families.map(({ name }) => `"${name}"`).join(', ');
  return families.length === 1
    ? sentence`${names}, the only family this version runs`
    : sentence`one of ${names}`;
}

function parseGrid(fields: Fields): readonly [number, number] {
  const grid = fields.integers('grid', 1, 1024);
  const [height, width] = grid;
  if (height === undefined || width === undefined || grid.length !== 2)
    throw fields.error('grid', sentence`must be [rows, columns]`);
  return [height, width];
}

/** Reads the defaults. @param width of the grid, where the manifest says it */
function parseDefaults(fields: Fields, width = 1024): ManifestDefaults {
  return {
    guidance: fields.present('guidance', (name) => fields.number(name, 0, 100)),
    temperature: fields.present('temperature', (name) => fields.number(name, 1e-3, 100)),
    topK: fields.present('topK', (name) => fields.integer(name, 0, 1 << 22)),
    topP: fields.present('topP', (name) => fields.number(name, 1e-6, 1)),
    window: fields.present('window', (name) => fields.integer(name, 1, width)),
  };
}
