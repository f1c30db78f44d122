/** The least speed of an answer. Without it, a server that sends one byte a second could hold a download for ever. */
export interface LeastSpeed {
  readonly windowMs: number;
  /** Bytes that must come in each window. */
  readonly bytes: number;
}

/** 100 bytes a second: slower than any connection that could download a model. */
export const LEAST_SPEED: LeastSpeed = { windowMs: 30_000, bytes: 3000 };

/** An answer came too slowly. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/**
 * Reads a body. The time that the reader of the chunks needs is not counted.
 * @param signal ends the request
 * @throws TooSlowError when fewer bytes come than {@link LeastSpeed} asks for; this ends the request
 */
export async function* readBody(
  body: ReadableStream<Uint8Array> | null,
  { windowMs, bytes: least }: LeastSpeed,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  let came = 0;
  let isWaiting = false;
  let tooSlow: TooSlowError | undefined;
  const end = (): void => {
    void reader.cancel().catch(() => undefined);
  };
  signal.addEventListener('abort', end);
  const timer = setInterval(() => {
    if (isWaiting && came < least) {
      tooSlow = new TooSlowError(`${came} bytes came in ${windowMs / 1000} seconds`);
      end();
    }
    came = 0;
  }, windowMs);
  try {
    for (;;) {
      isWaiting = true;
      const { done, value } = await reader.read();
      isWaiting = false;
      signal.throwIfAborted();
      if (tooSlow) throw tooSlow;
      if (done) return;
      came += value.byteLength;
      yield value;
    }
  } catch (error) {
    throw tooSlow ?? error;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', end);
    await reader.cancel().catch(() => undefined);
  }
}
