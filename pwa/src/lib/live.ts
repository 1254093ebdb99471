// Follows events over graphql-transport-ws while the page is seen and online. An event only says that something
// happened; whoever follows reads anew. One socket serves all who follow; it is made again with a growing pause.
import { getLocale } from '../paraglide/runtime';

/** A case by its number, or the inbox of one's offices. */
export type Topic = { number: string } | 'inbox';
type Follower = { topic: Topic; heard: () => void; since: number };
type Message = { type?: string };

const PROTOCOL = 'graphql-transport-ws';
const CASE = 'subscription C($n: String!) { caseChanged(number: $n) { version } }';
const INBOX = 'subscription { inboxChanged { version } }';
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Everyone who follows hears at the same moment: they do not all ask at the same moment. */
const SPREAD_MS = 400;
/** A screen that began to follow so lately has just read. */
const JUST_READ_MS = 3000;
const SESSION_OVER = 4403;

const followers = new Map<string, Follower>();
let socket: WebSocket | undefined;
let ready = false;
let count = 0;
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Call `heard` whenever the topic may have changed; returns how to stop. */
export function follow(topic: Topic, heard: () => void): () => void {
	count += 1;
	const id = String(count);
	followers.set(id, { topic, heard: spread(heard), since: Date.now() });
	if (ready) subscribe(id);
	else connect();
	return () => {
		followers.delete(id);
		if (ready) say({ type: 'complete', id });
		if (followers.size === 0) close();
	};
}

function spread(heard: () => void): () => void {
	let waiting = false;
	return () => {
		if (waiting) return;
		waiting = true;
		setTimeout(() => {
			waiting = false;
			heard();
		}, Math.random() * SPREAD_MS);
	};
}

function wanted(): boolean {
	return followers.size > 0 && document.visibilityState === 'visible' && navigator.onLine;
}

function connect(): void {
	if (socket || timer || !wanted()) return;
	ready = false;
	const made = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/graphql`, PROTOCOL);
	socket = made;
	made.onopen = () => say({ type: 'connection_init', payload: { locale: getLocale() } });
	made.onmessage = (event) => made === socket && take(event.data);
	made.onclose = (event) => made === socket && lost(event.code);
}

function take(data: unknown): void {
	const message = JSON.parse(String(data)) as Message & { id?: string };
	if (message.type === 'ping') say({ type: 'pong' });
	else if (message.type === 'next') followers.get(message.id ?? '')?.heard();
	else if (message.type === 'connection_ack') {
		ready = true;
		for (const id of followers.keys()) subscribe(id);
		// What happened before this moment was told to nobody: once all is in force, everyone reads anew.
		say({ type: 'ping' });
	} else if (message.type === 'pong') {
		failures = 0;
		for (const one of followers.values()) if (Date.now() - one.since > JUST_READ_MS) one.heard();
	}
}

function subscribe(id: string): void {
	const topic = followers.get(id)?.topic;
	if (topic === undefined) return;
	const payload = topic === 'inbox' ? { query: INBOX } : { query: CASE, variables: { n: topic.number } };
	say({ type: 'subscribe', id, payload });
}

function say(message: object): void {
	if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function lost(code: number): void {
	socket = undefined;
	ready = false;
	if (code === SESSION_OVER) return; // the next request asks to log in again
	failures += 1;
	const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 6));
	timer = setTimeout(
		() => {
			timer = undefined;
			connect();
		},
		pause * (0.5 + Math.random() / 2),
	);
}

function close(): void {
	clearTimeout(timer);
	timer = undefined;
	const old = socket;
	socket = undefined;
	ready = false;
	old?.close(1000);
}

function look(): void {
	if (wanted()) connect();
	else close();
}
document.addEventListener('visibilitychange', look);
addEventListener('online', look);
addEventListener('offline', look);
