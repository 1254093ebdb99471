// Runs Lighthouse (mobile preset) a few times on given addresses and prints one JSON line for each run.
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const [times, ...addresses] = process.argv.slice(2);
const chromeFlags = [
	'--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
];

for (let round = 0; round < Number(times); round += 1) {
	for (const address of addresses) {
		// A new profile each time: nothing is cached, no worker is installed yet.
		const chrome = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags });
		try {
			const { lhr } = await lighthouse(address, {
				port: chrome.port,
				onlyCategories: ['performance', 'accessibility', 'best-practices'],
				logLevel: 'error',
			});
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
		} finally {
			await chrome.kill();
		}
	}
}
