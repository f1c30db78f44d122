import { PickleBytes } from './pickle-bytes';
import { describeCall, describeOuterPart } from './pickle-globals';
import {
  isKind,
  objectOf,
  PickleError,
  type PassedOver,
  type PickleDict,
  type PickleTuple,
  type PickleValue,
} from './pickle-values';
import { sentence } from '../../protocol/sentence';

/**
 * Opcodes at most: a bound on the memory that a hostile pickle can ask for. A tensor takes about 40 opcodes, so this is
 * enough for 25,000 tensors.
 */
const MAX_OPCODES = 1_000_000;
const MAX_STACK = 100_000;
const MAX_MARKS = 1000;
const OLDEST_PROTOCOL = 2;
const NEWEST_PROTOCOL = 5;

const LIST: PassedOver = { kind: 'passed over', what: sentence`a list` };
const SET: PassedOver = { kind: 'passed over', what: sentence`a set` };
const BYTES: PassedOver = { kind: 'passed over', what: 'bytes' };

/**
 * Reads the `data.pkl` of a `torch.save` file. The reader executes nothing that the pickle names. It knows how the tensors of
 * a state dict are described (`pickle-globals.ts`).
 * It passes over all other values, such as what trainers keep beside the weights. Work and memory grow with the number of
 * bytes, not with the sizes that the bytes claim.
 *
 * Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py, those that protocols 2 to 5 write
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
  [0x8b, (m) => m.bytes.long(m.bytes.uint32())], // LONG4
  [0x47, (m) => m.bytes.double()], // BINFLOAT
  [0x58, (m) => m.bytes.text(m.bytes.uint32())], // BINUNICODE
  [0x8c, (m) => m.bytes.text(m.bytes.uint8())], // SHORT_BINUNICODE
  [0x8d, (m) => m.bytes.text(m.bytes.uint64())], // BINUNICODE8

  [0x42, (m) => m.skip(m.bytes.uint32(), BYTES)], // BINBYTES
  [0x43, (m) => m.skip(m.bytes.uint8(), BYTES)], // SHORT_BINBYTES
  [0x8e, (m) => m.skip(m.bytes.uint64(), BYTES)], // BINBYTES8
  [0x96, (m) => m.skip(m.bytes.uint64(), BYTES)], // BYTEARRAY8

  [0x7d, () => ({ kind: 'dict', entries: new Map() })], // EMPTY_DICT
  [0x5d, () => LIST], // EMPTY_LIST
  [0x8f, () => SET], // EMPTY_SET
  [0x91, (m) => (m.popToMark(), SET)], // FROZENSET
  [0x29, () => ({ kind: 'tuple', items: [] })], // EMPTY_TUPLE
  [0x85, (m) => m.popTuple(1)], // TUPLE1
  [0x86, (m) => m.popTuple(2)], // TUPLE2
  [0x87, (m) => m.popTuple(3)], // TUPLE3
  [0x74, (m) => ({ kind: 'tuple', items: m.popToMark() })], // TUPLE

  [0x68, (m) => m.recall(m.bytes.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.bytes.uint32())], // LONG_BINGET
  [0x63, (m) => ({ kind: 'global', name: `${m.bytes.line()}.${m.bytes.line()}` })], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x51, (m) => describeOuterPart(m.pop())], // BINPERSID
  [0x52, (m) => call(m.popTuple(2))], // REDUCE
  [0x81, (m) => newObject(m.popTuple(2))], // NEWOBJ
  [0x92, (m) => newObject(m.popTuple(3))], // NEWOBJ_EX
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
        throw new PickleError(sentence`needs a stack of more than ${MAX_STACK} values`);
    }
    throw new PickleError(sentence`has more than ${MAX_OPCODES} opcodes`);
  }

  private result(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0 || this.marks.length > 0)
      throw new PickleError(sentence`leaves values behind at its end`);
    if (!this.bytes.isAtEnd) throw new PickleError(sentence`goes on after its end`);
    return value;
  }

  /** Executes an opcode that changes a value instead of leaving a new one. */
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
          throw new PickleError(sentence`is nested deeper than ${MAX_MARKS} levels`);
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
        this.pop();
        this.checkGrows();
        break;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.popToMark();
        this.checkGrows();
        break;
      case 0x62: // BUILD
        this.pop();
        this.checkHasState();
        break;
      case 0x30: // POP
        this.pop();
        break;
      case 0x31: // POP_MARK
        this.popToMark();
        break;
      default:
        throw new PickleError(
          sentence`uses the opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${this.bytes.position - 1}, which is not among those that are read`,
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
    if (height === undefined) throw new PickleError(sentence`closes what it never opened`);
    return this.stack.splice(height);
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined)
      throw new PickleError(sentence`refers to the value ${index}, which it never kept`);
    return value;
  }

  /** The top of the stack. Values from before the last MARK are out of reach. */
  private top(): PickleValue {
    const value = this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.at(-1) : undefined;
    if (value === undefined) throw new PickleError(sentence`takes a value from an empty stack`);
    return value;
  }

  /** Skips bytes without reading them, and returns a value in their place. */
  skip(length: number, value: PickleValue): PickleValue {
    this.bytes.skip(length);
    return value;
  }

  private setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (items.length % 2 !== 0) throw new PickleError(sentence`puts a key without a value into a dict`);
    if (isKind(dict, 'passed over')) return;
    if (!isKind(dict, 'dict'))
      throw new PickleError(sentence`puts an item into something that is not a dict`);
    for (let i = 0; i < items.length; i += 2) setItem(dict, items[i] ?? null, items[i + 1] ?? null);
  }

  /** Checks that the value on top can take items. Lists, sets and objects that behave like them are passed over. */
  private checkGrows(): void {
    if (!isKind(this.top(), 'passed over'))
      throw new PickleError(sentence`appends to something that is not a list`);
  }

  /**
   * Checks that the value on top can take a state. The state is passed over: an OrderedDict's is `_metadata`, which describes
   * no tensor.
   */
  private checkHasState(): void {
    const value = this.top();
    if (typeof value !== 'object' || value === null)
      throw new PickleError(sentence`sets the state of something that has none`);
  }
}

