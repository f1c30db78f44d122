import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import path from 'node:path';
import type { TensorLocation } from '../weights/tensor-location';

/**
 * Writes an ONNX graph (onnx.proto3 of ONNX 1.16) whose weights stay where they are. An initializer names file, offset and
 * length of the tensor inside the checkpoint ("external data"). Therefore the graph itself is a few kB.
 */

/** TensorProto.DataType of the types used here. */
const DATA_TYPE = {
  ...{ float32: 1, uint8: 2, int32: 6, int64: 7 },
  ...{ bool: 9, float16: 10, uint32: 12, bfloat16: 16 },
} as const;
export type ElementType = keyof typeof DATA_TYPE;

const STORED_TYPE: Partial<Record<TensorLocation['dtype'], ElementType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  U8: 'uint8',
};

/** Name of a value in the graph. One node puts the value out, and other nodes take it in. */
export type Value = string & { readonly __value: unique symbol };
/** A dimension: its length, or a name when the length changes from run to run. */
export type Dimension = number | string;
export type Attributes = Readonly<Record<string, number | Float | string | readonly number[]>>;

/** A float attribute. A plain number is written as an integer. */
export class Float {
  constructor(readonly value: number) {}
}

const OPSET = 21;
const IR_VERSION = 10;

export class GraphBuilder {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  private readonly constants = new Map<string, Value>();
  private count = 0;

  /**
   * @param folder the model folder: every weight must lie in it, because ONNX Runtime refuses paths that leave it
   * @param provider the provider that runs the graph
   */
  constructor(
    private readonly name: string,
    private readonly folder: string,
    private readonly provider = 'cpu',
  ) {}

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.inputs.push(valueInfo(name, type, shape));
    return name as Value;
  }

  output(value: Value, name: string, type: ElementType, shape: readonly Dimension[]): void {
    this.nodes.push(node('Identity', [value], [name], name, {}, ''));
    this.outputs.push(valueInfo(name, type, shape));
  }

  /** A tensor of the checkpoint as float32, left in place. A Cast widens a narrower type, and is folded when the model loads. */
  weight(name: string, location: TensorLocation): Value {
    const stored = this.stored(name, location);
    if (location.dtype === 'U8') throw new Error(`Tensor ${name} holds bytes, which are no weights.`);
    return location.dtype === 'F32' ? stored : this.cast(stored, 'float32');
  }

  /**
   * Rows of a matrix of the checkpoint, as float32. Rows are taken in the stored type and widened after.
   * ONNX Runtime would widen a whole tensor when the model loads. A large table would take gigabytes, but a pass needs only a
   * few rows.
   *
   * WebGPU cannot read float16 without `shader-f16`. On WebGPU, a float16 table is widened whole.
   */
  rows(name: string, location: TensorLocation, indices: Value): Value {
    const isWhole = location.dtype === 'F32' || (location.dtype === 'F16' && this.provider === 'webgpu');
    const table = isWhole ? this.weight(name, location) : this.stored(name, location);
    const rows = this.op('Gather', [table, indices], { axis: 0 });
    return isWhole ? rows : this.cast(rows, 'float32');
  }

  /** A tensor of the checkpoint in its stored type, left in place. */
  stored(name: string, location: TensorLocation): Value {
    const type = STORED_TYPE[location.dtype];
    if (!type) throw new Error(`Tensor ${name} has type ${location.dtype}, which is no weight type.`);
    this.initializers.push(
      externalTensor(
        name,
        type,
        location,
        path.relative(this.folder, location.file).replaceAll(path.sep, '/'),
      ),
    );
    return name as Value;
  }

  cast(x: Value, type: ElementType): Value {
    return this.op('Cast', [x], { to: DATA_TYPE[type] });
  }

  /** An int64 constant; a plain number is a scalar. Equal constants are shared. */
  int64(values: number | readonly number[]): Value {
    const key = `int64:${JSON.stringify(values)}`;
    const known = this.constants.get(key);
    if (known) return known;
    const list = typeof values === 'number' ? [values] : values;
    const name = this.freshName('int64');
    const data = BigInt64Array.from(list, BigInt);
    this.initializers.push(
      inlineTensor(
        name,
        'int64',
        typeof values === 'number' ? [] : [list.length],
        new Uint8Array(data.buffer),
      ),
    );
    this.constants.set(key, name);
    return name;
  }

  /** An int32 constant, a scalar. */
  int32(value: number): Value {
    const name = this.freshName('int32');
    this.initializers.push(inlineTensor(name, 'int32', [], new Uint8Array(Int32Array.of(value).buffer)));
    return name;
  }

  /** A float32 constant kept in the graph. */
  float32(values: Float32Array, shape: readonly number[]): Value {
    const name = this.freshName('float32');
    this.initializers.push(
      inlineTensor(
        name,
        'float32',
        shape,
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      ),
    );
    return name;
  }

  /** A uint32 constant kept in the graph. */
  uint32(values: Uint32Array, shape: readonly number[]): Value {
    const name = this.freshName('uint32');
    this.initializers.push(
      inlineTensor(
        name,
        'uint32',
        shape,
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      ),
    );
    return name;
  }

  /** A constant of bytes kept in the graph. */
  uint8(values: Uint8Array, shape: readonly number[]): Value {
    const name = this.freshName('uint8');
    this.initializers.push(inlineTensor(name, 'uint8', shape, values));
    return name;
  }

  /** A node with one output. ONNX Runtime's own operators are written `com.microsoft:Name`. */
  op(type: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const [output] = this.ops(type, inputs, 1, attributes);
    if (output === undefined) throw new Error(`${type} has no output.`);
    return output;
  }

  /** A node with several outputs. */
  ops(type: string, inputs: readonly Value[], outputCount: number, attributes: Attributes = {}): Value[] {
    const colon = type.indexOf(':');
    const operator = type.slice(colon + 1);
    const outputs = Array.from({ length: outputCount }, () => this.freshName(operator));
    this.nodes.push(
      node(
        operator,
        inputs,
        outputs,
        outputs[0] ?? operator,
        attributes,
        colon < 0 ? '' : type.slice(0, colon),
      ),
    );
    return outputs;
  }

  /** The serialised ModelProto. */
  build(): Uint8Array<ArrayBuffer> {
    const graph = message((writer) => {
      for (const bytes of this.nodes) writer.tag(1, WireType.LengthDelimited).bytes(bytes);
      text(writer, 2, this.name);
      for (const bytes of this.initializers) writer.tag(5, WireType.LengthDelimited).bytes(bytes);
      for (const bytes of this.inputs) writer.tag(11, WireType.LengthDelimited).bytes(bytes);
      for (const bytes of this.outputs) writer.tag(12, WireType.LengthDelimited).bytes(bytes);
    });
    return message((writer) => {
      integer(writer, 1, IR_VERSION);
      text(writer, 2, 'zipar-studio');
      writer.tag(7, WireType.LengthDelimited).bytes(graph);
      writer.tag(8, WireType.LengthDelimited).bytes(operatorSet('', OPSET));
      writer.tag(8, WireType.LengthDelimited).bytes(operatorSet('com.microsoft', 1));
    });
  }

  private freshName(stem: string): Value {
    return `${stem}_${this.count++}` as Value;
  }
}

