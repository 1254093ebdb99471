// Turns schema/operations/*.graphql into the server's manifest of trusted documents and typed constants for the app.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
	buildSchema,
	type DocumentNode,
	type FragmentDefinitionNode,
	type GraphQLSchema,
	Kind,
	type OperationDefinitionNode,
	parse,
	print,
	specifiedRules,
	validate,
	visit,
} from 'graphql';
import { emitTypes, typeOfOperation } from './types.ts';

const root = join(import.meta.dirname, '..', '..', 'schema');
const folder = join(root, 'operations');
const out = join(import.meta.dirname, '..', 'src', 'lib', 'gql', 'generated');

/** How much of a digest names a document: 64 bits tell a hundred apart, and a whole one cannot be compressed. */
const DIGITS = 16;

type Loaded = { file: string; operations: OperationDefinitionNode[] };
export type Fragments = Map<string, FragmentDefinitionNode>;

/** Read every document; fragments are shared between files. */
function load(): { files: Loaded[]; fragments: Fragments } {
	const fragments: Fragments = new Map();
	const files: Loaded[] = [];
	for (const name of readdirSync(folder).sort()) {
		if (!name.endsWith('.graphql')) continue;
		const operations: OperationDefinitionNode[] = [];
		for (const node of parse(readFileSync(join(folder, name), 'utf8')).definitions) {
			if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
			if (node.kind === Kind.OPERATION_DEFINITION) operations.push(node);
		}
		files.push({ file: basename(name, '.graphql'), operations });
	}
	return { files, fragments };
}

/** The operation with the fragments it uses, and `__typename` in every selection below the root. */
export function wholeDocument(operation: OperationDefinitionNode, fragments: Fragments): DocumentNode {
	const used = new Map<string, FragmentDefinitionNode>();
	const follow = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
		visit(node, {
			FragmentSpread(spread) {
				const fragment = fragments.get(spread.name.value);
				if (!fragment) throw new Error(`unknown fragment ${spread.name.value}`);
				if (used.has(fragment.name.value)) return;
				used.set(fragment.name.value, fragment);
				follow(fragment);
			},
		});
	};
	follow(operation);
	const definitions = [
		operation,
		...[...used.values()].sort((a, b) => (a.name.value < b.name.value ? -1 : 1)),
	];
	return visit({ kind: Kind.DOCUMENT, definitions } as DocumentNode, {
		SelectionSet(node, _key, parent) {
			const above = parent as { kind?: string } | undefined;
			const named = node.selections.some((s) => s.kind === Kind.FIELD && s.name.value === '__typename');
			if (named || above?.kind === Kind.OPERATION_DEFINITION) return;
			const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;
			return { ...node, selections: [...node.selections, typename] };
		},
	});
}

function checked(schema: GraphQLSchema, document: DocumentNode): string {
	const faults = validate(schema, document, specifiedRules);
	if (faults.length) throw new Error(faults.map((f) => f.message).join('\n'));
	return `${print(document)}\n`;
}

/** Write only what changed, so that watchers do not run in a circle. */
function put(path: string, text: string): void {
	try {
		if (readFileSync(path, 'utf8') === text) return;
	} catch {
		// not there yet
	}
	writeFileSync(path, text);
}

export function generate(): void {
	const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
	const { files, fragments } = load();
	const manifest: Record<string, string> = {};
	mkdirSync(out, { recursive: true });
	const types = emitTypes(schema, fragments);
	for (const { file, operations } of files) {
		const lines = [
			"import type { Operation } from '../operation';",
			"import type * as T from './types';",
			'',
		];
		for (const operation of operations) {
			const text = checked(schema, wholeDocument(operation, fragments));
			const sha256 = createHash('sha256').update(text).digest('hex');
			const name = operation.name?.value ?? 'Unnamed';
			manifest[sha256] = text;
			types.push(typeOfOperation(schema, fragments, operation));
			lines.push(
				`export const ${name}: Operation<T.${name}Data, T.${name}Variables> = { name: '${name}', sha256: '${sha256.slice(0, DIGITS)}' };`,
			);
		}
		put(join(out, `${file}.ts`), `${lines.join('\n')}\n`);
	}
	put(join(out, 'types.ts'), `${types.join('\n')}\n`);
	const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
	put(join(folder, 'manifest.json'), `${JSON.stringify(sorted, null, 1)}\n`);
}

if (process.argv[1] === import.meta.filename) generate();
