import { PickleBytes } from './pickle-bytes';
import { describeCall, describeOuterPart, isPickleGlobal } from './pickle-globals';
import { isKind, PickleError, type PickleDict, type PickleTuple, type PickleValue } from './pickle-values';

/** A tensor takes about 40 opcodes: enough for 25,000 tensors, and a bound on the memory a hostile pickle can ask for. */
const MAX_OPCODES = 1_000_000;
const MAX_STACK = 100_000;
const MAX_MARKS = 1000;
const OLDEST_PROTOCOL = 2;
const NEWEST_PROTOCOL = 5;

/**
 * Reads the `data.pkl` of a `torch.save` file. Nothing is executed: the reader knows the opcodes of a state dict and
 * the names in `pickle-globals.ts`, for which it makes descriptions, and refuses everything else by name.
 *
 * Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 *
 * @throws PickleError
 */
export function readStateDictPickle(bytes: Buffer): PickleValue {
  return new PickleMachine(new PickleBytes(bytes)).run();
}

/** Opcodes that leave one new value on the stack. */
const VALUE_OPCODES: ReadonlyMap<number, (m: PickleMachine) => PickleValue> = new Map<
  number,
  (m: PickleMachine) => PickleValue
>([
  [0x4e, () => null], // NONE
  [0x88, () => true], // NEWTRUE
  [0x89, () => false], // NEWFALSE
  [0x4a, (m) => m.bytes.int32()], // BININT
  [0x4b, (m) => m.bytes.uint8()], // BININT1
  [0x4d, (m) => m.bytes.uint16()], // BININT2
  [0x8a, (m) => m.bytes.long(m.bytes.uint8())], // LONG1
  [0x47, (m) => m.bytes.double()], // BINFLOAT
  [0x58, (m) => m.bytes.text(m.bytes.uint32())], // BINUNICODE
  [0x8c, (m) => m.bytes.text(m.bytes.uint8())], // SHORT_BINUNICODE
  [0x7d, () => ({ kind: 'dict', entries: new Map() })], // EMPTY_DICT
  [0x5d, () => ({ kind: 'list', items: [] })], // EMPTY_LIST
  [0x29, () => ({ kind: 'tuple', items: [] })], // EMPTY_TUPLE
  [0x85, (m) => m.popTuple(1)], // TUPLE1
  [0x86, (m) => m.popTuple(2)], // TUPLE2
  [0x87, (m) => m.popTuple(3)], // TUPLE3
  [0x74, (m) => ({ kind: 'tuple', items: m.popToMark() })], // TUPLE
  [0x68, (m) => m.recall(m.bytes.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.bytes.uint32())], // LONG_BINGET
  [0x63, (m) => globalReference(m.bytes.line(), m.bytes.line())], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x51, (m) => describeOuterPart(m.pop())], // BINPERSID
  [0x52, reduce], // REDUCE
]);

const STOP = 0x2e;

