// The browser tests: a phone of 360x800 against the real server, which is started here unless LUGAS_URL names one.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

// The workers read this file again and must find the same server.
process.env.LUGAS_PORT ??= String(18_000 + (process.pid % 2000));
process.env.LUGAS_HOME ??= mkdtempSync(join(tmpdir(), 'lugas-e2e-'));
const own = process.env.LUGAS_URL === undefined;
// By name: passkeys belong to a host, never to an IP address.
const url = process.env.LUGAS_URL ?? `http://localhost:${process.env.LUGAS_PORT}`;
const root = join(import.meta.dirname, '..');
process.env.LUGAS_E2E_URL = url;

export default defineConfig({
	testDir: 'e2e',
	outputDir: 'test-results',
	workers: 1,
	retries: 0,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	use: {
		baseURL: url,
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
		{ name: 'staff', testMatch: /staff\.setup\.ts/ },
		{ name: 'phone', testMatch: /\.spec\.ts/, dependencies: ['staff'] },
	],
	webServer: own
		? {
				command: `${process.env.LUGAS_PYTHON ?? join(root, '.venv', 'bin', 'python')} -m backend run`,
				cwd: root,
				url: `${url}/health/ready`,
				timeout: 240_000,
				gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
				env: {
					LUGAS_HOME: process.env.LUGAS_HOME,
					LUGAS_PORT: process.env.LUGAS_PORT,
					LUGAS_PUBLIC_URL: url,
					LUGAS_SHOW_CODES: '1',
				},
			}
		: undefined,
});
