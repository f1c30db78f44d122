import { describe, expect, it } from 'vitest';
import { errorReport } from '../../../sidecar/engine/error-report';
import { EngineError } from '../../../sidecar/engine/engine-messages';
import { ModelError } from '../../../sidecar/model/model-error';
import { inEnglish, inLanguage, sentence } from '../../../sidecar/protocol';

const GERMAN: Readonly<Record<string, string>> = {
  '{0} holds {1}; name one.': 'In {0}: {1}; bitte eines nennen.',
  '{0} and {1}': '{0} und {1}',
};

function inGerman(english: string): string {
  return GERMAN[english] ?? english;
}

describe('a sentence', () => {
  const parts = sentence`${'a'} and ${'b {0}'}`;
  const whole = sentence`${'/models'} holds ${parts}; name one.`;

  it('is an English text and its values, which may be sentences', () => {
    expect(whole.text).toBe('{0} holds {1}; name one.');
    expect(inEnglish(whole)).toBe('/models holds a and b {0}; name one.');
  });

  it('is said in another language, in the order of that language, and its values are no templates', () => {
    expect(inLanguage(whole, inGerman)).toBe('In /models: a und b {0}; bitte eines nennen.');
    expect(inLanguage('as the system says', inGerman)).toBe('as the system says');
  });

  it('comes with the report of an error, from thread to thread', () => {
    const report = errorReport(new ModelError(whole));
    expect(report).toEqual({
      code: 'model-invalid',
      message: '/models holds a and b {0}; name one.',
      sentence: whole,
    });
    expect(errorReport(EngineError.from(report))).toEqual(report);
    expect(errorReport(new Error('a bug')).sentence?.text).toBe('The model could not be run: {0}');
  });
});
