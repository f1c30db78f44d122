import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LockFile } from '../../files/lock-file';
import { writeWholeFile } from '../../files/write-whole-file';
import { ModelError } from '../model-error';
import { WeightsError } from '../weights/weights-error';
import { journalOf, packWeights } from './pack-weights';
import { PackingCancelled, PrecisionError } from './precision-error';
import { checkCancelled, type PackingListener } from './packing-listener';
import { NO_DIGEST, type PackingPlan } from './packing-plan';
import { inEnglish, sentence, type Sentence } from '../../protocol/sentence';

/** How often a process looks at the progress of another process's packing. */
const LOOK_EVERY_MS = 200;
/** Bytes that stay free on the disk. */
const SPARE_BYTES = 64e6;

/**
 * The packed file of a plan in a folder. It is made if there is none, otherwise used as it is. Its SHA-256 is checked at the
 * first opening, and again after its size or time of change differs. A file that fails is made again.
 *
 * @param folder is made if there is none; everything in it may be deleted at any time
 * @returns the file's path
 * @throws PrecisionError, PackingCancelled; ModelError, WeightsError when the weights cannot be packed
 */
export async function packedWeights(
  plan: PackingPlan,
  folder: string,
  listener: PackingListener,
): Promise<string> {
  const file = path.join(folder, `${plan.name}.safetensors`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await inspect(plan, file);
    if (found === 'sound') return file;
    if (found !== 'missing') {
      listener.onNotice(`${file} ${inEnglish(found)}; it was deleted and is packed anew.`);
      await remove(file);
    }
    await make(plan, file, listener);
    const made = await inspect(plan, file);
    if (made === 'sound') return file;
    await remove(file);
    throw new PrecisionError(
      sentence`${file} ${made === 'missing' ? sentence`was deleted` : made} right after it was packed; check the disk, or choose precision stored.`,
    );
  } catch (error) {
    if (OWN_ERRORS.some((kind) => error instanceof kind)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PrecisionError(
      sentence`The weights cannot be packed into ${folder} (${reason}); name another folder with ZIPAR_CACHE, or choose precision stored.`,
      { cause: error },
    );
  }
}

const OWN_ERRORS = [PrecisionError, PackingCancelled, ModelError, WeightsError];

/**
 * Packs, or waits while another process packs. A failure leaves no file. A cancelled packing leaves a partial file, from
 * which the next one goes on.
 */
async function make(plan: PackingPlan, file: string, listener: PackingListener): Promise<void> {
  const partial = `${file}.part`;
  const lock = await lockUnlessMade(plan, file, partial, listener);
  if (!lock) return;
  try {
    await checkDiskSpace(plan, partial);
    await packWeights(plan, partial, listener);
    await moveIntoPlace(partial, file);
    await rm(journalOf(partial), { force: true });
  } catch (error) {
    if (!(error instanceof PackingCancelled)) await removePartial(partial);
    throw error;
  } finally {
    await lock.release();
  }
}

/** Renames the partial file. If two processes held the lock, the other may already have moved the file that both wrote. */
async function moveIntoPlace(partial: string, file: string): Promise<void> {
  try {
    await rename(partial, file);
  } catch (error) {
    if ((await sizeOf(file)) === undefined) throw error;
  }
}

/** Takes the lock. Undefined when another process has made the file meanwhile. */
async function lockUnlessMade(
  plan: PackingPlan,
  file: string,
  partial: string,
  listener: PackingListener,
): Promise<LockFile | undefined> {
  for (;;) {
    const lock = await LockFile.tryTake(`${file}.lock`);
    if ((await sizeOf(file)) !== undefined) {
      await lock?.release();
      return undefined;
    }
    if (lock) return lock;
    checkCancelled(listener);
    listener.onProgress(Math.min(1, ((await sizeOf(partial)) ?? 0) / plan.dataBytes));
    await delay(LOOK_EVERY_MS);
  }
}

/** Checks that the packed file fits on the disk. @throws PrecisionError */
async function checkDiskSpace(plan: PackingPlan, partial: string): Promise<void> {
  const folder = path.dirname(partial);
  const { bavail, bsize } = await statfs(folder);
  const needed = plan.dataBytes - ((await sizeOf(partial)) ?? 0) + SPARE_BYTES;
  if (bavail * bsize >= needed) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new PrecisionError(
    sentence`The weights packed to ${plan.precision} need ${megabytes(needed)} in ${folder}, where ${megabytes(bavail * bsize)} are free; free some, name another folder with ZIPAR_CACHE, or choose precision stored.`,
  );
}

/** The state of the packed file: sound, missing, or the rest of a sentence about its damage. */
async function inspect(plan: PackingPlan, file: string): Promise<'sound' | 'missing' | Sentence> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return 'missing';
  const headerBytes = plan.header(NO_DIGEST).byteLength;
  if (found.size !== headerBytes + plan.dataBytes)
    return sentence`is ${found.size} bytes long instead of ${headerBytes + plan.dataBytes}`;
  const header = await readStart(file, headerBytes);
  const digest = /"sha256":"([0-9a-f]{64})"/.exec(header.toString('latin1'))?.[1] ?? '';
  if (!header.equals(plan.header(digest))) return sentence`is damaged at its beginning`;
  const stamp = `${found.size} ${found.mtimeMs} ${digest}\n`;
  const stampFile = checkedStampOf(file);
  if ((await readFile(stampFile, 'utf8').catch(() => undefined)) === stamp) return 'sound';
  if ((await digestOf(file, headerBytes)) !== digest) return sentence`is damaged: its SHA-256 is another`;
  await writeWholeFile(stampFile, [Buffer.from(stamp)]);
  return 'sound';
}

/** The file that records a successful check, with the size and time of change at that check. */
function checkedStampOf(file: string): string {
  return `${file}.checked`;
}

async function readStart(file: string, length: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const bytes = Buffer.alloc(length);
    await handle.read(bytes, 0, length, 0);
    return bytes;
  } finally {
    await handle.close();
  }
}

async function digestOf(file: string, start: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { start, highWaterMark: 4 << 20 }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

async function remove(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(checkedStampOf(file), { force: true });
}

async function removePartial(partial: string): Promise<void> {
  await rm(partial, { force: true });
  await rm(journalOf(partial), { force: true });
}