function checkProtocol(protocol: number): void {
  if (protocol >= OLDEST_PROTOCOL && protocol <= NEWEST_PROTOCOL) return;
  throw new PickleError(
    sentence`is written in protocol ${protocol}, not ${OLDEST_PROTOCOL} to ${NEWEST_PROTOCOL}`,
  );
}

/**
 * Sets an item, and refuses a key that is already set. In Python the second of two equal keys wins; such a file is not to be
 * trusted.
 */
function setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
  if (typeof key !== 'string') return;
  if (dict.entries.has(key))
    throw new PickleError(sentence`has the key ${JSON.stringify(key.slice(0, 200))} twice`);
  dict.entries.set(key, value);
}

function stackGlobal(machine: PickleMachine): PickleValue {
  const [module, name] = machine.popTuple(2).items;
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new PickleError(sentence`refers to a global without a name`);
  return { kind: 'global', name: `${module}.${name}` };
}

function call({ items: [callable, args] }: PickleTuple): PickleValue {
  if (!isKind(args, 'tuple')) throw new PickleError(sentence`calls a function without arguments`);
  if (isKind(callable, 'global')) return describeCall(callable.name, args.items);
  if (isKind(callable, 'passed over')) return callable;
  throw new PickleError(sentence`calls something that is not a function`);
}

/** Makes an object from a class and arguments. */
function newObject({ items: [type] }: PickleTuple): PickleValue {
  if (isKind(type, 'global')) return objectOf(type.name);
  if (isKind(type, 'passed over')) return type;
  throw new PickleError(sentence`makes an object of something that is not a class`);
}
