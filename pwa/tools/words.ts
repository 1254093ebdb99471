// Makes each compiled message as short as it can be: two texts and one shared choice instead of a choice in each.
import { join } from 'node:path';
import type { Plugin } from 'vite';

const folder = join(import.meta.dirname, '..', 'src', 'paraglide', 'messages');
const chooser = join(import.meta.dirname, '..', 'src', 'lib', 'said.ts');
/** A text of one language, as the compiler writes a message without plurals. */
const TEXT =
	/^const (id|en)_(\w+) = [^\n]*?\((i|)\) => \{\n\treturn \/\*\* @type \{LocalizedString\} \*\/ \((`[^\n]*`)\)\n\};$/gm;

/** The shorter module, or undefined where a message is more than two plain texts. */
export function shortened(code: string): string | undefined {
	const found = [...code.matchAll(TEXT)];
	const [id, en] = [found.find((one) => one[1] === 'id'), found.find((one) => one[1] === 'en')];
	const exported = code.match(/^export const (\w+) = /gm) ?? [];
	if (found.length !== 2 || !id || !en || id[2] !== en[2] || exported.length !== 1) return undefined;
	const name = exported[0]?.split(' ')[2];
	const text = (one: RegExpMatchArray) => `(${one[3]}) => ${one[4]}`;
	return `import { said } from ${JSON.stringify(chooser)};\nexport const ${name} = /* @__PURE__ */ said(${text(id)}, ${text(en)});`;
}

export function words(): Plugin {
	return {
		name: 'lugas-words',
		apply: 'build',
		transform: {
			order: 'post',
			handler(code, path) {
				const plain = path.split('?')[0] ?? path;
				if (!plain.startsWith(folder)) return undefined;
				const short = shortened(code);
				return short === undefined ? undefined : { code: short, map: null };
			},
		},
	};
}
