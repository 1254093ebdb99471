// The language of a form's help: the app's own, or Javanese where the city has written it.

type Helped = { help: string | null; helpJv: string | null };
const KEY = 'lugas-help';

class Help {
	javanese = $state(localStorage.getItem(KEY) === 'jv');

	choose(javanese: boolean): void {
		this.javanese = javanese;
		if (javanese) localStorage.setItem(KEY, 'jv');
		else localStorage.removeItem(KEY);
	}

	/** The help to show, and its language when that is not the page's. */
	of(one: Helped): { help: string | null; lang?: 'jv' } {
		return this.javanese && one.helpJv ? { help: one.helpJv, lang: 'jv' } : { help: one.help };
	}
}
export const help = new Help();
