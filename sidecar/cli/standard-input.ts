import { CONTENT_PROBE_BYTES, findWrongContent } from '../files/file-content';
import { decodeText, InputFileError } from '../files/input-file';
import { systemReason } from '../files/system-reason';

/**
 * Reads standard input to its end: text of limited size in UTF-8, or in UTF-16, which Windows PowerShell 5.1 writes.
 * @param source name of the input in errors
 * @throws InputFileError also when standard input is a terminal, because the user was not told what to type
 */
export async function readStandardInput(source: string, maxBytes: number): Promise<string> {
  if (process.stdin.isTTY)
    throw new InputFileError(
      source,
      'this is the terminal',
      'Pipe tokens into it, such as those of "zipar generate --json".',
    );
  const bytes = await readAll(source, maxBytes);
  const wrong = findWrongContent(bytes.subarray(0, CONTENT_PROBE_BYTES));
  if (wrong) throw new InputFileError(source, wrong.problem, wrong.remedy);
  return decodeText(bytes, source);
}

async function readAll(source: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > maxBytes)
        throw new InputFileError(source, `there are more than ${maxBytes} bytes`, 'Pipe tokens into it.');
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof InputFileError) throw cause;
    throw new InputFileError(source, `it cannot be read (${systemReason(cause)})`, 'Name a file.', { cause });
  }
  return Buffer.concat(chunks);
}
