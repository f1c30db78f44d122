import { fork, type ChildProcess } from 'node:child_process';
import type { ModelWishes } from '../model/model-folder';
import { EngineError, type DecodedImage } from './engine-messages';
import type { PictureReport, PictureRequest } from './picture-messages';
import { providerName } from './provider-choice';
import type { ExecutionOptions } from '../runtime/runtime';
import { sentence, type Said } from '../protocol/sentence';

/** The time, in ms, after which a process without work ends. The memory of the image decoder is then free again. */
const IDLE_MS = 60_000;

/**
 * Variables for the memory of C programs on Linux. An image decoder takes and frees many megabytes at a time. Without them, the
 * system's library keeps what was freed: a picture of 720 pixels took 60 MB more.
 */
const GIVES_MEMORY_BACK = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '1048576' } as const;

/** The picture to draw. */
export interface PictureJob {
  /** The model's folder, or its weight file; an absolute path. */
  readonly folder: string;
  readonly wishes: ModelWishes;
  readonly execution: ExecutionOptions;
  /** The tokens of all cells [H*W]; undecided cells are filled. */
  readonly tokens: Int32Array;
}

/** A picture, and the time that its drawing took. */
export interface DrawnPicture {
  readonly image: DecodedImage;
  readonly ms: number;
}

/** The colour of each code, and how long it took to find them. */
export interface FoundColours {
  /** [codes, 3], 0..255. */
  readonly colours: Uint8Array<ArrayBuffer>;
  readonly ms: number;
}

/** A request that waits for its answer. */
interface Drawing {
  readonly imageId: number;
  readonly request: Extract<PictureRequest, { readonly imageId: number }>;
  readonly resolve: (report: PictureReport) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Draws pictures one after another in a process of its own. Drawing is one native call that may take minutes, and only the end
 * of its process stops the call. In a process of its own, drawing does not block the inference thread, and a cancel ends it at
 * once.
 */
export class PictureProcess {
  private child: ChildProcess | undefined;
  /** The pictures to draw. The first one is being drawn. */
  private readonly queue: Drawing[] = [];
  private idle: NodeJS.Timeout | undefined;
  private lastImageId = 0;

  /**
   * @param program the script of the process: picture-program.ts, built
   * @param worker the script of the inference thread in that process
   */
  constructor(
    private readonly program: string,
    private readonly worker: string,
    private readonly idleMs = IDLE_MS,
  ) {}

  /** Opens an image decoder before it is needed. If this fails, the error is reported when a picture is drawn. */
  prepare({ folder, wishes, execution }: Omit<PictureJob, 'tokens'>): void {
    this.send({ type: 'open-image', folder, wishes, execution });
    if (this.queue.length === 0) this.endWhenIdle();
  }

  /**
   * Draws a picture.
   * @param signal ends the drawing at once
   * @throws EngineError; its code is `cancelled` after the signal was aborted
   */
  async draw(job: PictureJob, signal?: AbortSignal): Promise<DrawnPicture> {
    const report = await this.ask({ type: 'image', imageId: ++this.lastImageId, ...job }, signal);
    if (report.type !== 'image') throw new Error('The process drew no picture.');
    return { image: report.image, ms: report.ms };
  }

  /** Finds a colour for each code, for cheap previews. @param signal, @throws as {@link draw} */
  async colours(
    { folder, wishes, execution }: Omit<PictureJob, 'tokens'>,
    signal?: AbortSignal,
  ): Promise<FoundColours> {
    const imageId = ++this.lastImageId;
    const report = await this.ask({ type: 'colours', imageId, folder, wishes, execution }, signal);
    if (report.type !== 'colours') throw new Error('The process found no colours.');
    return { colours: report.colours, ms: report.ms };
  }

