// Chooses between the two texts of a message; the build puts it in place of the choice that each message brings.
import { getLocale } from '../paraglide/runtime';

// biome-ignore lint/suspicious/noExplicitAny: every message has inputs of its own
type Text = (inputs: any) => string;

export const said =
	(id: Text, en: Text) =>
	(inputs?: unknown, options?: { locale?: string }): string =>
		((options?.locale ?? getLocale()) === 'en' ? en : id)(inputs);
