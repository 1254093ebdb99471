// Lays parts out as a treemap: areas are amounts, every tile can be hit by a thumb, what is too small stands together.

export type Tile = { index: number; x: number; y: number; width: number; height: number };

/** A tile's least side in px: a thumb's 48 and the gap around it. */
export const LEAST = 52;
/** What stands for the parts that are too small gets at least this share of the area; more where that is no thumb. */
const REST = [0.06, 0.2, 0.25];
/** Columns only in a box so much wider than it is high: words need width, and a phone has little. Else as squares go. */
const WIDE = [1.5, 1];

type Box = { x: number; y: number; width: number; height: number };

/** How far from square the worst tile of a row is, for areas along a side of this length. */
function worst(row: readonly number[], side: number): number {
	const sum = row.reduce((a, b) => a + b, 0);
	return Math.max(
		...row.map((area) => Math.max((side * side * area) / sum ** 2, sum ** 2 / (side * side * area))),
	);
}

/** Tiles for weights in falling order, rows along about the shorter side (Bruls, Huizing, van Wijk: squarified treemaps). */
export function squarify(weights: readonly number[], width: number, height: number, wide = 1): Tile[] {
	const scale = (width * height) / weights.reduce((a, b) => a + b, 0);
	const areas = weights.map((weight) => weight * scale);
	const tiles: Tile[] = [];
	let box: Box = { x: 0, y: 0, width, height };
	for (let from = 0; from < areas.length; ) {
		const columns = box.width >= box.height * wide;
		const side = columns ? box.height : box.width;
		let to = from + 1;
		while (to < areas.length && worst(areas.slice(from, to + 1), side) <= worst(areas.slice(from, to), side))
			to += 1;
		box = lay(areas.slice(from, to), from, box, columns, tiles);
		from = to;
	}
	return tiles;
}

/** Put a row of areas along a side of a box; what is left of the box. */
function lay(row: readonly number[], from: number, box: Box, column: boolean, tiles: Tile[]): Box {
	const sum = row.reduce((a, b) => a + b, 0);
	const depth = sum / (column ? box.height : box.width);
	let at = column ? box.y : box.x;
	for (const [place, area] of row.entries()) {
		const length = area / depth;
		tiles.push({
			index: from + place,
			x: column ? box.x : at,
			y: column ? at : box.y,
			width: column ? depth : length,
			height: column ? length : depth,
		});
		at += length;
	}
	return column
		? { ...box, x: box.x + depth, width: box.width - depth }
		: { ...box, y: box.y + depth, height: box.height - depth };
}

type Laid = { tiles: Tile[]; shown: number };

/** As many of the largest parts as have room for a thumb each; one more tile, the last, stands for all others. */
export function layOut(amounts: readonly number[], width: number, height: number): Laid {
	const some = amounts.filter((amount) => amount > 0);
	const [wider, square] = WIDE.map((wide) => packed(some, amounts.length, width, height, wide)) as [
		Laid,
		Laid,
	];
	return square.shown > wider.shown ? square : wider;
}

function packed(some: readonly number[], all: number, width: number, height: number, wide: number): Laid {
	for (const least of REST)
		for (let shown = Math.min(some.length, 14); shown > 0; shown -= 1) {
			const tiles = attempt(some, shown, shown === all ? 0 : least, width, height, wide);
			if (tiles.every((tile) => tile.width >= LEAST && tile.height >= LEAST)) return { tiles, shown };
		}
	return { tiles: [], shown: 0 };
}

/** Tiles of the first so many, and of the rest with at least this share (0: there is none), wherever their size puts them. */
function attempt(
	some: readonly number[],
	shown: number,
	least: number,
	width: number,
	height: number,
	wide: number,
): Tile[] {
	const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
	const rest = least > 0 ? [Math.max(sum(some.slice(shown)), sum(some) * least)] : [];
	const weights = [...some.slice(0, shown), ...rest].map((weight, index) => ({ weight, index }));
	weights.sort((a, b) => b.weight - a.weight);
	const tiles = squarify(
		weights.map((one) => one.weight),
		width,
		height,
		wide,
	);
	return tiles.map((tile) => ({ ...tile, index: weights[tile.index]?.index ?? 0 }));
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
