import { describe, expect, it } from 'vitest';
import { searchKept } from '../src/lib/catalogue';
import { faultOfPdf, fitInside, kindOf, sharpness } from '../src/lib/image';
import { missing, stepsOf } from '../src/lib/steps';
import { faultIn, faultsIn, type Question, serverFaults } from '../src/lib/validate';

const question = (kind: Question['kind'], more: Partial<Question> = {}): Question => ({
	name: 'it',
	kind,
	label: 'Isian',
	required: true,
	maxLength: 20,
	minimum: null,
	maximum: null,
	...more,
});

describe('an answer', () => {
	it('names the field, what is wrong and how to mend it', () => {
		expect(faultIn(question('NIK'), '357301170890001')).toBe('NIK 16 angka. Yang Anda tulis 15.');
		expect(faultIn(question('TEXT'), '  ')).toBe('Isian: harus diisi.');
		expect(faultIn(question('NUMBER', { maximum: 12 }), '13')).toBe('Paling besar 12.');
		expect(faultIn(question('PHONE'), '12345')).toBe('Tulis nomor HP seperti 0812 3456 7890.');
	});

	it('that will do has no fault', () => {
		expect(faultIn(question('NIK'), '3573 0117 0890 0001')).toBeUndefined();
		expect(faultIn(question('PHONE'), '+62 812-3456-7890')).toBeUndefined();
		expect(faultIn(question('TEXT', { required: false }), '')).toBeUndefined();
		expect(faultsIn([question('TEXT')], { it: 'Budi' })).toEqual({});
	});

	it('refused by the server is shown at its own field', () => {
		expect(serverFaults([{ path: 'answers.nik', message: 'NIK tidak benar.' }])).toEqual({
			nik: 'NIK tidak benar.',
		});
	});
});

describe('a photo', () => {
	it('fits 1600 px and is never enlarged', () => {
		expect(fitInside(4000, 3000)).toEqual([1600, 1200]);
		expect(fitInside(800, 600)).toEqual([800, 600]);
		expect(fitInside(9000, 2)).toEqual([1600, 1]);
	});

	it('is known by its first bytes, not by its name', () => {
		expect(kindOf(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('JPEG');
		expect(kindOf(new TextEncoder().encode('%PDF-1.7'))).toBe('PDF');
		expect(kindOf(new TextEncoder().encode('<svg onload'))).toBeUndefined();
	});

	it('with edges is sharper than one without', () => {
		const stripes = new Uint8ClampedArray(40 * 40 * 4).map((_, i) => (Math.floor(i / 4) % 2 ? 255 : 0));
		expect(sharpness(stripes, 40, 40)).toBeGreaterThan(1000);
		expect(sharpness(new Uint8ClampedArray(40 * 40 * 4).fill(128), 40, 40)).toBeCloseTo(0, 6);
	});
});

const need = (code: string, required = true, kind: 'DOCUMENT' | 'CONDITION' = 'DOCUMENT') => ({
	__typename: 'Requirement' as const,
	code,
	kind,
	title: code,
	help: null,
	helpJv: null,
	required,
	maxPages: 2,
});

describe('the steps of an application', () => {
	it('are the questions, one needed document each, what may be added, the review', () => {
		const requirements = [need('ktp'), need('umur', true, 'CONDITION'), need('kk'), need('lain', false)];
		const steps = stepsOf({ fields: [{} as never], requirements });
		expect(steps.map((step) => step.kind)).toEqual([
			'questions',
			'document',
			'document',
			'optional',
			'review',
		]);
		expect(missing({ requirements }, []).map((one) => one.code)).toEqual(['ktp', 'kk']);
	});
});

it('finds a service on the phone by any of its names', () => {
	const services = [
		{ name: 'Persetujuan Bangunan Gedung', summary: 'Izin membangun.', synonyms: ['IMB', 'PBG'] },
		{ name: 'KTP-el hilang', summary: 'Mengganti KTP.', synonyms: [] },
	];
	expect(searchKept(services, 'imb').map((one) => one.name)).toEqual(['Persetujuan Bangunan Gedung']);
	expect(searchKept(services, 'ktp hil').map((one) => one.name)).toEqual(['KTP-el hilang']);
	expect(searchKept(services, 'zzz')).toEqual([]);
});

describe('a file that will not do', () => {
	const head = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
	it('is known for what it is: a HEIC photo, a video, a locked PDF, half a PDF', () => {
		expect(kindOf(head('\0\0\0\x18ftypheic\0\0\0\0'))).toBe('HEIC');
		expect(kindOf(head('\0\0\0\x18ftypmp42\0\0\0\0'))).toBe('VIDEO');
		expect(kindOf(head('\0\0\0\x18ftypavif\0\0\0\0'))).toBeUndefined();
		expect(kindOf(head('RIFF....AVI LIST'))).toBe('VIDEO');
		expect(faultOfPdf(head('%PDF-1.7 trailer << /Encrypt 3 0 R >> %%EOF'))).toBe('locked');
		expect(faultOfPdf(head('%PDF-1.7 trailer << /Size 3 >>'))).toBe('broken');
		expect(faultOfPdf(head('%PDF-1.7 (Encrypt) trailer << /Size 3 >> %%EOF\n'))).toBeUndefined();
	});
});
