import type { WeightFile } from './weight-file';
import { quoted, WeightsError } from './weights-error';
import { sentence } from '../../protocol/sentence';

/** The place of an uncompressed member in a ZIP file. */
export interface ZipEntry {
  readonly name: string;
  /** Offset of the member's first byte from the file's start. */
  readonly offset: number;
  /** Length in bytes. */
  readonly size: number;
  readonly crc32: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END_SIGNATURE = 0x06064b50;
const ZIP64_END_BYTES = 56;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const ZIP64_EXTRA_ID = 0x0001;
/**
 * The largest number of members. A checkpoint has one member for each tensor storage. The largest training checkpoint that we
 * know has 2,000 members, and its optimizer's storages are among them.
 */
const MAX_ENTRIES = 20_000;
/** The largest size of the directory, in bytes. */
const MAX_DIRECTORY_BYTES = 8 << 20;
/**
 * The number of bytes to read for a local header, in one read. A header with its name and with the padding that torch adds is
 * usually shorter. A longer header is read again.
 */
const LOCAL_HEADER_GUESS = 512;

const FLAG_SIZES_FOLLOW = 1 << 3;
/** The flags of members that cannot be read: encrypted, patched, strongly encrypted, masked. */
const FLAGS_REFUSED = (1 << 0) | (1 << 5) | (1 << 6) | (1 << 13);

/**
 * Reads the directory of a ZIP file (APPNOTE 6.3, also ZIP64). All members must be uncompressed, as `torch.save` writes them.
 * A file could be made so that two programs read different members from it. Three checks refuse such a file:
 * - The central directory ends where the end record begins.
 * - Each local header agrees with the central header.
 * - No two members overlap.
 *
 * @returns the members by name; folders are left out
 * @throws WeightsError when the file is damaged, compressed, encrypted, or too large
 */
export async function readZipDirectory(file: WeightFile): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findCentralDirectory(file);
  const headers = await readCentralHeaders(file, directory);
  const entries = new Map<string, ZipEntry>();
  let freeFrom = 0;
  for (const header of headers.sort((a, b) => a.localOffset - b.localOffset)) {
    const offset = await checkLocalHeader(file, header);
    if (header.localOffset < freeFrom)
      throw new WeightsError(file.path, sentence`the ZIP member ${quoted(header.name)} overlaps another`);
    freeFrom = offset + header.size;
    if (freeFrom > directory.offset)
      throw new WeightsError(
        file.path,
        sentence`the ZIP member ${quoted(header.name)} runs into the directory`,
      );
    entries.set(header.name, { name: header.name, offset, size: header.size, crc32: header.crc32 });
  }
  for (const name of entries.keys()) if (name.endsWith('/')) entries.delete(name);
  return entries;
}

interface CentralDirectory {
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

async function findCentralDirectory(file: WeightFile): Promise<CentralDirectory> {
  const tailLength = Math.min(file.size, END_BYTES + MAX_COMMENT_BYTES);
  const tail = await file.read(file.size - tailLength, tailLength, sentence`the end of the ZIP file`);
  const at = findEndRecord(tail);
  if (at === undefined) throw new WeightsError(file.path, sentence`the ZIP file has no directory at its end`);
  const endOffset = file.size - tailLength + at;
  const end = tail.subarray(at);
  const zip64 = await readZip64End(file, endOffset);
  const plain = {
    diskNumbers: [end.readUInt16LE(4), end.readUInt16LE(6)],
    entries: [end.readUInt16LE(8), end.readUInt16LE(10)],
    size: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
  };
  if (zip64) {
    checkPlainAgrees(file, [...plain.entries, zip64.entries], 0xffff);
    checkPlainAgrees(file, [plain.size, zip64.size], 0xffffffff);
    checkPlainAgrees(file, [plain.offset, zip64.offset], 0xffffffff);
  }
  const directory = zip64 ?? { offset: plain.offset, size: plain.size, entries: plain.entries[0] ?? 0 };
  if (plain.entries[0] !== plain.entries[1] || plain.diskNumbers.some((disk) => disk !== 0)) {
    throw new WeightsError(file.path, sentence`the ZIP file is one part of several`);
  }
  if (directory.offset + directory.size !== (zip64?.recordOffset ?? endOffset)) {
    throw new WeightsError(file.path, sentence`the ZIP directory is not where the end record says`);
  }
  if (directory.size > MAX_DIRECTORY_BYTES || directory.entries > MAX_ENTRIES) {
    throw new WeightsError(
      file.path,
      sentence`a ZIP directory of ${directory.entries} members (${directory.size} bytes) is too large`,
    );
  }
  return directory;
}

/**
 * Searches the tail backwards for an end record. A record has the right signature, and its comment ends exactly at the end of
 * the file.
 * @returns the offset of the first record found; undefined when there is none
 */
function findEndRecord(tail: Buffer): number | undefined {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (
      tail.readUInt32LE(at) === END_SIGNATURE &&
      at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length
    )
      return at;
  }
  return undefined;
}

