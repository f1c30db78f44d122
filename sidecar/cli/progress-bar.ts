const WIDTH = 32;

/** A progress line on a terminal, redrawn in place. Without a terminal it prints nothing. */
export class ProgressBar {
  private readonly stream: NodeJS.WriteStream = process.stderr;

  update(done: number, total: number, text: string): void {
    this.draw(done / total, `${done}/${total} ${text}`);
  }

  /** @param text text before the percentage */
  updatePercentage(fraction: number, text: string): void {
    this.draw(fraction, `${text}: ${Math.floor(100 * fraction)} %`);
  }

  private draw(fraction: number, text: string): void {
    if (!this.stream.isTTY) return;
    const filled = Math.round(fraction * WIDTH);
    this.stream.write(`\r\x1b[2K${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${text}`);
  }

  clear(): void {
    if (this.stream.isTTY) this.stream.write('\r\x1b[2K');
  }
}
