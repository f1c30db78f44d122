import { placeOf, type AlignedRuns, type Alignment } from '../../sidecar/comparison/alignment';
import type { Announcer } from '../announcer';
import type { Clock } from '../clock';
import { moveCell, type KeyAction } from '../keyboard';
import { Player, type PlaySpeed } from '../player';
import { stepOfCell } from '../trace';
import { ZoomControl } from '../zoom-control';
import { align, type Comparison } from './comparison';
import {
  cellComparison,
  cellComparisonSentence,
  comparisonView,
  type ComparisonView,
} from './comparison-view';

/** Where the user looks in a comparison: the place of both runs on the slider, a cell, and a part of the grid. Carries out the user's actions. */
export class ComparisonController {
  readonly player: Player;
  readonly zoom: ZoomControl;
  private comparison: Comparison | undefined;
  private aligned: AlignedRuns | undefined;
  private pictureDifference: Float32Array | undefined;
  private cursor: number | undefined;
  private pointed: number | undefined;
  private announced: string | undefined;

  /**
   * @param by what the runs have in common at a place
   * @param place Infinity = the end of both runs
   */
  constructor(
    private alignedBy: Alignment,
    private place: number,
    clock: Clock,
    private readonly announcer: Announcer,
    private readonly refresh: () => void,
  ) {
    this.zoom = new ZoomControl(refresh);
    this.player = new Player(
      {
        step: () => this.view()?.place ?? 0,
        stepsDone: () => this.lastPlace(),
        msOfStep: (at) => this.msOfPlace(at),
        goTo: (at) => {
          this.place = at;
          refresh();
        },
      },
      clock,
      refresh,
    );
  }

  get by(): Alignment {
    return this.alignedBy;
  }

  /** The cell under the pointer, or else the cell of the keyboard's cursor. */
  get cell(): number | undefined {
    return this.pointed ?? this.cursor;
  }

  /** @param pictures how far the pictures differ in each cell, 0..1; undefined where a run has none */
  show(comparison: Comparison, pictures: Float32Array | undefined): void {
    this.comparison = comparison;
    this.pictureDifference = pictures;
    this.aligned = align(comparison, this.alignedBy);
  }

  view(): ComparisonView | undefined {
    return (
      this.comparison &&
      this.aligned &&
      comparisonView(this.comparison, this.aligned, this.alignedBy, this.place)
    );
  }

  /** Reads the place aloud, if it is another one. */
  announce({ sentence }: ComparisonView): void {
    if (sentence === this.announced) return;
    this.announced = sentence;
    this.announcer.say(sentence, this.player.playing);
  }

  act(action: KeyAction): void {
    const place = this.view()?.place ?? 0;
    switch (action.kind) {
      case 'move-step':
        this.goTo(place + action.by);
        return;
      case 'first-step':
        this.goTo(0);
        return;
      case 'last-step':
        this.goTo(Infinity);
        return;
      case 'toggle-play':
        this.player.toggle();
        return;
      case 'move-cell':
        this.moveCursor(action);
        return;
      case 'step-of-cell':
        if (this.cursor !== undefined) this.choose(this.cursor);
        return;
      case 'leave-cell':
        this.cursor = undefined;
        this.refresh();
        return;
      case 'zoom':
        if (this.comparison)
          this.zoom.zoomAtCell(action.by, this.cursor, this.comparison.runs[0].trace.snapshot);
        return;
      case 'whole-grid':
        this.zoom.showWholeGrid();
        return;
      // Only the page of one run has these.
      case 'begin-range':
      case 'end-range':
      case 'toggle-loop':
      case 'toggle-sight':
      case 'toggle-alternatives':
      case 'show-keys':
        return;
    }
  }

  goTo(place: number): void {
    this.player.pause();
    this.place = Math.min(Math.max(place, 0), this.lastPlace());
    this.refresh();
  }

  setAlignment(by: Alignment): void {
    const { comparison } = this;
    const view = this.view();
    this.alignedBy = by;
    if (!comparison || !view) return;
    this.player.pause();
    this.aligned = align(comparison, by);
    this.place = view.place === view.lastPlace ? Infinity : placeOf(this.aligned, 0, view.sides[0].step);
    this.refresh();
  }

  setSpeed(speed: PlaySpeed): void {
    this.player.setSpeed(speed);
    this.refresh();
  }

  /** The pointer is over a cell; undefined when it left. */
  point(position: number | undefined): void {
    if (position === this.pointed) return;
    this.pointed = position;
    this.refresh();
  }

  /** Goes to the first place at which both runs have decided a cell. If only one run decided it, goes to the place of that decision. */
  choose(position: number): void {
    const { comparison, aligned } = this;
    this.cursor = position;
    if (!comparison || !aligned) return;
    const places = ([0, 1] as const).flatMap((side) => {
      const step = stepOfCell(comparison.runs[side].trace, position);
      return step > 0 ? [placeOf(aligned, side, step)] : [];
    });
    if (places.length > 0) this.goTo(Math.max(...places));
    this.sayCell(position);
    this.refresh();
  }

  /** Goes to the first differing cell. */
  goToFirstDifference(): void {
    this.goToDifferenceAfter(-1);
  }

  /** Goes to the next differing cell after the cursor, and from the last one to the first. */
  goToNextDifference(): void {
    this.goToDifferenceAfter(this.cursor ?? -1);
  }

  private goToDifferenceAfter(after: number): void {
    const differing = this.comparison?.difference.differing ?? [];
    const next = differing.find((position) => position > after) ?? differing[0];
    if (next === undefined || !this.comparison) return;
    this.zoom.showCell(next, this.comparison.runs[0].trace.snapshot);
    this.choose(next);
  }

  private moveCursor(by: { readonly rows: number; readonly columns: number }): void {
    if (!this.comparison) return;
    this.pointed = undefined;
    const { snapshot } = this.comparison.runs[0].trace;
    this.cursor = moveCell(this.cursor, by, snapshot);
    this.zoom.showCell(this.cursor, snapshot);
    this.sayCell(this.cursor);
    this.refresh();
  }

  private sayCell(position: number): void {
    const view = this.view();
    if (!this.comparison || !view) return;
    const cell = cellComparison(this.comparison, view, position, this.pictureDifference);
    this.announced = view.sentence;
    this.announcer.say(cellComparisonSentence(cell), false);
  }

  private lastPlace(): number {
    return (this.aligned?.values.length ?? 1) - 1;
  }

  /** Time from the place before to this place, in ms, when both runs are played as they were decoded. */
  private msOfPlace(place: number): number {
    const { comparison, aligned } = this;
    if (!comparison || !aligned || place < 1) return 0;
    const times = ([0, 1] as const).map((side) => {
      const { stepMs } = comparison.runs[side].trace.snapshot;
      const [from, to] = [aligned.steps[side][place - 1] ?? 0, aligned.steps[side][place] ?? 0];
      return stepMs.subarray(from, to).reduce((sum, ms) => sum + ms, 0);
    });
    return this.alignedBy === 'time'
      ? (aligned.values[place] ?? 0) - (aligned.values[place - 1] ?? 0)
      : Math.max(...times);
  }
}
