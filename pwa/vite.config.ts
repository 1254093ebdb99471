import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { ahead } from './tools/ahead.ts';
import { groups, MONEY, STAFF } from './tools/chunks.ts';
import { compressed } from './tools/compress.ts';
import { generate } from './tools/operations.ts';
import { webManifest } from './tools/webmanifest.ts';
import { words } from './tools/words.ts';

const server = process.env.LUGAS_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
	plugins: [
		{
			name: 'lugas-operations',
			buildStart: generate,
			handleHotUpdate: ({ file }) => (file.endsWith('.graphql') ? generate() : undefined),
		},
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/paraglide',
			strategy: ['localStorage', 'baseLocale'],
		}),
		words(),
		svelte(),
		ahead(),
		VitePWA({
			strategies: 'injectManifest',
			srcDir: 'src/sw',
			filename: 'service-worker.ts',
			registerType: 'prompt',
			injectRegister: false,
			manifest: webManifest,
			injectManifest: {
				rollupFormat: 'iife',
				globPatterns: ['**/*.{js,css,html,svg,webmanifest}', 'icons/icon-192.png'],
				// Verifying needs the network anyway, and most phones read QR codes themselves.
				globIgnores: ['**/qr-reader-*'],
			},
		}),
		compressed('dist'),
	],
	build: {
		target: 'es2022',
		modulePreload: { polyfill: false },
		assetsInlineLimit: 0,
		rolldownOptions: {
			output: {
				codeSplitting: { includeDependenciesRecursively: false, groups: groups() },
				// Screens of staff and of the public money are told apart by their files' names: each has its own limit.
				chunkFileNames: ({ facadeModuleId }) => {
					const path = facadeModuleId ?? '';
					const kind = STAFF.test(path) ? 'staff-' : MONEY.test(path) ? 'money-' : '';
					return `assets/${kind}[name]-[hash].js`;
				},
			},
		},
	},
	server: { proxy: { '/graphql': server, '/documents': server, '/dev': server, '/health': server } },
});
