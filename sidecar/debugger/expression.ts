import { sentence, type Said } from '../protocol/sentence';
import { DebuggerError } from './debugger-error';

/** A number, or whether something holds. */
export type Value = number | boolean;

/** What the names of an expression mean. */
export interface Scope {
  /** The value of a name for the cell of the scope; undefined when it is not known there, as for an undecided cell. */
  value(name: string): Value | undefined;
  /** The scope of another cell. @param row from 1 @param column from 1. @throws DebuggerError when there is no such cell */
  cell(row: number, column: number): Scope;
  /** The scopes of the cells that the step decided. */
  decided(): readonly Scope[];
}

/** An expression, ready to be computed. The value is undefined when something in it is not known in the scope. */
export type Expression = (scope: Scope) => Value | undefined;

/** Functions over the cells that a step decided. */
const OVER_CELLS: Readonly<Record<string, (values: readonly number[]) => number | undefined>> = {
  count: (values) => values.filter((value) => value !== 0).length,
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  mean: (values) =>
    values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => (values.length === 0 ? undefined : Math.min(...values)),
  max: (values) => (values.length === 0 ? undefined : Math.max(...values)),
};

/**
 * Reads an expression: numbers, names, `+ - * /`, comparisons, `and or not` and parentheses. `entropy[3, 7]` is a value of
 * another cell. `mean(entropy)` is a function over the cells of the step.
 * @param names the names that may stand in it
 * @throws DebuggerError naming the place that cannot be read, and what may stand there
 */
export function parseExpression(text: string, names: readonly string[]): Expression {
  return new Parser(text, names).whole();
}

/** Whether a value counts as true. What is not known is not true. */
export function isTrue(value: Value | undefined): boolean {
  return value !== undefined && value !== 0 && value !== false;
}

const MAX_LENGTH = 1000;
const WORDS: Readonly<Record<string, string>> = { and: '&&', or: '||', not: '!', '=': '==' };
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

/** Reads the operators from the weakest to the strongest. */
class Parser {
  private readonly parts: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly names: readonly string[],
  ) {
    if (text.length > MAX_LENGTH)
      throw new DebuggerError(
        sentence`The expression has more than ${MAX_LENGTH} characters; make it shorter.`,
      );
    const found = text.match(/\d+(?:\.\d+)?|[A-Za-z_]\w*|&&|\|\||[<>=!]=|\S/g) ?? [];
    this.parts = found.map((part) => WORDS[part] ?? part);
  }

  whole(): Expression {
    if (this.parts.length === 0)
      throw new DebuggerError(sentence`The expression is empty; write one such as entropy > 3.`);
    const expression = this.or();
    if (this.at < this.parts.length) throw this.unexpected();
    return expression;
  }

  private or(): Expression {
    const sides = this.listOf('||', () => this.and());
    return sides.length === 1 ? first(sides) : (scope) => sides.some((side) => isTrue(side(scope)));
  }

  private and(): Expression {
    const sides = this.listOf('&&', () => this.not());
    return sides.length === 1 ? first(sides) : (scope) => sides.every((side) => isTrue(side(scope)));
  }

  private not(): Expression {
    if (!this.take('!')) return this.comparison();
    const inner = this.nested(() => this.not());
    return (scope) => {
      const value = inner(scope);
      return value === undefined ? undefined : !isTrue(value);
    };
  }

  private comparison(): Expression {
    const left = this.sum();
    const compare = COMPARISONS[this.parts[this.at] ?? ''];
    if (!compare) return left;
    this.at++;
    return combined(left, this.sum(), compare);
  }

  private sum(): Expression {
    return this.chainOf(['+', '-'], () => this.product());
  }

  private product(): Expression {
    return this.chainOf(['*', '/'], () => this.negation());
  }

  private negation(): Expression {
    if (!this.take('-')) return this.single();
    return combined(
      () => 0,
      this.nested(() => this.negation()),
      (_, value) => -value,
    );
  }

  private single(): Expression {
    const part = this.parts[this.at] ?? '';
    if (/^\d/.test(part)) {
      this.at++;
      return () => Number(part);
    }
    if (this.take('(')) return this.closed(')');
    if (!/^[A-Za-z_]/.test(part)) throw this.unexpected();
    this.at++;
    const over = Object.hasOwn(OVER_CELLS, part) ? OVER_CELLS[part] : undefined;
    if (over && this.take('(')) {
      const inner = this.closed(')');
      return (scope) => over(scope.decided().flatMap((cell) => numberOf(inner(cell)) ?? []));
    }
    if (!this.names.includes(part))
      throw new DebuggerError(sentence`“${part}” is no value of a cell; use ${listed(this.names)}.`);
    return this.take('[') ? this.ofCell(part) : (scope) => scope.value(part);
  }

  private ofCell(name: string): Expression {
    const row = this.nested(() => this.sum());
    this.require(',');
    const column = this.nested(() => this.sum());
    this.require(']');
    return (scope) => {
      const [r, c] = [numberOf(row(scope)), numberOf(column(scope))];
      return r === undefined || c === undefined ? undefined : scope.cell(r, c).value(name);
    };
  }

  private closed(end: string): Expression {
    const inner = this.nested(() => this.or());
    this.require(end);
    return inner;
  }

  private listOf(operator: string, read: () => Expression): readonly Expression[] {
    const sides = [read()];
    while (this.take(operator)) sides.push(read());
    return sides;
  }

  private chainOf(operators: readonly string[], read: () => Expression): Expression {
    let left = read();
    for (;;) {
      const operator = operators.find((each) => this.take(each));
      const combine = operator === undefined ? undefined : ARITHMETIC[operator];
      if (!combine) return left;
      left = combined(left, read(), combine);
    }
  }

  /** Keeps an expression of many brackets from overflowing the stack. */
  private nested<T>(read: () => T): T {
    if (++this.depth > 50)
      throw new DebuggerError(sentence`The expression has too many brackets; make it simpler.`);
    const result = read();
    this.depth--;
    return result;
  }

  private take(part: string): boolean {
    if (this.parts[this.at] !== part) return false;
    this.at++;
    return true;
  }

  private require(part: string): void {
    if (!this.take(part)) throw this.unexpected(part);
  }

  private unexpected(wanted?: string): DebuggerError {
    const part = this.parts[this.at];
    const where =
      part === undefined
        ? sentence`“${this.text}” ends too early`
        : sentence`“${part}” does not fit into “${this.text}”`;
    return new DebuggerError(
      wanted === undefined
        ? sentence`${where}; write a condition such as entropy > 3.`
        : sentence`${where}; “${wanted}” is missing.`,
    );
  }
}

function combined(left: Expression, right: Expression, combine: (a: number, b: number) => Value): Expression {
  return (scope) => {
    const [a, b] = [numberOf(left(scope)), numberOf(right(scope))];
    return a === undefined || b === undefined ? undefined : combine(a, b);
  };
}

function numberOf(value: Value | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function first(sides: readonly Expression[]): Expression {
  return sides[0] ?? (() => undefined);
}

function listed(names: readonly string[]): Said {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : sentence`${names.slice(0, -1).join(', ')} or ${last}`;
}
