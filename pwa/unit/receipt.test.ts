import { describe, expect, it } from 'vitest';
import { ALPHABET, checkValue, isReceipt, makeReceipt, plainReceipt, receiptText } from '../src/lib/receipt';

const numbers = Array.from({ length: 40 }, (_, seed) =>
	makeReceipt(Uint8Array.from({ length: 9 }, (_, place) => (seed * 7 + place * 13 + seed * place) & 255)),
);

describe('a receipt number', () => {
	it('has ten characters and its check value is zero', () => {
		for (const number of numbers) {
			expect(number).toHaveLength(10);
			expect(checkValue(number)).toBe(0);
			expect(isReceipt(number)).toBe(true);
		}
	});

	it('is refused after any single substitution', () => {
		for (const number of numbers) {
			for (let place = 0; place < 10; place++) {
				for (const other of ALPHABET) {
					if (other === number[place]) continue;
					expect(isReceipt(number.slice(0, place) + other + number.slice(place + 1))).toBe(false);
				}
			}
		}
	});

	it('is refused after any swap of neighbours', () => {
		for (const number of numbers) {
			for (let place = 0; place < 9; place++) {
				const a = number.charAt(place);
				const b = number.charAt(place + 1);
				if (a === b) continue;
				expect(isReceipt(number.slice(0, place) + b + a + number.slice(place + 2))).toBe(false);
			}
		}
	});

	it('has the agreed check character for known bodies', () => {
		expect(makeReceipt(new Uint8Array(9))).toBe('0000000000');
		expect(makeReceipt(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1))).toBe('0000000012');
		expect(makeReceipt(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 16))).toBe('00000000G5');
	});

	it('is read as people type it and shown in groups', () => {
		expect(plainReceipt(' oooo-oooi-2 ')).toBe('000000012');
		expect(plainReceipt('0000 0000 l2')).toBe('0000000012');
		expect(receiptText('0000000012')).toBe('0000-0000-12');
		expect(isReceipt('0000-0000-1U')).toBe(false);
	});
});
