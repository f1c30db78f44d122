const WIDTH = 32;

/** A progress line on a terminal, redrawn in place; silent elsewhere. */
export class ProgressBar {
  private readonly stream: NodeJS.WriteStream = process.stderr;

  update(done: number, total: number, text: string): void {
    if (!this.stream.isTTY) return;
    const filled = Math.round((done / total) * WIDTH);
    this.stream.write(`\r\x1b[2K${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total} ${text}`);
  }

  clear(): void {
    if (this.stream.isTTY) this.stream.write('\r\x1b[2K');
  }
}
