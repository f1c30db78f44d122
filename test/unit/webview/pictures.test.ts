import { beforeEach, describe, expect, it } from 'vitest';
import { Pictures, RunPictures } from '../../../webview/pictures';
import { FakeClock } from './fake-clock';

let clock: FakeClock;
let asked: { id: number; step: number }[];
let connected: boolean;
let pictures: RunPictures;

beforeEach(() => {
  clock = new FakeClock();
  asked = [];
  connected = true;
  pictures = new RunPictures(
    1,
    (_runId, step) => {
      if (!connected) return undefined;
      const id = asked.length + 1;
      asked.push({ id, step });
      return id;
    },
    clock,
    () => undefined,
  );
});

const steps = () => asked.map(({ step }) => step);
function picture(step: number, id = 0, runId = 1) {
  return { runId, step, id, width: 1, height: 1, rgb: Uint8Array.of(step, 0, 0) };
}

describe('pictures', () => {
  it('asks for one at a time, and next for the step wanted last', () => {
    for (const step of [3, 4, 5, 6]) pictures.want(step);
    expect(steps()).toEqual([3]);
    pictures.received(picture(3, 1));
    expect(steps()).toEqual([3, 6]);
    pictures.received(picture(6, 2));
    expect(steps()).toEqual([3, 6]);
  });

  it('asks for no picture twice, and for none of step 0', () => {
    pictures.received(picture(4));
    pictures.want(4);
    pictures.want(0);
    expect(asked).toEqual([]);
  });

  it('asks for the picture that is awaited first, and for no step twice', async () => {
    pictures.want(9);
    const awaited = pictures.decoded(3);
    pictures.want(8);
    expect(steps()).toEqual([9]);
    pictures.received(picture(9, 1));
    expect(steps()).toEqual([9, 3]);
    pictures.received(picture(3, 2));
    expect((await awaited)?.step).toBe(3);
    expect((await pictures.decoded(3))?.step).toBe(3);
    expect(steps()).toEqual([9, 3, 8]);
  });

  it('takes no picture that came unasked for a decoded one', async () => {
    pictures.received(picture(4));
    const awaited = pictures.decoded(4);
    pictures.received(picture(4));
    pictures.received({ ...picture(4, 1), rgb: Uint8Array.of(99, 0, 0) });
    expect((await awaited)?.rgb[0]).toBe(99);
  });

  it('waits for no picture that nobody draws', async () => {
    const refused = pictures.decoded(4);
    pictures.failed(1);
    expect(await refused).toBeUndefined();
    expect(await pictures.decoded(4)).toBeUndefined();
    const late = pictures.decoded(5);
    clock.pass(15_000);
    expect(await late).toBeUndefined();
    const gone = pictures.decoded(6);
    pictures.dispose();
    expect(await gone).toBeUndefined();
    connected = false;
    expect(await pictures.decoded(7)).toBeUndefined();
    expect(steps()).toEqual([4, 5, 6]);
  });

  it('takes a preview that came unasked without ending the request under way', () => {
    pictures.want(5);
    pictures.received(picture(4));
    pictures.want(7);
    expect(steps()).toEqual([5]);
  });

  it('does not ask again for what was refused', () => {
    pictures.want(5);
    pictures.failed(1);
    pictures.want(5);
    expect(steps()).toEqual([5]);
    pictures.want(6);
    expect(steps()).toEqual([5, 6]);
  });

  it('gives up on an answer that does not come', () => {
    pictures.want(5);
    clock.pass(15_000);
    pictures.want(6);
    expect(steps()).toEqual([5, 6]);
  });

  it('asks again after a reconnection', () => {
    connected = false;
    pictures.want(5);
    connected = true;
    pictures.reconnected();
    expect(steps()).toEqual([5]);
  });

  it('offers the exact picture, else the next later one, else the nearest earlier one', () => {
    expect(pictures.nearest(4)).toBeUndefined();
    pictures.received(picture(2));
    expect(pictures.nearest(4)?.step).toBe(2);
    pictures.received(picture(9));
    pictures.received(picture(6));
    expect(pictures.nearest(4)?.step).toBe(6);
    pictures.received(picture(4));
    expect(pictures.nearest(4)?.step).toBe(4);
  });

  it('keeps 64 pictures and forgets those used least recently', () => {
    for (let step = 1; step <= 64; step++) pictures.received(picture(step));
    pictures.nearest(1);
    pictures.received(picture(65));
    expect(pictures.nearest(1)?.step).toBe(1);
    expect(pictures.nearest(2)?.step).toBe(3);
  });
});

describe('the pictures of several runs', () => {
  it('are kept apart, and late ones of a run that left the page are ignored', () => {
    const book = new Pictures(
      (_runId, step) => {
        const id = asked.length + 1;
        asked.push({ id, step });
        return id;
      },
      clock,
      () => undefined,
    );
    book.begin(1);
    book.begin(2);
    book.of(1)?.want(3);
    book.of(2)?.want(8);
    book.received(picture(3, 1, 1));
    expect(book.of(1)?.nearest(3)?.step).toBe(3);
    expect(book.of(2)?.nearest(3)).toBeUndefined();
    book.failed(2);
    book.of(2)?.want(9);
    expect(steps()).toEqual([3, 8, 9]);
    book.end(1);
    book.received(picture(3, 1, 1));
    expect(book.of(1)).toBeUndefined();
  });

  it('are forgotten when a run of the same id takes the place of the former', () => {
    const book = new Pictures(
      () => undefined,
      clock,
      () => undefined,
    );
    book.begin(1);
    book.received(picture(3));
    book.begin(1);
    expect(book.of(1)?.nearest(3)).toBeUndefined();
  });
});
