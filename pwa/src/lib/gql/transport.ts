// Sends a trusted document to the server; shared by the page and the service worker.
import type { Operation } from './operation';

export type FaultKind = 'offline' | 'login' | 'forbidden' | 'busy' | 'server' | 'refused';

/** Why no answer came. Only `refused` and `forbidden` are final; all the others may be tried again. */
export class Fault extends Error {
	constructor(
		readonly kind: FaultKind,
		readonly reference?: string,
		readonly retryAfter?: number,
	) {
		super(kind);
		this.name = 'Fault';
	}
	get final(): boolean {
		return this.kind === 'refused' || this.kind === 'forbidden';
	}
}

type GraphQLFault = { message: string; extensions?: { code?: string; requestId?: string } };
type Body<Data> = { data?: Data | null; errors?: GraphQLFault[] };

const CODES: Record<string, FaultKind> = {
	UNAUTHENTICATED: 'login',
	FORBIDDEN: 'forbidden',
	BAD_REQUEST: 'refused',
	RATE_LIMITED: 'busy',
	// The server has a newer app: what waits is sent as soon as this one is renewed.
	PERSISTED_QUERY_NOT_FOUND: 'server',
};
const TIMEOUT_MS = 25_000;

function kindOf(status: number): FaultKind {
	if (status === 401) return 'login';
	if (status === 403) return 'forbidden';
	if (status === 408 || status === 429 || status === 503) return 'busy';
	if (status === 511) return 'offline'; // Network Authentication Required, RFC 6585
	return status >= 500 ? 'server' : 'refused';
}

/** What something between the phone and the city said in its place: a captive portal, a proxy, a broken line. */
function kindOfStranger(status: number): FaultKind {
	const kind = kindOf(status);
	// Nobody but the city can refuse for good; only a body too large for the way will never get through.
	return kind === 'forbidden' || (kind === 'refused' && status !== 413) ? 'offline' : kind;
}

async function body<Data>(response: Response): Promise<Body<Data>> {
	const retryAfter = Number(response.headers.get('retry-after')) || undefined;
	const reference = response.headers.get('x-request-id') ?? undefined;
	const parsed: unknown = await response.json().catch(() => undefined);
	if (typeof parsed !== 'object' || parsed === null || !('data' in parsed || 'errors' in parsed)) {
		throw new Fault(kindOfStranger(response.status), reference, retryAfter);
	}
	const answer = parsed as Body<Data>;
	const first = answer.errors?.[0];
	if (first) {
		const code = first.extensions?.code ?? '';
		const kind = CODES[code] ?? (response.ok ? 'server' : kindOf(response.status));
		throw new Fault(kind, first.extensions?.requestId ?? reference, retryAfter);
	}
	return answer;
}

/** A refusal about the moment or the session, not about what was asked: the write has to wait, not the person. */
export function passing(answer: { __typename: string; code?: string }): Fault | undefined {
	if (answer.__typename === 'NotNow') return new Fault('busy');
	if (answer.__typename === 'NotAllowed' && answer.code === 'sign_in') return new Fault('login');
	// The bytes or the store's answer were lost on the way: they are sent again.
	if (answer.__typename === 'Conflict' && answer.code === 'not_arrived') return new Fault('server');
	return undefined;
}

/**
 * Run one operation and return its data.
 * @throws Fault when there is no answer, or the answer is no GraphQL data
 */
export async function execute<Data, Variables>(
	operation: Operation<Data, Variables>,
	variables: Variables,
	locale: string,
): Promise<Data> {
	let response: Response;
	try {
		response = await fetch('/graphql', {
			method: 'POST',
			headers: { 'content-type': 'application/json', accept: 'application/json', 'x-lugas-locale': locale },
			credentials: 'same-origin',
			cache: 'no-store',
			signal: AbortSignal.timeout(TIMEOUT_MS),
			body: JSON.stringify({
				operationName: operation.name,
				variables,
				documentId: operation.sha256,
			}),
		});
	} catch {
		throw new Fault('offline');
	}
	const answer = await body<Data>(response);
	if (!answer.data) throw new Fault('server');
	return answer.data;
}
