import type { PictureFrame, Side } from '../../sidecar/protocol';
import type { Clock } from '../clock';
import { MAX_PICTURE_BYTES, RunPictures } from '../pictures';
import type { Trace } from '../trace';
import { pictureDifferences, runIdOfSide, type RecordedRun } from './comparison';

/** A run as the page gets it: its record, and the picture of its last step. */
export interface ArrivedRun extends RecordedRun {
  /** 8-bit RGB rows from the top; undefined for a run without a picture. */
  readonly picture: Pixels | undefined;
}

/** 8-bit RGB rows from the top. */
export type Pixels = Pick<PictureFrame, 'width' | 'height' | 'rgb'>;

/** Asks for the picture of a step. Returns the request's id, or undefined if nobody can draw now. */
export type DrawStep = (side: Side, step: number) => number | undefined;

/** The pictures of both runs: of their ends, and of the steps that were drawn for the page. */
export class ComparedPictures {
  /** How far the pictures of both ends differ in each cell, 0..1; undefined where a run has none. */
  readonly difference: Float32Array | undefined;
  private readonly sides: readonly [RunPictures, RunPictures];
  private canDraw = false;

  constructor(
    runs: readonly [ArrivedRun, ArrivedRun],
    private readonly draw: DrawStep,
    clock: Clock,
    refresh: () => void,
  ) {
    const picturesOf = (side: Side): RunPictures =>
      new RunPictures(
        runIdOfSide(side),
        (_, step) => (this.canDraw ? this.draw(side, step) : undefined),
        clock,
        refresh,
        MAX_PICTURE_BYTES / 2,
      );
    this.sides = [picturesOf(0), picturesOf(1)];
    for (const side of [0, 1] as const) {
      const { picture, record } = runs[side];
      if (picture) this.drawn(side, 0, record.snapshot.step, picture);
    }
    const [a, b] = runs;
    this.difference =
      a.picture && b.picture ? pictureDifferences(a.picture, b.picture, a.record.run.grid) : undefined;
  }

  dispose(): void {
    for (const pictures of this.sides) pictures.dispose();
  }

  /** Says whether somebody can draw now. */
  setCanDraw(canDraw: boolean): void {
    this.canDraw = canDraw;
    if (canDraw) for (const pictures of this.sides) pictures.reconnected();
  }

  /** The picture of a run's step, or of a step near it. The picture of the step itself is asked for. */
  at(side: Side, { run }: Trace, step: number): PictureFrame | undefined {
    this.sides[side].want(this.canDraw && run.patch > 0 ? step : undefined);
    return this.sides[side].nearest(step);
  }

  /** @param id of the request that the picture answers */
  drawn(side: Side, id: number, step: number, picture: Pixels): void {
    this.sides[side].received({ runId: runIdOfSide(side), id, step, ...picture });
  }

  notDrawn(side: Side, id: number): void {
    this.sides[side].failed(id);
  }
}
