// The browser tests: a phone of 360x800 against a real city, which is started here unless LUGAS_URL names one.
// With LUGAS_CITIES=2 two workers test side by side, each in a city of its own: server, database, files, people.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

const root = join(import.meta.dirname, '..');
const given = process.env.LUGAS_URL;
const count = given === undefined ? Number(process.env.LUGAS_CITIES ?? 1) : 1;

// The workers read this file again and must find the same cities.
process.env.LUGAS_E2E_PORT ??= process.env.LUGAS_PORT ?? String(18_000 + (process.pid % 1000) * 2);
process.env.LUGAS_E2E_HOME ??= process.env.LUGAS_HOME ?? mkdtempSync(join(tmpdir(), 'lugas-e2e-'));
const { LUGAS_E2E_PORT: first, LUGAS_E2E_HOME: place } = process.env;
const cities = Array.from({ length: count }, (_, index) => {
	const port = String(Number(first) + index);
	// By name: passkeys belong to a host, never to an IP address.
	return {
		port,
		home: index === 0 ? place : `${place}-${index + 1}`,
		url: given ?? `http://localhost:${port}`,
	};
});

// A worker and the commands it gives (`lugas budget import`) know one city: its own.
const mine = cities[Number(process.env.TEST_PARALLEL_INDEX ?? 0)];
if (!mine) throw new Error('more workers than cities: LUGAS_CITIES says how many there are');
process.env.LUGAS_HOME = mine.home;
process.env.LUGAS_PORT = mine.port;
process.env.LUGAS_E2E_URL = mine.url;

export default defineConfig({
	testDir: 'e2e',
	outputDir: 'test-results',
	workers: count,
	retries: 0,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	use: {
		baseURL: mine.url,
		viewport: { width: 360, height: 800 },
		hasTouch: true,
		locale: 'id-ID',
		timezoneId: 'Asia/Jakarta',
		actionTimeout: 15_000,
		trace: 'retain-on-failure',
		launchOptions: {
			executablePath: process.env.LUGAS_CHROMIUM ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		},
	},
	projects: [
		...cities.map(({ url }, index) => ({
			name: index === 0 ? 'staff' : `staff-${index + 1}`,
			testMatch: /staff\.setup\.ts/,
			use: { baseURL: url },
		})),
		{
			name: 'phone',
			testMatch: /\.spec\.ts/,
			dependencies: cities.map((_, index) => (index === 0 ? 'staff' : `staff-${index + 1}`)),
		},
	],
	webServer:
		given === undefined
			? cities.map(({ home, port, url }) => ({
					command: `${process.env.LUGAS_PYTHON ?? join(root, '.venv', 'bin', 'python')} -m backend run`,
					cwd: root,
					url: `${url}/health/ready`,
					timeout: 240_000,
					gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 20_000 },
					env: { LUGAS_HOME: home, LUGAS_PORT: port, LUGAS_PUBLIC_URL: url },
				}))
			: undefined,
});
