// What a phone shows when the app is installed.
import type { ManifestOptions } from 'vite-plugin-pwa';

export const webManifest: Partial<ManifestOptions> = {
	id: '/',
	name: 'Lugas, layanan Kota Malang',
	short_name: 'Lugas',
	description: 'Urus layanan Kota Malang dari HP: janji tanggal, biaya jelas, surat bertanda tangan.',
	lang: 'id',
	dir: 'ltr',
	start_url: '/',
	scope: '/',
	display: 'standalone',
	orientation: 'any',
	theme_color: '#0E6A5B',
	background_color: '#F7F4EE',
	categories: ['government', 'utilities'],
	icons: [
		{ src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
		{ src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
		{ src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
		{ src: '/icons/monochrome-96.png', sizes: '96x96', type: 'image/png', purpose: 'monochrome' },
	],
	shortcuts: [
		{ name: 'Permohonan saya', url: '/permohonan' },
		{ name: 'Lacak nomor', url: '/lacak' },
	],
};
