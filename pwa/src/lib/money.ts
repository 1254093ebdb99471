// Rupiah in words people read at a glance, and in full; amounts come and stay as text, nobody computes with floats.
import { getLocale } from '../paraglide/runtime';

const STEPS = [
	{ digits: 9, id: 'M', en: 'bn' },
	{ digits: 6, id: 'jt', en: 'm' },
] as const;
/** No line ends within an amount: "Rp" without its number, or a number without its unit, is misread. */
const GAP = '\u00a0';

const mark = () => (getLocale() === 'id' ? { group: '.', sen: ',' } : { group: ',', sen: '.' });
const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, mark().group);

/** "1.000.000" of a count, in the app's language whatever the phone's is. */
export const thousands = (count: number) => grouped(String(count));

function split(amount: string): { minus: string; whole: string; sen: string } {
	const [whole = '0', sen = ''] = amount.replace('-', '').split('.');
	return { minus: amount.startsWith('-') ? '-' : '', whole, sen: sen.padEnd(2, '0') };
}

/** "Rp 7.443.475.000,06" */
export function rupiah(amount: string): string {
	const { minus, whole, sen } = split(amount);
	return `${minus}Rp${GAP}${grouped(whole)}${sen === '00' ? '' : mark().sen + sen}`;
}

/** "Rp 1.166,21 M": two digits after the mark, rounded half up; billions stay billions, as people speak of budgets. */
export function shortRupiah(amount: string): string {
	const { minus, whole, sen } = split(amount);
	const step = STEPS.find(({ digits }) => whole.length > digits);
	if (!step) return rupiah(`${minus}${whole}.${sen}`);
	const hundredths =
		(BigInt(whole) * 100n + 5n * 10n ** BigInt(step.digits - 1)) / 10n ** BigInt(step.digits);
	const text = hundredths.toString().padStart(3, '0');
	const unit = getLocale() === 'id' ? step.id : step.en;
	return `${minus}Rp${GAP}${grouped(text.slice(0, -2))}${mark().sen}${text.slice(-2)}${GAP}${unit}`;
}

/** "87,1 %" of a share from 0 to 1 and above. */
export function percent(share: number): string {
	return `${(share * 100).toFixed(1).replace('.', mark().sen)}${GAP}%`;
}
