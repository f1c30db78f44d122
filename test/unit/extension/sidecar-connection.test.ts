import { describe, expect, it } from 'vitest';
import { RequestRefusedError } from '../../../extension/request-refused-error';
import { SidecarConnection, type ConnectionEvents } from '../../../extension/sidecar-connection';
import {
  ConnectionLostError,
  ProtocolMismatchError,
  RequestTimeoutError,
} from '../../../extension/sidecar-errors';
import { encodeFile, encodePicture, type SidecarMessage } from '../../../sidecar/protocol';
import { fakeSidecar } from './fake-sidecar';

interface Heard {
  readonly messages: SidecarMessage['type'][];
  readonly frames: string[];
  readonly closed: string[];
}

describe('the connection to the sidecar', () => {
  const sidecar = fakeSidecar();

  async function open(): Promise<{ connection: SidecarConnection; heard: Heard }> {
    const heard: Heard = { messages: [], frames: [], closed: [] };
    const events: ConnectionEvents = {
      onMessage: (message) => heard.messages.push(message.type),
      onFrame: (frame) => heard.frames.push(frame.kind),
      onClose: (reason) => heard.closed.push(reason),
    };
    return { connection: await SidecarConnection.open(sidecar().endpoint, events), heard };
  }

  it('is open after the hello', async () => {
    const { connection } = await open();
    expect(connection.hello.capabilities.providers).toEqual(['cpu']);
  });

  it('is refused without the right token', async () => {
    const attempt = SidecarConnection.open(
      { ...sidecar().endpoint, token: 'wrong' },
      { onMessage: () => undefined, onFrame: () => undefined, onClose: () => undefined },
    );
    await expect(attempt).rejects.toThrow(ConnectionLostError);
  });

  it('is not made with another protocol', async () => {
    const { hello } = sidecar();
    sidecar().hello = { ...hello, type: 'hello', protocol: 99 } as SidecarMessage;
    await expect(open()).rejects.toThrow(ProtocolMismatchError);
  });

  it('is not made when something else speaks first', async () => {
    sidecar().hello = { type: 'pong', id: 1 };
    await expect(open()).rejects.toThrow(/"pong" came instead of hello/);
  });

  it('gives each request its own answer, in whatever order they come', async () => {
    const { connection } = await open();
    const waiting: (() => void)[] = [];
    sidecar().answer = (message, socket) => {
      const problems = message.type === 'list-models' ? message.folders : [];
      waiting.unshift(() => {
        socket.send(JSON.stringify({ type: 'models', id: message.id, models: [], problems }));
      });
      if (waiting.length === 2) for (const send of waiting) send();
    };
    const answers = await Promise.all(
      ['a', 'b'].map((folder) => connection.request({ type: 'list-models', folders: [folder] })),
    );
    expect(answers.map(({ problems }) => problems)).toEqual([['a'], ['b']]);
  });

  it('rejects with the sidecar’s sentence', async () => {
    const { connection } = await open();
    sidecar().answer = ({ id }, socket) => {
      socket.send(JSON.stringify({ type: 'error', id, error: { code: 'busy', message: 'Busy.' } }));
    };
    const attempt = connection.request({ type: 'cancel', runId: 1 });
    await expect(attempt).rejects.toThrow(RequestRefusedError);
    await expect(attempt).rejects.toMatchObject({ code: 'busy', message: 'Busy.' });
  });

  it('does not take another client’s message of the same id for an answer', async () => {
    const { connection, heard } = await open();
    sidecar().answer = ({ id }, socket) => {
      socket.send(JSON.stringify({ type: 'run-started', id, run: {}, notices: [] }));
      socket.send(JSON.stringify({ type: 'ok', id }));
    };
    expect((await connection.request({ type: 'cancel', runId: 1 })).type).toBe('ok');
    expect(heard.messages).toEqual(['run-started', 'ok']);
  });

  it('gives up on a request after its time', async () => {
    const { connection } = await open();
    await expect(connection.request({ type: 'ping' }, 50)).rejects.toThrow(RequestTimeoutError);
  });

  it('rejects what is under way, and what comes later, when it closes', async () => {
    const { connection, heard } = await open();
    sidecar().answer = (_, socket) => {
      socket.terminate();
    };
    await expect(connection.request({ type: 'ping' })).rejects.toThrow(ConnectionLostError);
    await expect(connection.request({ type: 'ping' })).rejects.toThrow(ConnectionLostError);
    expect(heard.closed).toHaveLength(1);
  });

  it('answers an export with the file of its own request', async () => {
    const { connection, heard } = await open();
    const file = (id: number, byte: number) =>
      encodeFile({ runId: 5, id, mediaType: 'image/png', bytes: Uint8Array.of(byte) });
    sidecar().answer = ({ id }, socket) => {
      socket.send(encodePicture({ runId: 5, step: 1, id, width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) }));
      socket.send(file(id + 1, 7));
      socket.send(file(id, 8));
    };
    const { bytes } = await connection.exportPng(5);
    expect([...bytes]).toEqual([8]);
    expect(heard.frames).toEqual(['picture', 'file', 'file']);
  });

  it.each([
    ['text', 'not json'],
    ['a frame', Buffer.from('nonsense that is no frame')],
  ])('ends at %s that cannot be read', async (_, data) => {
    const { connection, heard } = await open();
    sidecar().answer = (_message, socket) => {
      socket.send(data);
    };
    await expect(connection.request({ type: 'ping' })).rejects.toThrow(ConnectionLostError);
    expect(heard.closed).toHaveLength(1);
  });
});
