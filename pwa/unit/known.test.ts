import { expect, it } from 'vitest';
import type { ViewerParts } from '../src/lib/gql/generated/types';
import { type FormField, isTaken, knownValue, lentTo, startValue, typedProfile } from '../src/lib/known';

const field = (name: string, profile: string | null): FormField =>
	({ __typename: 'FormField', name, profile, kind: 'TEXT', label: name, required: true }) as FormField;
const viewer = {
	name: 'Budi Santoso',
	nikMasked: '3573********0001',
	phoneMasked: '0812****5678',
	address: null,
	kelurahan: { code: '35.73.02.1001', name: 'Klojen' },
} as unknown as ViewerParts;
const nik = field('nik', 'nik');
const address = field('alamat', 'address');

it('takes from the profile what nobody typed, and asks what the profile lacks', () => {
	const draft = { answers: {} };
	expect(isTaken(nik, draft, viewer)).toBe(true);
	expect(isTaken(address, draft, viewer)).toBe(false);
	expect(isTaken(field('cause', null), draft, viewer)).toBe(false);
	expect(isTaken(nik, draft, null)).toBe(false);
});

it('asks again once the person wants to type it, even while it is empty, and keeps what was typed', () => {
	expect(isTaken(nik, { answers: {}, own: ['nik'] }, viewer)).toBe(false);
	expect(isTaken(nik, { answers: { nik: '3573011708900002' } }, viewer)).toBe(false);
});

it('shows a kelurahan by name and starts its field with the code; a masked value starts nothing', () => {
	expect(knownValue(viewer, 'kelurahan')).toBe('Klojen');
	expect(startValue(viewer, 'kelurahan')).toBe('35.73.02.1001');
	expect(knownValue(viewer, 'nik')).toBe('3573********0001');
	expect(startValue(viewer, 'nik')).toBe('');
});

it('lends typed answers to a profile that lacks them, and to no other', () => {
	const draft = { answers: { nik: '3573011708900002', alamat: 'Jalan Kawi 1' } };
	expect(typedProfile([nik, address], draft)).toEqual({
		nik: '3573011708900002',
		address: 'Jalan Kawi 1',
	});
	expect(lentTo(viewer, [nik, address], draft)).toEqual(['alamat']);
});
