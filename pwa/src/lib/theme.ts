// Light or dark: the phone decides unless the person does.

export type Theme = 'auto' | 'light' | 'dark';
const KEY = 'lugas-theme';

export function chosenTheme(): Theme {
	const kept = localStorage.getItem(KEY);
	return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

export function useTheme(theme: Theme): void {
	if (theme === 'auto') {
		localStorage.removeItem(KEY);
		delete document.documentElement.dataset.theme;
	} else {
		localStorage.setItem(KEY, theme);
		document.documentElement.dataset.theme = theme;
	}
}
