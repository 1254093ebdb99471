// Runs Lighthouse (mobile preset) a few times on given addresses and prints one JSON line for each run.
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const [times, ...addresses] = process.argv.slice(2);
const chromeFlags = [
	'--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
];
const TRIES = 3;

/** One report, from a new profile: nothing is cached, no worker is installed yet. */
async function report(address) {
	const chrome = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags });
	try {
		const { lhr } = await lighthouse(address, {
			port: chrome.port,
			onlyCategories: ['performance', 'accessibility', 'best-practices'],
			logLevel: 'error',
		});
		return lhr;
	} finally {
		await chrome.kill();
	}
}

/** A report with numbers: now and then the browser's trace has none in it, which says nothing of the page. */
async function measured(address) {
	for (let left = TRIES; ; left -= 1) {
		const lhr = await report(address);
		const shift = lhr.audits['cumulative-layout-shift'];
		if (shift.numericValue !== undefined || left === 1) return lhr;
		console.error(`${address}: measured nothing, again: ${shift.errorMessage}`);
	}
}

for (let round = 0; round < Number(times); round += 1) {
	for (const address of addresses) {
		const lhr = await measured(address);
		const score = (name) => lhr.categories[name].score;
		console.log(JSON.stringify({
			address: new URL(address).pathname,
			performance: score('performance'),
			accessibility: score('accessibility'),
			bestPractices: score('best-practices'),
			lcp: Math.round(lhr.audits['largest-contentful-paint'].numericValue),
			cls: lhr.audits['cumulative-layout-shift'].numericValue,
			tbt: Math.round(lhr.audits['total-blocking-time'].numericValue),
		}));
	}
}
