import { TensorDirectory } from './weights/tensor-directory';
import type { TensorLocation } from './weights/tensor-location';
import { quoted, WeightsError } from './weights/weights-error';
import { sentence } from '../protocol/sentence';

/** Parts that PyTorch's wrappers put into a name, at any place: compiled, sharded or recomputed blocks. */
const WRAPPERS: ReadonlySet<string> = new Set([
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  '_forward_module',
]);
/** Parts at the beginning of names when a module holds the model: data-parallel wrappers, trainers. */
const HOLDERS: ReadonlySet<string> = new Set(['module', 'model']);

/** The name that a tensor has in the model itself: "module._orig_mod.norm.weight" -> "norm.weight". */
function nameInModel(name: string): string {
  const parts = name.split('.').filter((part) => !WRAPPERS.has(part));
  const first = parts.findIndex((part) => !HOLDERS.has(part));
  return parts.slice(Math.max(0, first)).join('.');
}

/**
 * The tensors by the names they have in the model. A tensor with exactly that name wins over one in a wrapper. Where wrappers
 * leave a choice of two tensors, the name is unreadable, and the error names both.
 * @param file the checkpoint, for messages
 */
export function withoutWrapperNames(tensors: TensorDirectory, file: string): TensorDirectory {
  const wrapped = new Map<string, string[]>();
  for (const name of [...tensors.keys(), ...tensors.unreadable.keys()]) {
    const plain = nameInModel(name);
    if (plain === name || tensors.has(plain)) continue;
    const others = wrapped.get(plain);
    if (others) others.push(name);
    else wrapped.set(plain, [name]);
  }
  if (wrapped.size === 0) return tensors;
  const readable = new Map<string, TensorLocation>(tensors);
  const unreadable = new Map<string, WeightsError>(tensors.unreadable);
  for (const [plain, [name = plain, other]] of wrapped) {
    const problem =
      other === undefined ? tensors.unreadable.get(name) : severalOf(file, plain, [name, other]);
    const location = problem ? undefined : tensors.get(name);
    if (problem) unreadable.set(plain, problem);
    if (location) readable.set(plain, location);
  }
  return new TensorDirectory(readable, unreadable);
}

function severalOf(file: string, plain: string, names: readonly string[]): WeightsError {
  return new WeightsError(
    file,
    sentence`tensor ${quoted(plain)} may be ${names.map(quoted).join(' or ')}`,
    sentence`Keep the weights of one model in the file.`,
  );
}
