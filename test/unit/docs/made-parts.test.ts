import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { madeFiles, withMadeParts } from '../../docs/made-parts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

describe('the tables and plots of the documentation', () => {
  it('are what the committed figures give', async () => {
    for (const made of await madeFiles(ROOT)) {
      const document = await readFile(path.join(ROOT, made.file), 'utf8');
      expect(withMadeParts(document, made), `${made.file}; npm run docs`).toBe(document);
    }
  });

  it('stand between marks, and no part may be missing or unknown', () => {
    const document = 'Before.\n\n<!-- made: steps -->\nold\n<!-- /made -->\n\nAfter.\n';
    const made = withMadeParts(document, { file: 'a.md', parts: { steps: '| new |' } });
    expect(made).toBe('Before.\n\n<!-- made: steps -->\n\n| new |\n\n<!-- /made -->\n\nAfter.\n');
    expect(withMadeParts(made, { file: 'a.md', parts: { steps: '| new |' } })).toBe(made);
    expect(() => withMadeParts(document, { file: 'a.md', parts: {} })).toThrow(
      'a.md has the made part "steps"',
    );
    expect(() => withMadeParts('', { file: 'a.md', parts: { steps: '' } })).toThrow(
      'a.md lacks the made parts steps',
    );
  });
});
