// Filling in a form for somebody else: who they are, asked once, and what of it answers the form's own questions.
import { m } from '../paraglide/messages';
import type { FormField } from './known';
import { type Faults, faultIn, plainAnswer, type Question } from './validate';

export type Relation = 'COUNTER' | 'RT' | 'FAMILY';
export type Helping = { relation: Relation | ''; name: string; nik: string; phone: string; address: string };
export const nobodyYet = (): Helping => ({ relation: '', name: '', nik: '', phone: '', address: '' });

/** Before the name of a value, so that it stays apart from the form's own questions. */
export const PREFIX = 'resident-';
const VALUES = ['name', 'nik', 'phone', 'address'] as const;

export const relations = (officer: boolean): { value: Relation; label: string }[] => [
	{ value: 'FAMILY', label: m.relation_family() },
	{ value: 'RT', label: m.relation_rt() },
	...(officer ? [{ value: 'COUNTER' as const, label: m.relation_counter() }] : []),
];

export function residentQuestions(): (Question & { name: keyof Helping; help: string })[] {
	const one = (
		name: keyof Helping,
		kind: Question['kind'],
		label: string,
		help: string,
		required = true,
	) => ({
		name,
		kind,
		label,
		help,
		required,
		maxLength: 200,
		minimum: null,
		maximum: null,
	});
	return [
		one('name', 'TEXT', m.resident_name(), m.full_name_help()),
		one('nik', 'NIK', m.resident_nik(), m.nik_help()),
		one('phone', 'PHONE', m.resident_phone(), m.resident_phone_help()),
		one('address', 'TEXT', m.resident_address(), m.address_help(), false),
	];
}

export function faultsOfHelping(helping: Helping): Faults {
	const faults: Faults = {};
	if (!helping.relation) faults[`${PREFIX}relation`] = m.choose_one({ label: m.relation() });
	for (const question of residentQuestions()) {
		const fault = faultIn(question, helping[question.name]);
		if (fault) faults[PREFIX + question.name] = fault;
	}
	return faults;
}

/** True for a question of the form that the resident's own values answer. */
export const answersIt = (field: FormField): boolean => VALUES.some((value) => value === field.profile);

/** The form's questions answered from what was said of the resident; what is empty is left to the city. */
export function answersOf(helping: Helping, fields: readonly FormField[]): { name: string; value: string }[] {
	return fields
		.filter(answersIt)
		.map((field) => ({
			name: field.name,
			value: plainAnswer(field, helping[field.profile as keyof Helping]),
		}))
		.filter((one) => one.value !== '');
}

/** What the server is told of the resident. */
export const onBehalfOf = (helping: Helping) => ({
	relation: helping.relation,
	name: helping.name.trim(),
	nik: helping.nik.replace(/\D/g, ''),
	phone: helping.phone.trim(),
	address: helping.address.trim(),
});
