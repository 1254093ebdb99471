import { beforeAll, describe, expect, it, vi } from 'vitest';

type Router = typeof import('../src/lib/router.svelte');
let router: Router;
const load = async () => ({ default: (() => undefined) as never });
const routes = ['/', '/layanan/:code', '/layanan/:code/ajukan', '/v/:id'].map((pattern) => ({
	pattern,
	load,
}));

beforeAll(async () => {
	vi.stubGlobal('location', { pathname: '/', search: '', hash: '' });
	router = await import('../src/lib/router.svelte');
});

describe('an address', () => {
	it('finds its screen and its parts', () => {
		expect(router.match(routes, '/')?.route.pattern).toBe('/');
		expect(router.match(routes, '/layanan/DUK-KK-BARU/')?.params).toEqual({ code: 'DUK-KK-BARU' });
		expect(router.match(routes, '/layanan/A%20B/ajukan')?.params).toEqual({ code: 'A B' });
	});

	it('with a part missing or too many finds none', () => {
		expect(router.match(routes, '/layanan/')).toBeUndefined();
		expect(router.match(routes, '/v/a/b')).toBeUndefined();
	});

	it('that cannot be decoded is taken as it stands', () => {
		expect(router.match(routes, '/v/%E0%A4%A')?.params).toEqual({ id: '%E0%A4%A' });
	});
});