  /**
   * Turns a picture into tokens.
   * @param planes [3, height, width], -1..1, in the size of the model's grid
   * @param signal, @throws as {@link draw}
   */
  async encode(
    { folder, wishes, execution }: Omit<PictureJob, 'tokens'>,
    planes: Float32Array<ArrayBuffer>,
    signal?: AbortSignal,
  ): Promise<Int32Array> {
    const imageId = ++this.lastImageId;
    const report = await this.ask({ type: 'encode', imageId, folder, wishes, execution, planes }, signal);
    if (report.type !== 'tokens') throw new Error('The process encoded no picture.');
    return report.tokens;
  }

  /** Asks the process when all earlier requests are answered. */
  private ask(request: Drawing['request'], signal: AbortSignal | undefined): Promise<PictureReport> {
    return new Promise((resolve, reject) => {
      const { imageId } = request;
      const leave = (): void => {
        this.leave(imageId);
      };
      const settled = (): void => {
        signal?.removeEventListener('abort', leave);
      };
      this.queue.push({
        imageId,
        request,
        resolve: (report) => {
          settled();
          resolve(report);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      signal?.addEventListener('abort', leave);
      if (signal?.aborted === true) leave();
      else if (this.queue.length === 1) this.drawFirst();
    });
  }

  /** Ends the process. Pictures that are not drawn yet are cancelled. */
  close(): void {
    this.drop();
    for (const { reject } of this.queue.splice(0)) reject(new EngineError('cancelled', CANCELLED));
  }

  /** Cancels a picture. If it is being drawn, the process is ended, and another process draws the next picture. */
  private leave(imageId: number): void {
    const place = this.queue.findIndex((drawing) => drawing.imageId === imageId);
    const [left] = place < 0 ? [] : this.queue.splice(place, 1);
    left?.reject(new EngineError('cancelled', CANCELLED));
    if (place !== 0) return;
    this.drop();
    this.drawFirst();
  }

  private drawFirst(): void {
    clearTimeout(this.idle);
    const [first] = this.queue;
    if (first) this.send(first.request);
  }

  private send(request: PictureRequest): void {
    this.child ??= this.start();
    this.child.send(request, (error) => {
      // If the process has ended, the event 'exit' reports it.
      if (error) this.child?.kill('SIGKILL');
    });
  }

  private start(): ChildProcess {
    const child = fork(this.program, [this.worker], {
      execArgv: [],
      env: { ...GIVES_MEMORY_BACK, ...process.env },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const lost = (how: Said): void => {
      if (this.child === child) this.onLost(how);
    };
    child.on('message', (report: PictureReport) => {
      if (this.child === child) this.onReport(report);
    });
    child.on('error', (error) => {
      lost(error.message);
    });
    child.on('exit', (code, signal) => {
      lost(signal ? sentence`signal ${signal}` : sentence`exit code ${code ?? 0}`);
    });
    return child;
  }

  private onReport(report: PictureReport): void {
    const first = this.queue.shift();
    if (report.type === 'image-failed') first?.reject(EngineError.from(report.error));
    else first?.resolve(report);
    if (this.queue.length > 0) this.drawFirst();
    else this.endWhenIdle();
  }

  /** Handles an unexpected end of the process. The picture in work fails, and another process draws the next one. */
  private onLost(how: Said): void {
    this.drop();
    const lost = this.queue.shift();
    const provider = lost?.request.execution.provider ?? 'cpu';
    lost?.reject(
      new EngineError(
        provider === 'cpu' ? 'engine-failed' : 'provider-failed',
        sentence`The process that draws pictures on ${providerName(provider)} ended (${how}). If memory is short, end other programs, then ask for the picture again.`,
      ),
    );
    this.drawFirst();
  }

  private endWhenIdle(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.drop();
    }, this.idleMs).unref();
  }

  private drop(): void {
    const { child } = this;
    this.child = undefined;
    clearTimeout(this.idle);
    child?.kill('SIGKILL');
  }
}

const CANCELLED = sentence`The picture was cancelled before it was drawn; ask again.`;
