// TypeScript types of the schema's inputs and enums, of every fragment, and of every operation's answer.
import {
	type FragmentDefinitionNode,
	type GraphQLCompositeType,
	type GraphQLObjectType,
	type GraphQLOutputType,
	type GraphQLSchema,
	type GraphQLType,
	isAbstractType,
	isEnumType,
	isInputObjectType,
	isListType,
	isNonNullType,
	isObjectType,
	Kind,
	type OperationDefinitionNode,
	type SelectionSetNode,
	typeFromAST,
} from 'graphql';

type Fragments = Map<string, FragmentDefinitionNode>;
type Scope = { schema: GraphQLSchema; fragments: Fragments };
type Fields = Map<string, { type: GraphQLOutputType; sets: SelectionSetNode[] }>;

const scalars: Record<string, string> = { Int: 'number', Float: 'number', Boolean: 'boolean' };

function leaf(type: GraphQLType): string {
	const name = String(type);
	return isEnumType(type) || isInputObjectType(type) ? name : (scalars[name] ?? 'string');
}

function wrap(type: GraphQLType, inner: (named: GraphQLType) => string, nonNull = false): string {
	if (isNonNullType(type)) return wrap(type.ofType, inner, true);
	const text = isListType(type) ? `Array<${wrap(type.ofType, inner)}>` : inner(type);
	return nonNull ? text : `${text} | null`;
}

function applies(scope: Scope, condition: string | undefined, object: GraphQLObjectType): boolean {
	if (!condition || condition === object.name) return true;
	const type = scope.schema.getType(condition);
	return isAbstractType(type) && scope.schema.isSubType(type, object);
}

/** Gather the fields that a selection asks of one object type; equal names merge. */
function gather(scope: Scope, set: SelectionSetNode, object: GraphQLObjectType, into: Fields): Fields {
	for (const node of set.selections) {
		if (node.kind === Kind.FIELD) {
			const definition = object.getFields()[node.name.value];
			if (!definition) continue;
			const key = node.alias?.value ?? node.name.value;
			const held = into.get(key) ?? { type: definition.type, sets: [] };
			if (node.selectionSet) held.sets.push(node.selectionSet);
			into.set(key, held);
			continue;
		}
		const target = node.kind === Kind.FRAGMENT_SPREAD ? scope.fragments.get(node.name.value) : node;
		if (target && applies(scope, target.typeCondition?.name.value, object)) {
			gather(scope, target.selectionSet, object, into);
		}
	}
	return into;
}

function objectShape(
	scope: Scope,
	sets: readonly SelectionSetNode[],
	object: GraphQLObjectType,
	top = false,
): string {
	const fields: Fields = new Map();
	for (const set of sets) gather(scope, set, object, fields);
	const parts = top ? [] : [`__typename: '${object.name}'`];
	for (const [key, { type, sets: inner }] of fields) {
		parts.push(`${key}: ${wrap(type, (named) => (inner.length ? shape(scope, inner, named) : leaf(named)))}`);
	}
	return `{ ${parts.join('; ')} }`;
}

function shape(scope: Scope, sets: readonly SelectionSetNode[], type: GraphQLType): string {
	const composite = type as GraphQLCompositeType;
	if (isObjectType(composite)) return objectShape(scope, sets, composite);
	const possible = scope.schema.getPossibleTypes(composite);
	return `(${possible.map((object) => objectShape(scope, sets, object)).join(' | ')})`;
}

/** Enums, inputs and fragments of the whole schema. */
export function emitTypes(schema: GraphQLSchema, fragments: Fragments): string[] {
	const lines = ['// Made by tools/operations.ts from schema/; do not edit.'];
	for (const type of Object.values(schema.getTypeMap())) {
		if (type.name.startsWith('__')) continue;
		if (isEnumType(type)) {
			const values = type.getValues().map((value) => `'${value.name}'`);
			lines.push(`export type ${type.name} = ${values.join(' | ')};`);
		}
		if (isInputObjectType(type)) {
			const fields = Object.values(type.getFields()).map(
				(field) => `${field.name}${isNonNullType(field.type) ? '' : '?'}: ${wrap(field.type, leaf)}`,
			);
			lines.push(`export type ${type.name} = { ${fields.join('; ')} };`);
		}
	}
	for (const fragment of fragments.values()) {
		const on = schema.getType(fragment.typeCondition.name.value);
		if (on)
			lines.push(
				`export type ${fragment.name.value} = ${shape({ schema, fragments }, [fragment.selectionSet], on)};`,
			);
	}
	return lines;
}

export function typeOfOperation(
	schema: GraphQLSchema,
	fragments: Fragments,
	node: OperationDefinitionNode,
): string {
	const root = schema.getRootType(node.operation);
	if (!root) throw new Error(`the schema has no ${node.operation}`);
	const name = node.name?.value ?? 'Unnamed';
	const variables = (node.variableDefinitions ?? []).map((variable) => {
		const type = typeFromAST(schema, variable.type) as GraphQLType;
		return `${variable.variable.name.value}${isNonNullType(type) ? '' : '?'}: ${wrap(type, leaf)}`;
	});
	const given = variables.length ? `{ ${variables.join('; ')} }` : 'Record<string, never>';
	const data = objectShape({ schema, fragments }, [node.selectionSet], root, true);
	return `export type ${name}Data = ${data};\nexport type ${name}Variables = ${given};`;
}
