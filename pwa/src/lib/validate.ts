// What a form's answer must be like, said before anything is sent; the server checks it all again.
import { m } from '../paraglide/messages';
import type { FieldKind } from './gql/generated/types';

export type Question = {
	name: string;
	kind: FieldKind;
	label: string;
	required: boolean;
	maxLength: number;
	minimum: number | null;
	maximum: number | null;
};
export type Faults = Record<string, string>;

const digits = (text: string) => text.replace(/\D/g, '');

function nik(value: string): string | undefined {
	const written = digits(value).length;
	if (/[^\d\s.-]/.test(value)) return m.nik_only_digits();
	return written === 16 ? undefined : m.nik_length({ count: written });
}

function phone(value: string): string | undefined {
	return /^(\+?62|0)8\d{7,12}$/.test(value.replace(/[\s.()-]/g, '')) ? undefined : m.phone_wrong();
}

function number(value: string, question: Question): string | undefined {
	const { minimum, maximum } = question;
	if (!/^-?\d+$/.test(value.replace(/\./g, ''))) return m.number_wrong();
	const given = Number(value.replace(/\./g, ''));
	if (minimum !== null && given < minimum) return m.number_small({ limit: minimum });
	if (maximum !== null && given > maximum) return m.number_large({ limit: maximum });
	return undefined;
}

/** The sentence to show next to the field, or undefined when the answer will do. */
export function faultIn(question: Question, given: string | undefined): string | undefined {
	const value = (given ?? '').trim();
	if (value === '') {
		if (!question.required) return undefined;
		const choosing = question.kind === 'CHOICE' || question.kind === 'KELURAHAN';
		return choosing ? m.choose_one({ label: question.label }) : m.fill_in({ label: question.label });
	}
	if (value.length > question.maxLength)
		return m.too_long({ limit: question.maxLength, count: value.length });
	if (question.kind === 'NIK') return nik(value);
	if (question.kind === 'PHONE') return phone(value);
	if (question.kind === 'NUMBER') return number(value, question);
	if (question.kind === 'EMAIL' && !/^\S+@\S+\.\S+$/.test(value)) return m.email_wrong();
	return undefined;
}

/** The answer as it is sent: numbers and NIK without the dots and spaces people write between digits. */
export function plainAnswer(question: Pick<Question, 'kind'>, given: string): string {
	const value = given.trim();
	if (question.kind === 'NIK') return digits(value);
	return question.kind === 'NUMBER' ? value.replace(/\./g, '') : value;
}

/** All faults of a form, keyed by field name, in the order of the form. */
export function faultsIn(questions: readonly Question[], answers: Record<string, string>): Faults {
	const faults: Faults = {};
	for (const question of questions) {
		const fault = faultIn(question, answers[question.name]);
		if (fault) faults[question.name] = fault;
	}
	return faults;
}

/** What the server said about each input, keyed by the last part of the path ("answers.nik" is "nik"). */
export function serverFaults(fields: readonly { path: string; message: string }[]): Faults {
	return Object.fromEntries(
		fields.map(({ path, message }) => [
			path.replace(/^(answers|input|documents)\./, '').replace(/^onBehalfOf\./, 'resident-'),
			message,
		]),
	);
}
