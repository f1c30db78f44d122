import { describe, expect, it } from 'vitest';
import { Log } from '../../../extension/log';

/** An output channel that throws when it is used after it was closed, as VS Code's does. */
class Channel {
  readonly written: string[] = [];
  private isClosed = false;

  readonly debug = this.write('debug');
  readonly info = this.write('info');
  readonly warn = this.write('warn');
  readonly error = this.write('error');
  readonly show = (): void => {
    this.write('show')('');
  };
  readonly dispose = (): void => {
    this.isClosed = true;
  };

  private write(level: string): (text: string | Error) => void {
    return (text) => {
      if (this.isClosed) throw new Error('Channel has been closed');
      this.written.push(`${level} ${text instanceof Error ? text.message : text}`.trim());
    };
  }
}

function writeAll(log: Log): void {
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  log.error(new Error('e'));
  log.show();
}

describe('the log', () => {
  it('writes to its channel', () => {
    const channel = new Channel();
    writeAll(new Log(channel));
    expect(channel.written).toEqual(['debug a', 'info b', 'warn c', 'error d', 'error e', 'show']);
  });

  it('drops what comes after it was disposed', () => {
    const channel = new Channel();
    const log = new Log(channel);
    log.dispose();
    writeAll(log);
    expect(channel.written).toEqual([]);
  });
});
