import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DurableRecord } from '../../../extension/durable-record';
import { temporaryFolder } from './temporary-folder';

describe('a durable record', () => {
  const folder = temporaryFolder();

  it('is on the disk as soon as it is made, and gone as soon as it is deleted', () => {
    const kept = path.join(folder(), 'storage');
    void new DurableRecord(kept).update('run', { title: 'hills' });
    expect(new DurableRecord(kept).get('run')).toEqual({ title: 'hills' });
    void new DurableRecord(kept).update('run', undefined);
    expect(new DurableRecord(kept).get('run')).toBeUndefined();
    expect(readdirSync(kept)).toEqual([]);
  });

  it('is nothing when the file is damaged or larger than a record can be', () => {
    writeFileSync(path.join(folder(), 'run.json'), '{"title": ');
    expect(new DurableRecord(folder()).get('run')).toBeUndefined();
    writeFileSync(path.join(folder(), 'run.json'), JSON.stringify('x'.repeat(1 << 20)));
    expect(new DurableRecord(folder()).get('run')).toBeUndefined();
  });

  it('disturbs nothing where it cannot be kept', async () => {
    writeFileSync(path.join(folder(), 'occupied'), '');
    const record = new DurableRecord(path.join(folder(), 'occupied', 'storage'));
    await record.update('run', 1);
    await record.update('run', undefined);
    expect(record.get('run')).toBeUndefined();
  });
});
