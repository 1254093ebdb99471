// A trusted document: its name and the beginning of the digest under which the server knows its text.
export type Operation<Data, Variables> = {
	readonly name: string;
	readonly sha256: string;
	/** Never set: carries the types only. */
	readonly types?: { data: Data; variables: Variables };
};
