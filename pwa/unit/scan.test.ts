// What a QR or a typed code is taken for: only a letter of our own host is opened.
import { expect, test } from 'vitest';
import { codeIn, scanned } from '../src/lib/scan';

const ours = { host: 'lugas.malangkota.go.id', protocol: 'https:' };
const CODE = '0123456789ABCDEFGH';
const SEAL = 'A-b_0123456789zZ';

test('a letter of ours is opened with the part that only the paper carries', () => {
	expect(scanned(`https://${ours.host}/v/${CODE}#${SEAL}`, ours)).toEqual({ letter: `/v/${CODE}#${SEAL}` });
	expect(scanned(` https://${ours.host}/v/${CODE.toLowerCase()}/ `, ours)).toEqual({ letter: `/v/${CODE}` });
});

test('only the code and the seal are taken over', () => {
	expect(scanned(`https://${ours.host}/v/${CODE}?next=//evil.id#<script>`, ours)).toEqual({
		letter: `/v/${CODE}`,
	});
});

test.each([
	[`https://malangkota-go.id/v/${CODE}#${SEAL}`, 'malangkota-go.id'],
	[`https://${ours.host}@evil.id/v/${CODE}`, 'evil.id'],
	[`https://${ours.host}.evil.id/v/${CODE}`, `${ours.host}.evil.id`],
	[`https://${ours.host}:8443/v/${CODE}`, `${ours.host}:8443`],
	[`http://${ours.host}/v/${CODE}`, ours.host],
	[`https://lugas.m\u0430langkota.go.id/v/${CODE}`, 'lugas.xn--mlangkota-0yh.go.id'],
])('%s is of another place', (text, host) => {
	expect(scanned(text, ours)).toEqual({ elsewhere: host });
});

test.each([
	'',
	'KTP 3573',
	CODE,
	`javascript:alert(1)//${ours.host}/v/${CODE}`,
	`https://${ours.host}/akun`,
	`https://${ours.host}/v/${CODE}/x`,
	`https://${ours.host}/v/${CODE.slice(1)}`,
	`https://${ours.host}/v/UUUUUUUUUUUUUUUUUU`,
])('%s is no letter', (text) => {
	expect(scanned(text, ours)).toBe('other');
});

test('a code is read as people write it', () => {
	expect(codeIn('0123 4567 89ab cdef gh')).toEqual({ code: CODE });
	expect(codeIn('oil3-4567-89AB-CDEF-GH')).toEqual({ code: '0113456789ABCDEFGH' });
	expect(codeIn('0123 4567')).toEqual({ length: 8 });
	expect(codeIn('U123 4567 89AB CDEF GH')).toEqual({ letters: 'U' });
});
