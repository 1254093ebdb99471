import { expect, it } from 'vitest';
import id from '../messages/id.json';
import { faultsOfMessages, hardCoded, spoken, untranslated } from '../tools/messages';

it('has every message in Indonesian and in English, each spoken somewhere, and no words in the screens', () => {
	expect(faultsOfMessages()).toEqual([]);
});

it('finds what is missing, not translated or differently holed', () => {
	expect(
		untranslated({ a: 'satu', b: 'dua', c: 'tiga {n}' }, { a: 'one', b: 'dua', c: 'three', d: 'x' }),
	).toEqual(['b: not translated', 'c: other holes in English', 'd: not in Indonesian']);
	expect(untranslated({ a: 'satu' }, {})).toEqual(['a: not in English']);
});

it('finds the messages that are spoken, and the words that stand in a component', () => {
	expect([...spoken(['{m.save()} {m.name({ n: 1 })}'])]).toEqual(['save', 'name']);
	expect(hardCoded('<p class="small">{m.save()}</p><b>lugas</b>')).toEqual([]);
	expect(hardCoded('<button aria-label="Simpan"><i>Hapus</i></button>')).toEqual(['Simpan', 'Hapus']);
});

it('speaks plainly: no "mohon", no bare "terjadi kesalahan"', () => {
	for (const [key, text] of Object.entries(id)) expect(text, key).not.toMatch(/\bmohon\b|terjadi kesalahan/i);
});
