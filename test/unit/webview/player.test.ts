import { beforeEach, describe, expect, it } from 'vitest';
import { Player } from '../../../webview/player';
import { FakeClock } from './fake-clock';

let clock: FakeClock;
let step: number;
let stepsDone: number;
let visited: number[];
let range: { from: number; to: number } | undefined;
let player: Player;

beforeEach(() => {
  clock = new FakeClock();
  step = 0;
  stepsDone = 8;
  range = undefined;
  visited = [];
  player = new Player(
    {
      step: () => step,
      stepsDone: () => stepsDone,
      msOfStep: (of) => of * 100,
      goTo: (to) => {
        step = to;
        visited.push(to);
      },
      range: () => range,
    },
    clock,
    () => undefined,
  );
});

describe('player', () => {
  it('moves one step at each tick', () => {
    player.setSpeed(10);
    player.play();
    clock.pass(350);
    expect(visited).toEqual([1, 2, 3]);
  });

  it('plays a range again and again', () => {
    range = { from: 2, to: 4 };
    player.setSpeed(10);
    player.play();
    clock.pass(650);
    expect(visited).toEqual([2, 3, 4, 2, 3, 4, 2]);
    expect(player.playing).toBe(true);
  });

  it('stops at the newest step', () => {
    player.play();
    clock.pass(5000);
    expect(step).toBe(8);
    expect(player.playing).toBe(false);
    expect(clock.waiting).toBe(0);
  });

  it('starts over when it stands at the newest step', () => {
    step = 8;
    player.play();
    clock.pass(150);
    expect(visited).toEqual([0, 1]);
  });

  it('stays where it was paused', () => {
    player.play();
    clock.pass(250);
    player.pause();
    clock.pass(1000);
    expect(step).toBe(2);
  });

  it('takes several steps a tick when the speed asks for it', () => {
    stepsDone = 2000;
    player.setSpeed(500);
    player.play();
    clock.pass(1000);
    expect(step).toBeGreaterThanOrEqual(490);
    expect(step).toBeLessThanOrEqual(500);
    expect(visited.length).toBeLessThan(80);
  });

  it('keeps its pace after a stall', () => {
    player.play();
    clock.stall(420);
    expect(visited).toEqual([4]);
    clock.pass(100);
    expect(step).toBe(5);
  });

  it('changes speed while playing', () => {
    player.setSpeed(1);
    player.play();
    clock.pass(900);
    player.setSpeed(10);
    clock.pass(250);
    expect(step).toBe(2);
  });

  it('can take as long for each step as decoding took', () => {
    player.setSpeed('as-decoded');
    player.play();
    clock.pass(100 + 200 + 299);
    expect(step).toBe(2);
    clock.pass(1);
    expect(step).toBe(3);
  });

  it('does not play what has no steps', () => {
    stepsDone = 0;
    player.play();
    expect(player.playing).toBe(false);
  });
});
