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
import { DebuggerError } from '../sidecar/debugger/debugger-error';
import { readToken } from '../sidecar/debugger/run-edits';
import { RunDebugger, type Moved } from '../sidecar/debugger/run-debugger';
import { RunSteps } from '../sidecar/debugger/run-steps';
import { lineOf, stepAtLine, stepListing } from '../sidecar/debugger/step-listing';
import {
  sentence,
  type BranchChanges,
  type CellAlternatives,
  type Said,
  type Sentence,
} from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { breakpointFilters, RunBreakpoints } from './run-breakpoints';

/** What the debug adapter needs of the program around it. */
export interface DebugHost {
  /** Says a sentence in the user's language. */
  readonly say: (said: Said) => string;
  /** The sentence of an error, in the user's language. */
  readonly sayError: (error: unknown) => string;
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
const SCOPES = ['cell', 'candidates', 'front', 'draft', 'feed', 'mask'] as const;
type ScopeKind = (typeof SCOPES)[number];
const SCOPE_NAMES: Readonly<Record<ScopeKind, Sentence>> = {
  cell: sentence`Cell`,
  candidates: sentence`Candidates`,
  front: sentence`Front`,
  draft: sentence`Draft`,
  feed: sentence`Feed`,
  mask: sentence`Mask`,
};

/** A place whose variables a client can ask for. */
interface VariablePlace {
  readonly scope: ScopeKind;
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
  private readonly breakpoints: RunBreakpoints;
  /** Breakpoints that came before the run was read. */
  private readonly waiting: (() => void)[] = [];
  /** What is told after the answer to a request: a client expects the answer first. */
  private readonly untold: (() => void)[] = [];

  constructor(private readonly host: DebugHost) {
    super();
    this.breakpoints = new RunBreakpoints(host.sayError);
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
      exceptionBreakpointFilters: breakpointFilters(this.host.say),
    };
    this.sendResponse(response);
  }

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    { program, stopAt }: LaunchArguments = {},
  ): void {
    void this.answer(response, async () => {
      if (typeof program !== 'string' || program === '')
        throw new DebuggerError(
          sentence`The launch needs a "program": a .zipar file, or a PNG with a trace.`,
        );
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
        threads: this.reading
          .rows()
          .map(({ row }) => new Thread(row + 1, this.host.say(sentence`Row ${row + 1}`))),
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
        const text = step === undefined ? sentence`not decided yet` : sentence`step ${step}`;
        // The newest cell of a row that waits stands at the step of the others.
        const line = startFrame + i === 0 ? run.step : (step ?? run.step);
        const id = row * MOST_FRAMES + startFrame + i + 1;
        const name = this.host.say(sentence`${run.steps.cellName(cell)}: ${text}`);
        return new StackFrame(id, name, source, lineOf(line), 1);
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
        scopes: SCOPES.map((scope) => ({
          name: this.host.say(SCOPE_NAMES[scope]),
          variablesReference: this.places.push({ scope, cell }),
          // The model computes the candidates only when the user opens them.
          expensive: scope !== 'cell',
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
      response.body = { variables: variables.map((variable) => this.shown(variable)) };
    });
  }

  protected override setVariableRequest(
    response: DebugProtocol.SetVariableResponse,
    { variablesReference, name, value }: DebugProtocol.SetVariableArguments,
  ): void {
    void this.answer(response, () => {
      const place = this.places[variablesReference - 1];
      const edit = place?.scope === 'cell' ? this.variableOf(place.cell, name)?.edit : undefined;
      if (!place || edit === undefined)
        throw new DebuggerError(
          sentence`${name} cannot be set; only the token of a decided cell, or a forbidden token, can.`,
        );
      if (edit === 'token') this.reading.edits.set(place.cell, readToken(value));
      else this.reading.edits.forbid(place.cell, readToken(value));
      response.body = { value: this.host.say(this.variableOf(place.cell, name)?.value ?? value) };
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
      response.body = {
        targets: [{ id: step, label: this.host.say(sentence`Step ${step}`), line: lineOf(step) }],
      };
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
      response.body = { content: stepListing(this.reading.steps, this.host.say) };
    });
  }

  /** The run. @throws DebuggerError when none was launched */
  private get reading(): RunDebugger {
    if (this.run) return this.run;
    throw new DebuggerError(
      sentence`No run is being debugged; start with a .zipar file, or a PNG with a trace.`,
    );
  }

  private async variablesOf({ scope, cell }: VariablePlace): Promise<readonly RunVariable[]> {
    const run = this.reading;
    switch (scope) {
      case 'cell':
        return cellVariables(run, cell);
      case 'candidates':
        return this.candidates(run, cell);
      case 'front':
        return frontVariables(run);
      case 'draft':
        return draftVariables(run);
      case 'feed':
        return feedVariables(run);
      case 'mask':
        return maskVariables(run, cell);
    }
  }

  private async candidates(run: RunDebugger, cell: number): Promise<readonly RunVariable[]> {
    if (!run.steps.isDecided(cell, run.step))
      return [{ name: sentence`candidates`, value: sentence`the cell is not decided yet` }];
    try {
      return candidateVariables(await this.host.candidates(run.steps.record, cell));
    } catch (error) {
      return [{ name: sentence`candidates`, value: sentence`not there: ${this.host.sayError(error)}` }];
    }
  }

  /** A variable of a cell. @param name as the user reads it */
  private variableOf(cell: number, name: string): RunVariable | undefined {
    return cellVariables(this.reading, cell).find((each) => this.host.say(each.name) === name);
  }

  private shown({ name, value, expression, edit }: RunVariable): DebugProtocol.Variable {
    return {
      name: this.host.say(name),
      value: this.host.say(value),
      variablesReference: 0,
      ...(expression !== undefined && { evaluateName: expression }),
      ...(edit === undefined && { presentationHint: { attributes: ['readOnly'] } }),
    };
  }

  private cellOf(frameId: number): number {
    const row = Math.floor((frameId - 1) / MOST_FRAMES);
    const cells = this.reading.rows().find((each) => each.row === row)?.cells;
    const cell = cells?.[(frameId - 1) % MOST_FRAMES];
    if (cell !== undefined) return cell;
    throw new DebuggerError(sentence`The run stands at another step by now; choose the row again.`);
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
      body.text = this.host.say(sentence`Step ${run.step}, ${run.steps.cellName(run.cell)}`);
    this.tell(event);
  }

  private tell(event: DebugProtocol.Event): void {
    this.untold.push(() => {
      this.sendEvent(event);
    });
  }

  private print(line: Sentence): void {
    this.tell(new OutputEvent(`${this.host.say(line)}\n`, 'console'));
  }

  /** All recorded steps are done. A run that was stopped goes on with its model. */
  private end(): void {
    const { steps } = this.reading;
    const { program } = this;
    this.run = undefined;
    this.print(
      steps.isComplete
        ? sentence`The run is complete after ${steps.count} steps.`
        : sentence`The recorded ${steps.count} steps are done. The run goes on with its model.`,
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
    this.print(sentence`A branch goes on after step ${changes.step ?? 0}.`);
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
      const variables = { _reason: this.host.sayError(error) };
      this.sendErrorResponse(response, { id: 1, format: '{_reason}', variables, showUser: true });
    }
    for (const tell of this.untold.splice(0)) tell();
  }
}

function nameOf(program: string): string {
  return program.split(/[\\/]/).at(-1) ?? program;
}
