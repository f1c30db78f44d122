import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import * as l10n from '../../../webview/l10n';

const WEBVIEW = path.resolve(import.meta.dirname, '../../../webview');

afterEach(() => {
  l10n.useLanguage('en', {});
});

describe('a text of the page', () => {
  it('is the translation with its values, or else English', () => {
    l10n.useLanguage('de', { 'Step {0} of {1}': 'Schritt {0} von {1}' });
    expect(l10n.t('Step {0} of {1}', 3, 'mindestens 9')).toBe('Schritt 3 von mindestens 9');
    expect(l10n.t('seed {0}', 7)).toBe('seed 7');
    expect(l10n.t('{0}', '{1}')).toBe('{1}');
    expect(l10n.count(1072)).toBe('1.072');
  });
});

describe('the files of the page', () => {
  const files = readdirSync(WEBVIEW, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'));
  const textsIn = (file: string): readonly string[] =>
    textsOutside(file, readFileSync(path.join(WEBVIEW, file), 'utf8'));

  it.each(files)('%s has no text outside the localisation', (file) => {
    expect(textsIn(file)).toEqual([]);
  });

  it('would be found out', () => {
    const found = textsOutside(
      'x.ts',
      "element('p', {}, 'Hello'); setText(x, `Row ${row}`); l10n.t('Fine');",
    );
    expect(found).toEqual(['Hello', 'Row {}']);
  });
});

/** The texts of a source file that a user may read and that do not go through `l10n.t`. */
function textsOutside(file: string, content: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isCallExpression(node) && node.expression.getText() === 'l10n.t') {
      for (const value of node.arguments.slice(1)) visit(value);
      return;
    }
    const text = textOf(node);
    if (text !== undefined && isForPeople(node, text)) found.push(text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true));
  return found;
}

/** A literal's text, with {} where values stand. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}');
}

/** Whether a literal stands where people read it, or reads like words of a sentence. */
function isForPeople(node: ts.Node, text: string): boolean {
  if (!/\p{L}{2}/u.test(text) || isForPrograms(node, text)) return false;
  return standsOnPage(node) || /\p{L}[\p{L}',]*(\s|\{\})+[\p{L}{]/u.test(text);
}

/** Names of classes, selectors, and colours. */
function isForPrograms({ parent }: ts.Node, text: string): boolean {
  const isClass = ts.isPropertyAssignment(parent) && parent.name.getText() === 'class';
  return isClass || /^(mark |linear-gradient|input, |\{\}px )/.test(text);
}

/** Whether a literal is a child of an element, the text of a button, or an attribute that people hear. */
function standsOnPage(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) {
    const name = parent.expression.getText();
    const place = parent.arguments.findIndex((argument) => argument === node);
    if (name === 'element') return place >= 2;
    if (name === 'setText') return place === 1;
    return /^create(Button|ProgressRing)$/.test(name) && place === 0;
  }
  return (
    ts.isPropertyAssignment(parent) &&
    parent.initializer === node &&
    /^'?aria-(label|roledescription)'?$|^title$|placeholder/.test(parent.name.getText())
  );
}
