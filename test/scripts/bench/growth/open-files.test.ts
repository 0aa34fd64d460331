import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFilesLimit, sizesWithin } from '../../../../scripts/bench/growth/open-files.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             96405                96405                processes
Max open files            1024                 4096                 files
Max locked memory         8388608              8388608              bytes
`;

test('the hard limit counts: Node raises its own to it', () => {
  assert.equal(openFilesLimit(LIMITS), 4_096);
  assert.equal(openFilesLimit(LIMITS.replace('4096 ', 'unlimited ')), Number.POSITIVE_INFINITY);
});

test('sizes that a process cannot hold beside its own files are skipped', () => {
  assert.deepEqual(sizesWithin([500, 2_500, 4_000], 4_096), { possible: [500, 2_500], skipped: [4_000] });
  assert.deepEqual(sizesWithin([500], Number.POSITIVE_INFINITY), { possible: [500], skipped: [] });
});
