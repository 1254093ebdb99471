// The line between the phone and the city: it can be cut, anywhere, and whatever sits on it can answer in its place.
import {
	createServer,
	type IncomingHttpHeaders,
	type IncomingMessage,
	request,
	type Server,
	type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What was asked: `operation` names the GraphQL operation, or is empty. */
export type Asked = { method: string; path: string; operation: string };
/**
 * `before`: nothing of it reaches the city. `after`: the city has answered, and the answer is lost. `within`: half of
 * the answer arrives. `hang`: nothing reaches the city and nobody says so. `mute`: the city has answered, and the
 * answer never comes. `portal`: a page of a captive portal. `busy`: 503.
 */
export type Fate = 'pass' | 'before' | 'after' | 'within' | 'hang' | 'mute' | 'portal' | 'busy';

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of message) parts.push(part as Buffer);
	return Buffer.concat(parts);
}

function operationIn(body: Buffer): string {
	return /"operationName":"(\w+)"/.exec(body.subarray(0, 400).toString('latin1'))?.[1] ?? '';
}

export class Line {
	/** Decides over each request; the default lets everything through. */
	fate: (asked: Asked) => Fate = () => 'pass';
	/** What the city has answered to, in order, whether the answer arrived or not. */
	readonly reached: (Asked & { status: number })[] = [];
	url = '';
	#up = true;
	readonly #sockets = new Set<Socket>();
	readonly #server: Server;
	readonly #target: URL;

	private constructor(target: string) {
		this.#target = new URL(target);
		this.#server = createServer(
			(asked, answer) => void this.#serve(asked, answer).catch(() => asked.destroy()),
		);
		this.#server.on('connection', (socket) => this.#keep(socket));
		this.#server.on('upgrade', (asked, socket, head) => this.#upgrade(asked, socket as Socket, head));
	}

	static async open(target: string): Promise<Line> {
		const line = new Line(target);
		await new Promise<void>((done) => line.#server.listen(0, '127.0.0.1', done));
		// The host of the city itself: cookies go by host, whatever the port.
		line.url = `http://${line.#target.hostname}:${(line.#server.address() as AddressInfo).port}`;
		return line;
	}

	/** Everything that is under way breaks off, and nothing new gets through. */
	cut(): void {
		this.#up = false;
		for (const socket of this.#sockets) socket.destroy();
	}

	mend(): void {
		this.#up = true;
	}

	async close(): Promise<void> {
		this.cut();
		await new Promise((done) => this.#server.close(done));
	}

	#keep(socket: Socket): void {
		if (!this.#up) socket.destroy();
		this.#sockets.add(socket);
		socket.on('error', () => undefined);
		socket.on('close', () => this.#sockets.delete(socket));
	}

	/** To the city this is its own address. */
	#headers(given: IncomingHttpHeaders): IncomingHttpHeaders {
		const own = given.origin ? { origin: this.#target.origin } : {};
		return { ...given, host: this.#target.host, ...own };
	}

	#forward(asked: IncomingMessage, body: Buffer): Promise<Answer> {
		return new Promise((done, failed) => {
			const { method, url } = asked;
			const outgoing = request(
				{ ...this.#address(), method, path: url, headers: this.#headers(asked.headers) },
				(answer) => {
					const { statusCode = 502, headers } = answer;
					bodyOf(answer).then((text) => done({ status: statusCode, headers, body: text }), failed);
				},
			);
			outgoing.on('error', failed);
			outgoing.end(body);
		});
	}

	#address(): { host: string; port: number } {
		return { host: this.#target.hostname, port: Number(this.#target.port) };
	}

	async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
		const body = await bodyOf(incoming);
		const asked = { method: incoming.method ?? '', path: incoming.url ?? '', operation: operationIn(body) };
		const fate = this.fate(asked);
		if (fate === 'before') return void incoming.socket.destroy();
		if (fate === 'hang') return;
		if (fate === 'portal')
			return void outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Wi-Fi</h1>');
		if (fate === 'busy') return void outgoing.writeHead(503, { 'retry-after': '1' }).end();
		const answer = await this.#forward(incoming, body);
		this.reached.push({ ...asked, status: answer.status });
		if (fate === 'mute') return;
		if (fate === 'after') return void incoming.socket.destroy();
		outgoing.writeHead(answer.status, answer.headers);
		if (fate !== 'within') return void outgoing.end(answer.body);
		outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)));
		setTimeout(() => incoming.socket.destroy(), 20);
	}

	#upgrade(asked: IncomingMessage, socket: Socket, head: Buffer): void {
		const { host, port } = this.#address();
		const city = connect(port, host, () => {
			const headers = Object.entries(this.#headers(asked.headers)).map(
				([name, value]) => `${name}: ${value}`,
			);
			city.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
			city.write(head);
			city.pipe(socket).pipe(city);
		});
		this.#keep(city);
		socket.on('close', () => city.destroy());
	}
}
