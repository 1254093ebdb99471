// The city's own commands, given beside the running server as its staff would; and what time does to its rows.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const program = process.env.LUGAS_PYTHON ?? join(root, '.venv', 'bin', 'python');
const python = (...given: string[]) => execFileSync(program, given, { cwd: root, encoding: 'utf8' });

/** A command of `python -m backend`; its output, or an exception when it refuses. */
export const lugas = (...given: string[]): string => python('-m', 'backend', ...given);

/** What five minutes do to a signing intent, one to a number that was sent a code, or three dead workers to a file. */
export function age(kind: 'intent' | 'code' | 'reading', which: string): void {
	python('-m', 'tests.aged', kind, which);
}
