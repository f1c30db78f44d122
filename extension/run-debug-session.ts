import {
  DebugSession,
  InitializedEvent,
  OutputEvent,
  Source,
  StackFrame,
  StoppedEvent,
  TerminatedEvent,
  Thread,
} from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import {
  candidateVariables,
  cellVariables,
  draftVariables,
  feedVariables,
  frontVariables,
  maskVariables,
  type RunVariable,
} from '../sidecar/debugger/cell-variables';
import { DebuggerError, messageOf } from '../sidecar/debugger/debugger-error';
import { readToken } from '../sidecar/debugger/run-edits';
import { RunDebugger, type Moved } from '../sidecar/debugger/run-debugger';
import { RunSteps } from '../sidecar/debugger/run-steps';
import { lineOf, stepAtLine, stepListing } from '../sidecar/debugger/step-listing';
import type { BranchChanges, CellAlternatives } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { BREAKPOINT_FILTERS, RunBreakpoints } from './run-breakpoints';

/** What the debug adapter needs of the program around it. */
export interface DebugHost {
  /** Reads the run of a file. @throws an error whose message says why there is none */
  read(program: string): Promise<RunRecord>;
  /** Lets the model compute a cell's draw again. @throws an error whose message says why it cannot */
  candidates(record: RunRecord, cell: number): Promise<CellAlternatives>;
  /** Makes a branch of the run. The debugging has ended by then. */
  branch(program: string, changes: BranchChanges): void;
  /** Goes on with a run that was stopped before its end. The debugging has ended by then. */
  goOn(program: string): void;
  /** The debugger stands at another step. */
  stands(program: string, step: number): void;
}

/** The arguments of a launch. */
interface LaunchArguments extends DebugProtocol.LaunchRequestArguments {
  /** The file: a path, or a URI. */
  readonly program?: unknown;
  /** Conditions at which the run stops, besides the breakpoints. */
  readonly stopAt?: unknown;
}

/** The only source: the listing of the steps. */
const LISTING = 1;
/** Frames of a row: `row * MOST_FRAMES + place in the row`, from 1. */
const MOST_FRAMES = 1 << 20;
const SCOPES = ['Cell', 'Candidates', 'Front', 'Draft', 'Feed', 'Mask'] as const;
type ScopeName = (typeof SCOPES)[number];

/** A place whose variables a client can ask for. */
interface VariablePlace {
  readonly scope: ScopeName;
  readonly cell: number;
}

/**
 * Debug adapter of one run. The recorded part needs neither model nor sidecar. It knows nothing of VS Code, so the protocol's own
 * test client can drive it.
 */
export class RunDebugSession extends DebugSession {
  private program = '';
  private run: RunDebugger | undefined;
  private places: VariablePlace[] = [];
  private readonly breakpoints = new RunBreakpoints();
  /** Breakpoints that came before the run was read. */
  private readonly waiting: (() => void)[] = [];
  /** What is told after the answer to a request: a client expects the answer first. */
  private readonly untold: (() => void)[] = [];