/**
 * Checks a field of the plain end record against the same field of the ZIP64 end record.
 * @param values the values of the plain record, then the value of the ZIP64 record
 * @param allOnes the value that says "see the ZIP64 record"
 * @throws WeightsError when a value of the plain record is neither `allOnes` nor equal to the last value
 */
function checkPlainAgrees(file: WeightFile, values: readonly number[], allOnes: number): void {
  const wide = values.at(-1);
  if (values.every((value) => value === wide || value === allOnes)) return;
  throw new WeightsError(file.path, sentence`the two end records of the ZIP file disagree`);
}

async function readZip64End(
  file: WeightFile,
  endOffset: number,
): Promise<(CentralDirectory & { recordOffset: number }) | undefined> {
  const locatorOffset = endOffset - ZIP64_LOCATOR_BYTES;
  if (locatorOffset < ZIP64_END_BYTES) return undefined;
  const locator = await file.read(locatorOffset, ZIP64_LOCATOR_BYTES, sentence`the ZIP64 locator`);
  if (locator.readUInt32LE(0) !== ZIP64_LOCATOR_SIGNATURE) return undefined;
  const recordOffset = readSize(file, locator, 8);
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1)
    throw new WeightsError(file.path, sentence`the ZIP file is one part of several`);
  const record = await file.read(recordOffset, ZIP64_END_BYTES, sentence`the ZIP64 end record`);
  if (
    record.readUInt32LE(0) !== ZIP64_END_SIGNATURE ||
    recordOffset + 12 + readSize(file, record, 4) !== locatorOffset
  ) {
    throw new WeightsError(file.path, sentence`the ZIP64 end record is damaged`);
  }
  const entries = readSize(file, record, 24);
  if (
    record.readUInt32LE(16) !== 0 ||
    record.readUInt32LE(20) !== 0 ||
    readSize(file, record, 32) !== entries
  ) {
    throw new WeightsError(file.path, sentence`the ZIP file is one part of several`);
  }
  return { entries, size: readSize(file, record, 40), offset: readSize(file, record, 48), recordOffset };
}

/** Reads an unsigned 64-bit size or offset. @throws WeightsError when a JavaScript number cannot hold it exactly */
function readSize(file: WeightFile, bytes: Buffer, at: number): number {
  const size = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(size))
    throw new WeightsError(file.path, sentence`a 64-bit number of the ZIP file is out of range`);
  return size;
}

interface CentralHeader {
  readonly name: string;
  readonly nameBytes: Buffer;
  readonly flags: number;
  readonly crc32: number;
  readonly size: number;
  readonly localOffset: number;
}

async function readCentralHeaders(file: WeightFile, directory: CentralDirectory): Promise<CentralHeader[]> {
  const bytes = await file.read(directory.offset, directory.size, sentence`the ZIP directory`);
  const headers: CentralHeader[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let i = 0; i < directory.entries; i++) {
    const { header, end } = readCentralHeader(file, bytes, at);
    if (names.has(header.name))
      throw new WeightsError(file.path, sentence`the ZIP member ${quoted(header.name)} occurs twice`);
    names.add(header.name);
    headers.push(header);
    at = end;
  }
  if (at !== bytes.length)
    throw new WeightsError(file.path, sentence`the ZIP directory is longer than its members`);
  return headers;
}

