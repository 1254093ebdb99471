// The treemap of the budget: areas are amounts, thumbs fit, and words are never longer than their tile.
import { expect, test } from 'vitest';
import { LEAST, layOut, lines, squarify } from '../src/routes/budget/treemap';

const CITY = [620, 540, 410, 180, 120, 90, 70, 60, 40, 30, 25, 20, 12, 9, 7, 5, 4, 3, 2, 2, 1, 1, 1];

test('areas are the amounts and cover the box without overlapping', () => {
	const tiles = squarify([6, 6, 4, 3, 2, 2, 1], 600, 400);
	const areas = tiles.map((tile) => tile.width * tile.height);
	expect(areas.map(Math.round)).toEqual([60000, 60000, 40000, 30000, 20000, 20000, 10000]);
	for (const [place, a] of tiles.entries())
		for (const b of tiles.slice(place + 1)) {
			const apart =
				a.x + a.width <= b.x + 0.001 ||
				b.x + b.width <= a.x + 0.001 ||
				a.y + a.height <= b.y + 0.001 ||
				b.y + b.height <= a.y + 0.001;
			expect(apart).toBe(true);
		}
});

test.each([328, 688])(
	'at %i px every tile has room for a thumb, and one stands for all small parts',
	(width) => {
		const { tiles, shown } = layOut(CITY, width, 264);
		expect(shown).toBeGreaterThan(3);
		expect(tiles.length).toBe(shown + 1);
		expect(new Set(tiles.map((tile) => tile.index)).size).toBe(shown + 1);
		for (const tile of tiles) expect(Math.min(tile.width, tile.height)).toBeGreaterThanOrEqual(LEAST);
	},
);

test('few parts need no tile for the rest; nothing gives no tiles', () => {
	expect(layOut([3, 2], 328, 264)).toMatchObject({ shown: 2, tiles: [{ index: 0 }, { index: 1 }] });
	// what is too small for a thumb is drawn larger than it is, rather than left out
	expect(layOut([95, 5], 328, 264)).toMatchObject({ shown: 1, tiles: [{ index: 0 }, { index: 1 }] });
	expect(layOut([], 328, 264)).toEqual({ tiles: [], shown: 0 });
	expect(layOut([0, 0], 328, 264)).toEqual({ tiles: [], shown: 0 });
});

test('a name fills the lines there are, and says where it was cut', () => {
	expect(lines('Dinas Lingkungan Hidup', 12, 3)).toEqual(['Dinas', 'Lingkungan', 'Hidup']);
	expect(lines('Dinas Lingkungan Hidup', 24, 3)).toEqual(['Dinas Lingkungan Hidup']);
	expect(lines('Dinas Lingkungan Hidup', 12, 2)).toEqual(['Dinas', 'Lingkungan…']);
	expect(lines('Pengembangan', 8, 2)).toEqual(['Pengemb…']);
	expect(lines('Kecil', 3, 2)).toEqual([]);
});