  constructor(private readonly host: DebugHost) {
    super();
    this.setDebuggerLinesStartAt1(true);
    this.setDebuggerColumnsStartAt1(true);
  }

  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = {
      supportsConfigurationDoneRequest: true,
      supportsStepBack: true,
      supportsSetVariable: true,
      supportsFunctionBreakpoints: true,
      supportsConditionalBreakpoints: true,
      supportsEvaluateForHovers: true,
      supportsGotoTargetsRequest: true,
      supportsExceptionFilterOptions: true,
      exceptionBreakpointFilters: BREAKPOINT_FILTERS,
    };
    this.sendResponse(response);
  }

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    { program, stopAt }: LaunchArguments = {},
  ): void {
    void this.answer(response, async () => {
      if (typeof program !== 'string' || program === '')
        throw new DebuggerError('The launch needs a "program": a .zipar file, or a PNG with a trace.');
      this.program = program;
      this.run = new RunDebugger(new RunSteps(await this.host.read(program)));
      this.breakpoints.setStops(stopAt, this.run.steps);
      // Only now are the names known that conditions may use.
      this.tell(new InitializedEvent());
      for (const set of this.waiting.splice(0)) set();
    });
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    void this.answer(response, () => {
      this.stand('entry');
    });
  }

  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse): void {
    this.run = undefined;
    this.sendResponse(response);
  }

  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    { breakpoints = [] }: DebugProtocol.SetBreakpointsArguments,
  ): void {
    this.whenRead(response, ({ steps }) => {
      response.body = { breakpoints: this.breakpoints.setLines(breakpoints, steps) };
    });
  }

  protected override setFunctionBreakPointsRequest(
    response: DebugProtocol.SetFunctionBreakpointsResponse,
    { breakpoints }: DebugProtocol.SetFunctionBreakpointsArguments,
  ): void {
    this.whenRead(response, ({ steps }) => {
      response.body = { breakpoints: this.breakpoints.setConditions(breakpoints, steps) };
    });
  }

  protected override setExceptionBreakPointsRequest(
    response: DebugProtocol.SetExceptionBreakpointsResponse,
    { filters, filterOptions = [] }: DebugProtocol.SetExceptionBreakpointsArguments,
  ): void {
    this.whenRead(response, ({ steps }) => {
      const asked = [...filters.map((filterId) => ({ filterId })), ...filterOptions];
      response.body = { breakpoints: this.breakpoints.setFilters(asked, steps) };
    });
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    void this.answer(response, () => {
      response.body = {
        threads: this.reading.rows().map(({ row }) => new Thread(row + 1, `Row ${row + 1}`)),
      };
    });
  }

  protected override stackTraceRequest(
    response: DebugProtocol.StackTraceResponse,
    { threadId, startFrame = 0, levels = 0 }: DebugProtocol.StackTraceArguments,
  ): void {
    void this.answer(response, () => {
      const run = this.reading;
      const row = threadId - 1;
      const cells = run.rows().find((each) => each.row === row)?.cells ?? [];
      const shown = cells.slice(startFrame, levels > 0 ? startFrame + levels : undefined);
      const source = new Source(`${nameOf(this.program)}.zipar-steps`, undefined, LISTING);
      const stackFrames = shown.map((cell, i) => {
        const step = run.steps.isDecided(cell, run.step) ? (run.steps.stepOf(cell) ?? 0) : undefined;
        const text = step === undefined ? 'not decided yet' : `step ${step}`;
        // The newest cell of a row that waits stands at the step of the others.
        const line = startFrame + i === 0 ? run.step : (step ?? run.step);
        const id = row * MOST_FRAMES + startFrame + i + 1;
        return new StackFrame(id, `${run.steps.cellName(cell)}: ${text}`, source, lineOf(line), 1);
      });
      response.body = { stackFrames, totalFrames: cells.length };
    });
  }

  protected override scopesRequest(
    response: DebugProtocol.ScopesResponse,
    { frameId }: DebugProtocol.ScopesArguments,
  ): void {
    void this.answer(response, () => {
      const cell = this.cellOf(frameId);
      response.body = {
        scopes: SCOPES.map((name) => ({
          name,
          variablesReference: this.places.push({ scope: name, cell }),
          // The model computes the candidates only when the user opens them.
          expensive: name !== 'Cell',
        })),
      };
    });
  }

  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    { variablesReference }: DebugProtocol.VariablesArguments,
  ): void {
    void this.answer(response, async () => {
      const place = this.places[variablesReference - 1];
      const variables = place ? await this.variablesOf(place) : [];
      response.body = { variables: variables.map(shownVariable) };
    });
  }

  protected override setVariableRequest(
    response: DebugProtocol.SetVariableResponse,
    { variablesReference, name, value }: DebugProtocol.SetVariableArguments,
  ): void {
    void this.answer(response, () => {
      const place = this.places[variablesReference - 1];
      const variable = place && cellVariables(this.reading, place.cell).find((each) => each.name === name);
      if (place?.scope !== 'Cell' || variable?.isEditable !== true)
        throw new DebuggerError(
          `${name} cannot be set; only the token of a decided cell, or a forbidden token, can.`,
        );
      if (name === 'token') this.reading.edits.set(place.cell, readToken(value));
      else this.reading.edits.forbid(place.cell, readToken(value));
      const changed = cellVariables(this.reading, place.cell).find((each) => each.name === name);
      response.body = { value: changed?.value ?? value };
    });
  }

  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    { expression, frameId }: DebugProtocol.EvaluateArguments,
  ): void {
    void this.answer(response, () => {
      const run = this.reading;
      const value = run.evaluate(expression, frameId === undefined ? run.cell : this.cellOf(frameId));
      const result = typeof value === 'number' ? String(Number(value.toFixed(6))) : String(value);
      response.body = { result, variablesReference: 0 };
    });
  }

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    response.body = { allThreadsContinued: true };
    void this.answer(response, () => {
      const run = this.reading;
      if (run.edits.isEmpty) this.moved(run.runUntil(this.breakpoints.all), 'breakpoint');
      else this.makeBranch(run);
    });
  }

  protected override reverseContinueRequest(response: DebugProtocol.ReverseContinueResponse): void {
    void this.answer(response, () => {
      this.moved(this.reading.runBack(this.breakpoints.all), 'entry');
    });
  }

  protected override nextRequest(response: DebugProtocol.NextResponse): void {
    void this.answer(response, () => {
      this.moved(this.reading.next(), 'step');
    });
  }

  protected override stepInRequest(
    response: DebugProtocol.StepInResponse,
    { threadId }: DebugProtocol.StepInArguments,
  ): void {
    void this.answer(response, () => {
      this.moved(this.reading.nextIn(threadId - 1), 'step');
    });
  }

  protected override stepOutRequest(
    response: DebugProtocol.StepOutResponse,
    { threadId }: DebugProtocol.StepOutArguments,
  ): void {
    void this.answer(response, () => {
      this.moved(this.reading.outOf(threadId - 1), 'step');
    });
  }

  protected override stepBackRequest(response: DebugProtocol.StepBackResponse): void {
    void this.answer(response, () => {
      this.moved(this.reading.back(), 'step');
    });
  }

  protected override pauseRequest(response: DebugProtocol.PauseResponse): void {
    void this.answer(response, () => {
      this.stand('pause');
    });
  }

  protected override gotoTargetsRequest(
    response: DebugProtocol.GotoTargetsResponse,
    { line }: DebugProtocol.GotoTargetsArguments,
  ): void {
    void this.answer(response, () => {
      const step = stepAtLine(line, this.reading.steps);
      response.body = { targets: [{ id: step, label: `Step ${step}`, line: lineOf(step) }] };
    });
  }

  protected override gotoRequest(
    response: DebugProtocol.GotoResponse,
    { targetId }: DebugProtocol.GotoArguments,
  ): void {
    void this.answer(response, () => {
      this.moved(this.reading.goTo(targetId), 'goto');
    });
  }

  protected override sourceRequest(response: DebugProtocol.SourceResponse): void {
    void this.answer(response, () => {
      response.body = { content: stepListing(this.reading.steps) };
    });
  }

  /** The run. @throws DebuggerError when none was launched */
  private get reading(): RunDebugger {
    if (this.run) return this.run;
    throw new DebuggerError('No run is being debugged; start with a .zipar file, or a PNG with a trace.');
  }

  private async variablesOf({ scope, cell }: VariablePlace): Promise<readonly RunVariable[]> {
    const run = this.reading;
    switch (scope) {
      case 'Cell':
        return cellVariables(run, cell);
      case 'Candidates':
        return this.candidates(run, cell);
      case 'Front':
        return frontVariables(run);
      case 'Draft':
        return draftVariables(run);
      case 'Feed':
        return feedVariables(run);
      case 'Mask':
        return maskVariables(run, cell);
    }
  }

  private async candidates(run: RunDebugger, cell: number): Promise<readonly RunVariable[]> {
    if (!run.steps.isDecided(cell, run.step))
      return [{ name: 'candidates', value: 'the cell is not decided yet' }];
    try {
      return candidateVariables(await this.host.candidates(run.steps.record, cell));
    } catch (error) {
      return [{ name: 'candidates', value: `not there: ${messageOf(error)}` }];
    }
  }

  private cellOf(frameId: number): number {
    const row = Math.floor((frameId - 1) / MOST_FRAMES);
    const cells = this.reading.rows().find((each) => each.row === row)?.cells;
    const cell = cells?.[(frameId - 1) % MOST_FRAMES];
    if (cell !== undefined) return cell;
    throw new DebuggerError('The run stands at another step by now; choose the row again.');
  }

  private moved(moved: Moved, reason: string): void {
    if (moved.kind === 'stopped') this.stand(moved.isBreakpoint ? 'breakpoint' : reason);
    else this.end();
  }

  /** Says where the run stands. Earlier frames and variables are not valid any more. */
  private stand(reason: string): void {
    const run = this.reading;
    this.places = [];
    this.host.stands(this.program, run.step);
    const { width } = run.steps.record.snapshot;
    const cell = run.cell ?? run.steps.decided(run.step)[0];
    const row = cell === undefined ? run.rows()[0]?.row : Math.floor(cell / width);
    const event = new StoppedEvent(reason, (row ?? 0) + 1);
    const body: DebugProtocol.StoppedEvent['body'] = event.body;
    body.allThreadsStopped = true;
    if (reason === 'breakpoint' && run.cell !== undefined)
      body.text = `Step ${run.step}, ${run.steps.cellName(run.cell)}`;
    this.tell(event);
  }

  private tell(event: DebugProtocol.Event): void {
    this.untold.push(() => {
      this.sendEvent(event);
    });
  }

  /** All recorded steps are done. A run that was stopped goes on with its model. */
  private end(): void {
    const { steps } = this.reading;
    const { program } = this;
    this.run = undefined;
    this.tell(
      new OutputEvent(
        steps.isComplete
          ? `The run is complete after ${steps.count} steps.\n`
          : `The recorded ${steps.count} steps are done. The run goes on with its model.\n`,
        'console',
      ),
    );
    this.tell(new TerminatedEvent());
    this.untold.push(() => {
      if (!steps.isComplete) this.host.goOn(program);
    });
  }

  private makeBranch(run: RunDebugger): void {
    const changes = run.edits.changesAt(run.step);
    const { program } = this;
    this.run = undefined;
    this.tell(new OutputEvent(`A branch goes on after step ${changes.step ?? 0}.\n`, 'console'));
    this.tell(new TerminatedEvent());
    this.untold.push(() => {
      this.host.branch(program, changes);
    });
  }

  /** Answers a request for breakpoints as soon as the run is read: it says which names conditions may use. */
  private whenRead(response: DebugProtocol.Response, act: (run: RunDebugger) => void): void {
    const now = (): void => {
      void this.answer(response, () => {
        act(this.reading);
      });
    };
    if (this.run) now();
    else this.waiting.push(now);
  }

  /** Does what a request asks for, and answers it. A failure becomes the sentence that the user reads. */
  private async answer(response: DebugProtocol.Response, act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
      this.sendResponse(response);
    } catch (error) {
      // The library leaves out what does not begin with an underscore, as private data.
      const variables = { _reason: messageOf(error) };
      this.sendErrorResponse(response, { id: 1, format: '{_reason}', variables, showUser: true });
    }
    for (const tell of this.untold.splice(0)) tell();
  }
}

function shownVariable({ name, value, expression, isEditable }: RunVariable): DebugProtocol.Variable {
  return {
    name,
    value,
    variablesReference: 0,
    ...(expression !== undefined && { evaluateName: expression }),
    ...(isEditable !== true && { presentationHint: { attributes: ['readOnly'] } }),
  };
}

function nameOf(program: string): string {
  return program.split(/[\\/]/).at(-1) ?? program;
}