function readCentralHeader(
  file: WeightFile,
  bytes: Buffer,
  at: number,
): { header: CentralHeader; end: number } {
  if (at + CENTRAL_BYTES > bytes.length || bytes.readUInt32LE(at) !== CENTRAL_SIGNATURE) {
    throw new WeightsError(file.path, sentence`the ZIP directory is damaged`);
  }
  const nameEnd = at + CENTRAL_BYTES + bytes.readUInt16LE(at + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
  const end = extraEnd + bytes.readUInt16LE(at + 32);
  if (end > bytes.length) throw new WeightsError(file.path, sentence`the ZIP directory is damaged`);
  const nameBytes = bytes.subarray(at + CENTRAL_BYTES, nameEnd);
  const name = decodeName(file, nameBytes);
  const flags = bytes.readUInt16LE(at + 8);
  const [size, packedSize, localOffset] = widen(
    file,
    [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)],
    bytes.subarray(nameEnd, extraEnd),
  );
  if (flags & FLAGS_REFUSED)
    throw new WeightsError(
      file.path,
      sentence`the ZIP member ${quoted(name)} is encrypted or patched`,
      sentence`Save it plainly.`,
    );
  if (bytes.readUInt16LE(at + 10) !== 0 || size !== packedSize) {
    throw new WeightsError(
      file.path,
      sentence`the ZIP member ${quoted(name)} is compressed`,
      sentence`Save the checkpoint with torch.save, which stores tensors as they are.`,
    );
  }
  const disk = bytes.readUInt16LE(at + 34);
  if (disk !== 0) throw new WeightsError(file.path, sentence`the ZIP file is one part of several`);
  return { header: { name, nameBytes, flags, crc32: bytes.readUInt32LE(at + 16), size, localOffset }, end };
}

const NAME_ENCODING = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeName(file: WeightFile, bytes: Buffer): string {
  try {
    const name = NAME_ENCODING.decode(bytes);
    if (name !== '' && !name.includes('\0')) return name;
  } catch {
    // The name is not UTF-8. The error below covers this case, too.
  }
  throw new WeightsError(file.path, sentence`a ZIP member has a name that is empty or not UTF-8`);
}

/**
 * Returns the three fields of a header, each as a 64-bit value. A field whose bits are all ones refers to the ZIP64 extra
 * field, and is replaced by the next value there. If no field refers to the extra field, it is not read.
 * @param fields size, packed size, local offset
 * @param extra the extra fields of the header
 */
function widen(
  file: WeightFile,
  fields: readonly [number, number, number],
  extra: Buffer,
): [number, number, number] {
  if (fields.every((field) => field !== 0xffffffff)) return [...fields];
  const wide = findZip64Extra(extra);
  let at = 0;
  const read = (field: number): number => {
    if (field !== 0xffffffff) return field;
    if (!wide || at + 8 > wide.length)
      throw new WeightsError(file.path, sentence`a ZIP member lacks its 64-bit sizes`);
    at += 8;
    return readSize(file, wide, at - 8);
  };
  return [read(fields[0]), read(fields[1]), read(fields[2])];
}

function findZip64Extra(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) return undefined;
    if (extra.readUInt16LE(at) === ZIP64_EXTRA_ID) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}

/** Checks that a local header agrees with its central header. @returns the offset of the member's first byte */
async function checkLocalHeader(file: WeightFile, header: CentralHeader): Promise<number> {
  const what = sentence`the local header of ${quoted(header.name)}`;
  const guess = Math.min(LOCAL_HEADER_GUESS, Math.max(LOCAL_BYTES, file.size - header.localOffset));
  const fixed = await file.read(header.localOffset, guess, what);
  const nameLength = fixed.readUInt16LE(26);
  const extraLength = fixed.readUInt16LE(28);
  const length = LOCAL_BYTES + nameLength + extraLength;
  const whole = length <= guess ? fixed : await file.read(header.localOffset, length, what);
  const variable = whole.subarray(LOCAL_BYTES, length);
  const agrees =
    fixed.readUInt32LE(0) === LOCAL_SIGNATURE &&
    fixed.readUInt16LE(6) === header.flags &&
    fixed.readUInt16LE(8) === 0 &&
    variable.subarray(0, nameLength).equals(header.nameBytes) &&
    localSizesAgree(file, header, fixed, variable.subarray(nameLength));
  if (!agrees) throw new WeightsError(file.path, sentence`${what} disagrees with the ZIP directory`);
  return header.localOffset + LOCAL_BYTES + nameLength + extraLength;
}

/**
 * Whether checksum and sizes are the same in the local header and in the central header. If the flag "sizes follow the data"
 * is set, they may be 0 in the local header.
 */
function localSizesAgree(file: WeightFile, header: CentralHeader, fixed: Buffer, extra: Buffer): boolean {
  const [size, packedSize] = widen(file, [fixed.readUInt32LE(22), fixed.readUInt32LE(18), 0], extra);
  const crc = fixed.readUInt32LE(14);
  const mayBeZero = (header.flags & FLAG_SIZES_FOLLOW) !== 0;
  const isFine = (local: number, central: number) => local === central || (mayBeZero && local === 0);
  return isFine(size, header.size) && isFine(packedSize, header.size) && isFine(crc, header.crc32);
}
