import * as l10n from '../l10n';
import {
  BufferTarget,
  CanvasSource,
  getFirstEncodableVideoCodec,
  Output,
  Quality,
  WebMOutputFormat,
} from 'mediabunny';
import type { AnimationForm } from '../../sidecar/protocol';
import { animatedPng, type AnimationFrame } from '../../sidecar/trace-file/apng';
import { cssColour } from '../canvas/colour-ramp';
import { context2d } from '../canvas/frame-canvas';
import { fitGrid } from '../canvas/grid-geometry';
import { PictureCanvas } from '../canvas/picture-canvas';
import { TokenGridCanvas } from '../canvas/token-grid-canvas';
import type { ColourMode } from '../canvas/cell-colours';
import { stepView } from '../step-view';
import type { Palette } from '../theme';
import { stepsDone, type Trace } from '../trace';
import { pngOf } from './canvas-png';
import type { StepPictures } from './step-pictures';

/** What an animation shows. */
export interface AnimationScene {
  readonly trace: Trace;
  readonly mode: ColourMode;
  readonly palette: Palette;
  readonly pictures: StepPictures;
}

/** Side of the picture and of the grid, in pixels. Even numbers, because video codecs ask for them. */
const SIDE = 384;
const GAP = 16;
/** Frames at most. A longer run leaves out steps. */
const MOST_FRAMES = 120;
/** Time for all steps together, and for the last one, ms. */
const STEPS_MS = 6000;
const LEAST_FRAME_MS = 40;
const MOST_FRAME_MS = 250;
const LAST_MS = 2000;

/** A moment of an animation. */
interface Moment {
  readonly step: number;
  readonly ms: number;
}

/** Draws a run from its first step to its last. @returns the file */
export async function animate(scene: AnimationScene, form: AnimationForm): Promise<Uint8Array> {
  const painter = new ScenePainter(scene, form.grid);
  const moments = momentsOf(stepsDone(scene.trace));
  return form.file === 'webm' ? webm(painter, moments) : apng(painter, moments);
}

/** The steps that an animation shows, and for how long. The last step is always among them. */
function momentsOf(steps: number): readonly Moment[] {
  const count = Math.min(steps + 1, MOST_FRAMES);
  const ms = Math.min(Math.max(STEPS_MS / count, LEAST_FRAME_MS), MOST_FRAME_MS);
  return Array.from({ length: count }, (_, i) => {
    const step = count > 1 ? Math.round((i / (count - 1)) * steps) : steps;
    return { step, ms: i === count - 1 ? LAST_MS : ms };
  });
}

async function apng(painter: ScenePainter, moments: readonly Moment[]): Promise<Uint8Array> {
  const frames: AnimationFrame[] = [];
  for (const { step, ms } of moments) {
    await painter.paint(step);
    frames.push({ png: await pngOf(painter.canvas), ms });
  }
  return animatedPng(frames);
}

async function webm(painter: ScenePainter, moments: readonly Moment[]): Promise<Uint8Array> {
  const format = new WebMOutputFormat();
  const { width, height } = painter.canvas;
  const codec = await getFirstEncodableVideoCodec(format.getSupportedVideoCodecs(), { width, height });
  if (!codec) throw new Error(l10n.t('This window can make no WebM video; export the animation as PNG.'));
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const source = new CanvasSource(painter.canvas, { codec, quality: new Quality('high') });
  output.addVideoTrack(source);
  await output.start();
  let at = 0;
  for (const { step, ms } of moments) {
    await painter.paint(step);
    await source.add(at / 1000, ms / 1000);
    at += ms;
  }
  await output.finalize();
  if (!target.buffer) throw new Error(l10n.t('The video has no content.'));
  return new Uint8Array(target.buffer);
}

/** Draws steps of a run on a canvas of its own: the picture, the token grid, or both. */
class ScenePainter {
  readonly canvas: HTMLCanvasElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly picture = new PictureCanvas();
  private readonly grid = new TokenGridCanvas();
  private readonly shown: readonly (PictureCanvas | TokenGridCanvas)[];

  constructor(
    private readonly scene: AnimationScene,
    withGrid: boolean,
  ) {
    const { trace, palette } = scene;
    const [rows, columns] = trace.run.grid;
    const geometry = fitGrid(rows, columns, SIDE, SIDE);
    const hasPicture = trace.run.patch > 0;
    this.shown = [...(hasPicture ? [this.picture] : []), ...(withGrid || !hasPicture ? [this.grid] : [])];
    for (const canvas of this.shown) {
      canvas.setPalette(palette);
      canvas.setGeometry(geometry);
    }
    this.canvas = document.createElement('canvas');
    const count = this.shown.length;
    this.canvas.width = even(count * geometry.width + (count + 1) * GAP);
    this.canvas.height = even(geometry.height + 2 * GAP);
    this.context = context2d(this.canvas, { alpha: false });
  }

  async paint(step: number): Promise<void> {
    const { trace, mode, palette, pictures } = this.scene;
    const view = stepView(trace, step);
    this.picture.show(trace, view, await pictures.at(step));
    this.grid.show(trace, view, mode);
    this.context.fillStyle = cssColour(palette.background);
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    let left = GAP;
    for (const canvas of this.shown) {
      canvas.drawNow();
      this.context.drawImage(canvas.element, left, GAP);
      left += canvas.element.width + GAP;
    }
  }
}

function even(length: number): number {
  return length + (length % 2);
}
