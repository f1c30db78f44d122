import path from 'node:path';
import { encodePicture } from '../engine/encode-picture';
import type { DecodedImage } from '../engine/engine-messages';
import { recordOf } from '../engine/recorded-run';
import type { Run } from '../engine/run';
import { exists } from '../files/exists';
import { makeFolder, writeWholeFile } from '../files/write-whole-file';

/** Pictures that are kept of each decoder: those with the lowest numbers. */
export const PICTURES_KEPT = 8;

const FOLDER = 'pictures';

/** The pictures of a comparison that are kept as PNG files with their traces, in the folder of its report. */
export class KeptPictures {
  /** @param folder the folder of the report */
  constructor(private readonly folder: string) {}

  /** The path of a picture in the folder of the report, with forward slashes. */
  static pathOf(decoder: string, number: number): string {
    return `${FOLDER}/${decoder.replace(/[^\w.+-]+/g, '-')}-${number}.png`;
  }

  /** Whether the picture is to be kept and is not there. */
  async isMissing(decoder: string, number: number): Promise<boolean> {
    return number < PICTURES_KEPT && !(await exists(this.fileOf(decoder, number)));
  }

  /** Writes a picture. @throws OutputFileError */
  async add(decoder: string, number: number, run: Run, image: DecodedImage): Promise<void> {
    const file = this.fileOf(decoder, number);
    await makeFolder(path.dirname(file));
    await writeWholeFile(file, [await encodePicture(image, recordOf(run))]);
  }

  private fileOf(decoder: string, number: number): string {
    return path.join(this.folder, KeptPictures.pathOf(decoder, number));
  }
}
