import type { Disposable, LogOutputChannel } from 'vscode';

/**
 * The extension's only log. Its text may end up in a bug report, so tokens and pictures must not be written to it.
 *
 * Processes and requests may still end after the window's objects are disposed. VS Code throws when a closed channel is
 * written to, so the log drops what comes after its disposal.
 */
export class Log implements Disposable {
  private isDisposed = false;

  constructor(
    private readonly channel: Pick<
      LogOutputChannel,
      'debug' | 'info' | 'warn' | 'error' | 'show' | 'dispose'
    >,
  ) {}

  debug(text: string): void {
    if (!this.isDisposed) this.channel.debug(text);
  }

  info(text: string): void {
    if (!this.isDisposed) this.channel.info(text);
  }

  warn(text: string): void {
    if (!this.isDisposed) this.channel.warn(text);
  }

  /** @param error an `Error` is written with its stack */
  error(error: string | Error): void {
    if (!this.isDisposed) this.channel.error(error);
  }

  /** Opens the log in VS Code's panel. */
  show(): void {
    if (!this.isDisposed) this.channel.show();
  }

  dispose(): void {
    this.isDisposed = true;
    this.channel.dispose();
  }
}
