// Lays parts out as a treemap: areas are amounts, every tile can be hit by a thumb, what is too small stands together.

export type Tile = { index: number; x: number; y: number; width: number; height: number };

/** A tile's least side in px: a thumb's 48 and the gap around it. */
export const LEAST = 52;
/** What stands together for the parts that are too small gets at least this share of the area. */
const REST = 0.06;

type Box = { x: number; y: number; width: number; height: number };

/** How far from square the worst tile of a row is, for areas along a side of this length. */
function worst(row: readonly number[], side: number): number {
	const sum = row.reduce((a, b) => a + b, 0);
	return Math.max(
		...row.map((area) => Math.max((side * side * area) / sum ** 2, sum ** 2 / (side * side * area))),
	);
}

/** Tiles for weights in falling order, rows along the shorter side (Bruls, Huizing, van Wijk: squarified treemaps). */
export function squarify(weights: readonly number[], width: number, height: number): Tile[] {
	const scale = (width * height) / weights.reduce((a, b) => a + b, 0);
	const areas = weights.map((weight) => weight * scale);
	const tiles: Tile[] = [];
	let box: Box = { x: 0, y: 0, width, height };
	for (let from = 0; from < areas.length; ) {
		const side = Math.min(box.width, box.height);
		let to = from + 1;
		while (to < areas.length && worst(areas.slice(from, to + 1), side) <= worst(areas.slice(from, to), side))
			to += 1;
		box = lay(areas.slice(from, to), from, box, tiles);
		from = to;
	}
	return tiles;
}

/** Put a row of areas along the shorter side of a box; what is left of the box. */
function lay(row: readonly number[], from: number, box: Box, tiles: Tile[]): Box {
	const sum = row.reduce((a, b) => a + b, 0);
	const upright = box.width >= box.height;
	const depth = sum / (upright ? box.height : box.width);
	let at = upright ? box.y : box.x;
	for (const [place, area] of row.entries()) {
		const length = area / depth;
		tiles.push({
			index: from + place,
			x: upright ? box.x : at,
			y: upright ? at : box.y,
			width: upright ? depth : length,
			height: upright ? length : depth,
		});
		at += length;
	}
	return upright
		? { ...box, x: box.x + depth, width: box.width - depth }
		: { ...box, y: box.y + depth, height: box.height - depth };
}

/** As many of the largest parts as have room for a thumb each; with `rest`, one more tile stands for all others. */
export function layOut(
	amounts: readonly number[],
	width: number,
	height: number,
): { tiles: Tile[]; shown: number } {
	const some = amounts.filter((amount) => amount > 0);
	const total = some.reduce((a, b) => a + b, 0);
	for (let shown = Math.min(some.length, 14); shown > 0; shown -= 1) {
		const rest = some.slice(shown).reduce((a, b) => a + b, 0);
		const alone = shown === amounts.length;
		const weights = [...some.slice(0, shown), ...(alone ? [] : [Math.max(rest, total * REST)])];
		const order = weights.map((_, index) => index).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
		const tiles = squarify(
			order.map((index) => weights[index] ?? 0),
			width,
			height,
		).map((tile) => ({ ...tile, index: order[tile.index] ?? 0 }));
		if (tiles.every((tile) => tile.width >= LEAST && tile.height >= LEAST)) return { tiles, shown };
	}
	return { tiles: [], shown: 0 };
}

/** A name in as many lines as fit, its last one cut with "…" where it must be; words that are too long are cut too. */
export function lines(name: string, columns: number, rows: number): string[] {
	if (columns < 4 || rows < 1) return [];
	const cut = (text: string) => (text.length > columns ? `${text.slice(0, columns - 1)}…` : text);
	const found: string[] = [];
	for (const word of name.split(' ')) {
		const last = found.at(-1);
		if (last !== undefined && `${last} ${word}`.length <= columns)
			found[found.length - 1] = `${last} ${word}`;
		else found.push(cut(word));
	}
	if (found.length <= rows) return found;
	const end = found[rows - 1] ?? '';
	return [...found.slice(0, rows - 1), end.length < columns ? `${end}…` : `${end.slice(0, columns - 1)}…`];
}
