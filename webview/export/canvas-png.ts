import * as l10n from '../l10n';
/** A canvas as a PNG file. */
export async function pngOf(canvas: HTMLCanvasElement): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
  if (!blob) throw new Error(l10n.t('This window could not make a PNG file.'));
  return new Uint8Array(await blob.arrayBuffer());
}
