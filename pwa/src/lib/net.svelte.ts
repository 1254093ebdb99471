// Whether the last request got through: `navigator.onLine` alone only says that an interface is up.

class Net {
	online = $state(navigator.onLine);
}
export const net = new Net();

export function startNet(): void {
	addEventListener('online', () => {
		net.online = true;
	});
	addEventListener('offline', () => {
		net.online = false;
	});
}
