// Writes dist/ahead.json: which files each address will ask for, so that the server names them with the shell and
// they travel beside the app's own script instead of after it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const source = join(import.meta.dirname, '..', 'src');
const ROUTE = /pattern: '([^']+)',\s*load: \(\) => import\('\.\/([^']+)'\)/g;

type Chunk = {
	type: string;
	fileName: string;
	facadeModuleId?: string | null;
	imports?: string[];
	isEntry?: boolean;
	viteMetadata?: { importedCss: Set<string> };
};

/** The `Link` header of a screen: its script, those it imports, and their styles; the shell names the app's own. */
function link(screen: Chunk, bundle: Record<string, Chunk>): string {
	const entry = Object.values(bundle).find((chunk) => chunk.isEntry);
	const shell = new Set([entry?.fileName, ...(entry?.imports ?? [])]);
	const scripts = new Set<string>();
	const styles = new Set<string>();
	const visit = (chunk: Chunk | undefined): void => {
		if (!chunk || shell.has(chunk.fileName) || scripts.has(chunk.fileName)) return;
		scripts.add(chunk.fileName);
		for (const style of chunk.viteMetadata?.importedCss ?? []) styles.add(style);
		for (const name of chunk.imports ?? []) visit(bundle[name]);
	};
	visit(screen);
	return [
		...[...scripts].map((name) => `</${name}>; rel=modulepreload`),
		...[...styles].map((name) => `</${name}>; rel=preload; as=style; crossorigin`),
	].join(', ');
}

export function ahead(): Plugin {
	return {
		name: 'lugas-ahead',
		apply: 'build',
		enforce: 'post',
		generateBundle(_options, output) {
			const bundle = output as unknown as Record<string, Chunk>;
			const screens = new Map(Object.values(bundle).map((chunk) => [chunk.facadeModuleId, chunk]));
			const known: { pattern: string; link: string }[] = [];
			for (const [, pattern, file] of readFileSync(join(source, 'routes.ts'), 'utf8').matchAll(ROUTE)) {
				const screen = screens.get(join(source, file ?? ''));
				if (screen) known.push({ pattern: pattern ?? '', link: link(screen, bundle) });
			}
			if (known.length === 0) this.error('no route of src/routes.ts was understood');
			this.emitFile({ type: 'asset', fileName: 'ahead.json', source: JSON.stringify(known) });
		},
	};
}