class PickleMachine {
  private readonly stack: PickleValue[] = [];
  /** Heights of the stack at the open MARKs. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(readonly bytes: PickleBytes) {}

  run(): PickleValue {
    for (let count = 0; count < MAX_OPCODES; count++) {
      const opcode = this.bytes.uint8();
      if (opcode === STOP) return this.result();
      const value = VALUE_OPCODES.get(opcode)?.(this);
      if (value === undefined) this.act(opcode);
      else this.stack.push(value);
      if (this.stack.length > MAX_STACK)
        throw new PickleError(`needs a stack of more than ${MAX_STACK} values`);
    }
    throw new PickleError(`has more than ${MAX_OPCODES} opcodes`);
  }

  private result(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0 || this.marks.length > 0)
      throw new PickleError('leaves values behind at its end');
    if (!this.bytes.isAtEnd) throw new PickleError('goes on after its end');
    return value;
  }

  /** Opcodes that change something instead of leaving a new value. */
  private act(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        checkProtocol(this.bytes.uint8());
        break;
      case 0x95: // FRAME
        this.bytes.checkFrame();
        break;
      case 0x28: // MARK
        if (this.marks.length === MAX_MARKS)
          throw new PickleError(`is nested deeper than ${MAX_MARKS} levels`);
        this.marks.push(this.stack.length);
        break;
      case 0x71: // BINPUT
        this.memo.set(this.bytes.uint8(), this.top());
        break;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.bytes.uint32(), this.top());
        break;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.top());
        break;
      case 0x73: // SETITEM
        this.setItems(this.popTuple(2).items);
        break;
      case 0x75: // SETITEMS
        this.setItems(this.popToMark());
        break;
      case 0x61: // APPEND
        this.append([this.pop()]);
        break;
      case 0x65: // APPENDS
        this.append(this.popToMark());
        break;
      case 0x62: // BUILD
        this.ignoreState();
        break;
      default:
        throw new PickleError(
          `uses the opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${this.bytes.position - 1}, which no state dict needs`,
        );
    }
  }

  pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  popTuple(length: number): PickleTuple {
    const items = Array.from({ length }, () => this.pop()).reverse();
    return { kind: 'tuple', items };
  }

  popToMark(): PickleValue[] {
    const height = this.marks.pop();
    if (height === undefined) throw new PickleError('closes what it never opened');
    return this.stack.splice(height);
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw new PickleError(`refers to the value ${index}, which it never kept`);
    return value;
  }

  /** What was on the stack before the last MARK is out of reach. */
  private top(): PickleValue {
    const value = this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.at(-1) : undefined;
    if (value === undefined) throw new PickleError('takes a value from an empty stack');
    return value;
  }

  private setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!isKind(dict, 'dict')) throw new PickleError('puts an item into something that is not a dict');
    if (items.length % 2 !== 0) throw new PickleError('puts a key without a value into a dict');
    for (let i = 0; i < items.length; i += 2) setItem(dict, items[i] ?? null, items[i + 1] ?? null);
  }

  private append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!isKind(list, 'list')) throw new PickleError('appends to something that is not a list');
    for (const item of items) list.items.push(item);
  }

  /** Modules leave `_metadata` on the OrderedDict of their state dict. It says nothing about tensors. */
  private ignoreState(): void {
    this.pop();
    if (!isKind(this.top(), 'dict'))
      throw new PickleError('sets the state of something that is not an OrderedDict');
  }
}

function checkProtocol(protocol: number): void {
  if (protocol >= OLDEST_PROTOCOL && protocol <= NEWEST_PROTOCOL) return;
  throw new PickleError(`is written in protocol ${protocol}, not ${OLDEST_PROTOCOL} to ${NEWEST_PROTOCOL}`);
}

/** Python would let the second of two equal keys win; a file that needs that is not to be trusted. */
function setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
  if (key === null || typeof key === 'object')
    throw new PickleError('has a dict key that is neither text nor number');
  if (dict.entries.has(key))
    throw new PickleError(`has the key ${JSON.stringify(String(key).slice(0, 200))} twice`);
  dict.entries.set(key, value);
}

function stackGlobal(machine: PickleMachine): PickleValue {
  const { items } = machine.popTuple(2);
  const [module, name] = items;
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new PickleError('refers to a global without a name');
  return globalReference(module, name);
}

function globalReference(module: string, name: string): PickleValue {
  const global = `${module}.${name}`;
  if (isPickleGlobal(global)) return { kind: 'global', name: global };
  throw new PickleError(`refers to ${JSON.stringify(global.slice(0, 200))}, which no state dict needs`);
}

function reduce(machine: PickleMachine): PickleValue {
  const args = machine.pop();
  const callable = machine.pop();
  if (!isKind(callable, 'global') || !isKind(args, 'tuple'))
    throw new PickleError('calls something that is not a known function');
  return describeCall(callable.name, args.items);
}