function message(write: (writer: BinaryWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

function operatorSet(domain: string, version: number): Uint8Array {
  return message((writer) => {
    text(writer, 1, domain);
    integer(writer, 2, version);
  });
}

/** ValueInfoProto: name, and a TypeProto with element type and shape. */
function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): Uint8Array {
  const dimensions = message((writer) => {
    for (const dimension of shape) {
      const bytes = message((inner) => {
        if (typeof dimension === 'number') integer(inner, 1, dimension);
        else text(inner, 2, dimension);
      });
      writer.tag(1, WireType.LengthDelimited).bytes(bytes);
    }
  });
  const tensorType = message((writer) => {
    integer(writer, 1, DATA_TYPE[type]);
    writer.tag(2, WireType.LengthDelimited).bytes(dimensions);
  });
  return message((writer) => {
    text(writer, 1, name);
    writer
      .tag(2, WireType.LengthDelimited)
      .bytes(message((inner) => inner.tag(1, WireType.LengthDelimited).bytes(tensorType)));
  });
}

/** NodeProto. */
function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  name: string,
  attributes: Attributes,
  domain: string,
): Uint8Array {
  return message((writer) => {
    for (const input of inputs) text(writer, 1, input);
    for (const output of outputs) text(writer, 2, output);
    text(writer, 3, name);
    text(writer, 4, operator);
    for (const [key, value] of Object.entries(attributes)) {
      writer.tag(5, WireType.LengthDelimited).bytes(attribute(key, value));
    }
    if (domain !== '') text(writer, 7, domain);
  });
}

/** AttributeProto. `type` (field 20) says which of the value fields is used: 1 FLOAT, 2 INT, 3 STRING, 7 INTS. */
function attribute(name: string, value: Attributes[string]): Uint8Array {
  return message((writer) => {
    text(writer, 1, name);
    if (value instanceof Float) {
      writer.tag(2, WireType.Bit32).float(value.value);
      integer(writer, 20, 1);
    } else if (typeof value === 'number') {
      integer(writer, 3, value);
      integer(writer, 20, 2);
    } else if (typeof value === 'string') {
      text(writer, 4, value);
      integer(writer, 20, 3);
    } else {
      for (const item of value) integer(writer, 8, item);
      integer(writer, 20, 7);
    }
  });
}

/** TensorProto with its bytes inside. */
function inlineTensor(
  name: string,
  type: ElementType,
  shape: readonly number[],
  bytes: Uint8Array,
): Uint8Array {
  return message((writer) => {
    for (const length of shape) integer(writer, 1, length);
    integer(writer, 2, DATA_TYPE[type]);
    text(writer, 8, name);
    writer.tag(9, WireType.LengthDelimited).bytes(bytes);
  });
}

/** TensorProto that points into a file of the model folder; `data_location` (field 14) 1 = EXTERNAL. */
function externalTensor(name: string, type: ElementType, location: TensorLocation, file: string): Uint8Array {
  const entries = { location: file, offset: String(location.offset), length: String(location.byteLength) };
  return message((writer) => {
    for (const length of location.shape) integer(writer, 1, length);
    integer(writer, 2, DATA_TYPE[type]);
    text(writer, 8, name);
    for (const [key, value] of Object.entries(entries)) {
      const entry = message((inner) => {
        text(inner, 1, key);
        text(inner, 2, value);
      });
      writer.tag(13, WireType.LengthDelimited).bytes(entry);
    }
    integer(writer, 14, 1);
  });
}
