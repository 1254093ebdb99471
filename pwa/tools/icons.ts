// Draws the app's icons from the "L." mark with the system's Chromium; the PNG files are committed.
import { chromium } from '@playwright/test';

const green = '#0e6a5b';
const letter =
	'<path d="M9 7v12h6" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>';
const dot = (fill: string) => `<circle cx="19" cy="18.6" r="2" fill="${fill}"/>`;
const svg = (inside: string, box = '0 0 26 26') =>
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" width="100%" height="100%">${inside}</svg>`;

const rounded = svg(`<rect width="26" height="26" rx="6.5" fill="${green}"/>${letter}${dot('#f2b632')}`);
// A maskable icon may be cut to a circle: the mark stays within the middle 80 %.
const maskable = svg(
	`<rect x="-9" y="-9" width="44" height="44" fill="${green}"/>${letter}${dot('#f2b632')}`,
	'-5 -5 36 36',
);
const monochrome = svg(letter + dot('#fff'), '4 3 20 20');

const icons = [
	{ file: 'icon-192.png', size: 192, drawing: rounded },
	{ file: 'icon-512.png', size: 512, drawing: rounded },
	{ file: 'maskable-512.png', size: 512, drawing: maskable },
	{ file: 'monochrome-96.png', size: 96, drawing: monochrome },
];

const browser = await chromium.launch({
	executablePath: process.env.LUGAS_CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu'],
});
for (const { file, size, drawing } of icons) {
	const page = await browser.newPage({ viewport: { width: size, height: size } });
	await page.setContent(`<style>body{margin:0}svg{display:block}</style>${drawing}`);
	await page.screenshot({ path: `public/icons/${file}`, omitBackground: true });
	await page.close();
}
await browser.close();
