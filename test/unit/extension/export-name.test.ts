import { describe, expect, it } from 'vitest';
import { exportName, numbered, slug } from '../../../extension/export-name';
import type { Condition } from '../../../sidecar/protocol';

const WHEN = new Date(2026, 10, 3, 4, 5, 6);

function name(
  template: string,
  condition: Condition = { kind: 'prompt', prompt: 'A red circle' },
  className?: string,
): string {
  const result = exportName(
    template,
    {
      condition,
      ...(className !== undefined && { className }),
      seed: 7,
      model: 'Shapes v1',
      decoder: 'zipar',
      decoderSettings: { window: 4 },
    },
    WHEN,
  );
  return result.kind === 'name' ? result.name : `unknown: ${result.variable}`;
}

describe('the name of an exported image', () => {
  it('is date, time, seed and prompt words by default', () => {
    expect(name('${date}-${time}-${seed}-${prompt}')).toBe('2026-11-03-040506-7-a-red-circle.png');
  });

  it('can hold model, decoder and window', () => {
    expect(name('${model} ${decoder} ${window}')).toBe('shapes-v1 zipar 4.png');
  });

  it('names a class or a caption file where there is no prompt', () => {
    expect(name('${prompt}', { kind: 'class', label: 207 })).toBe('class-207.png');
    expect(name('${prompt}', { kind: 'class', label: 207 }, 'golden retriever')).toBe(
      'class-207-golden-retriever.png',
    );
    expect(name('${prompt}', { kind: 'caption', file: 'C:\\data\\My Caption.safetensors' })).toBe(
      'my-caption.png',
    );
  });

  it('reports a variable it does not know', () => {
    expect(name('${date}-${sede}')).toBe('unknown: sede');
    expect(name('${constructor}')).toBe('unknown: constructor');
  });

  it.each([
    ['../../etc/passwd', 'etc-passwd.png'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a-b-c-d-e-f-g-h-i-j.png'],
    ['line\nbreak\u0000', 'line-break.png'],
    ['...hidden. ', 'hidden.png'],
    ['picture.PNG', 'picture.png'],
    ['', 'image.png'],
    ['///', 'image.png'],
    ['a\u202egnp\u2028b\u009bc\ud800', 'a-gnp-b-c.png'],
    ['trailing . . ', 'trailing.png'],
  ])('makes a file name of %j', (template, expected) => {
    expect(name(template)).toBe(expected);
  });

  it.each([
    'con',
    'NUL',
    'com1',
    'Lpt9',
    'aux.picture',
    'COM¹',
    'com².a',
    'LPT³',
    'conin$',
    'CONOUT$',
    'nul .x',
  ])('avoids %s, which Windows reserves', (reserved) => {
    expect(name(reserved)).toBe(`image-${reserved}.png`);
  });

  it('leaves names alone that only begin like a reserved one', () => {
    expect(name('console')).toBe('console.png');
  });

  it('stays short enough for every file system', () => {
    expect(name('x'.repeat(500)).length).toBe(124);
    for (const text of ['雪', '👩‍🔬', 'é', '🏔', 'a\u0301'.repeat(3)]) {
      const long = name(text.repeat(200));
      const bytes = Buffer.byteLength(numbered(long, 1000));
      expect(bytes).toBeLessThanOrEqual(143);
      expect(bytes).toBeGreaterThan(90);
      expect(long.endsWith(`${text}.png`)).toBe(true); // no character is split
    }
  });

  it('is cut, and then still none that Windows reserves or shortens', () => {
    expect(name(`${'x'.repeat(119)} . y`)).toBe(`${'x'.repeat(119)}.png`);
    expect(name(`${' '.repeat(130)}con`)).toBe('image.png');
  });
});

describe('a slug', () => {
  it('keeps letters and digits of any accent', () => {
    expect(slug('  Ein grüner Würfel, №2! ', 48)).toBe('ein-gruner-wurfel-no2');
  });

  it('is cut between words', () => {
    expect(slug('one two three', 8)).toBe('one-two');
    expect(slug('one two three', 7)).toBe('one-two');
    expect(slug('one two three', 6)).toBe('one');
  });

  it('is cut inside a word when the first alone is too long', () => {
    expect(slug('abcdefghij', 4)).toBe('abcd');
  });

  it('is empty for a prompt without Latin letters', () => {
    expect(slug('赤い丸', 48)).toBe('');
  });
});

describe('a taken name', () => {
  it('gets a number before its extension', () => {
    expect([1, 2, 3].map((attempt) => numbered('a.b.png', attempt))).toEqual([
      'a.b.png',
      'a.b-2.png',
      'a.b-3.png',
    ]);
  });
});
