import t from 'tap';
import { openFilesLimit, sizesWithin } from '../../../../scripts/bench/growth/open-files.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             96405                96405                processes
Max open files            1024                 4096                 files
Max locked memory         8388608              8388608              bytes
`;

t.test('the hard limit counts: Node raises its own to it', async (t) => {
  t.equal(openFilesLimit(LIMITS), 4_096);
  t.equal(openFilesLimit(LIMITS.replace('4096 ', 'unlimited ')), Number.POSITIVE_INFINITY);
});

t.test('sizes that a process cannot hold beside its own files are skipped', async (t) => {
  t.strictSame(sizesWithin([500, 2_500, 4_000], 4_096), { possible: [500, 2_500], skipped: [4_000] });
  t.strictSame(sizesWithin([500], Number.POSITIVE_INFINITY), { possible: [500], skipped: [] });
});
