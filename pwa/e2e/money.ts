// Files of the budget for the browser tests, as finance staff would bring them in.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { lugas } from './commands';

/** Bring a table in by the command line; it must come into force. */
export function bring(name: string, rows: readonly string[], ...given: string[]): void {
	const file = join(mkdtempSync(join(tmpdir(), 'lugas-money-')), name);
	writeFileSync(file, `${rows.join('\n')}\n`);
	expect(lugas('budget', 'import', file, ...given)).toContain('in_force');
}

export const HEADINGS =
	'tahun,kode_urusan,nama_urusan,kode_skpd,nama_skpd,kode_sub_unit,nama_sub_unit,kode_bidang_urusan,nama_bidang_urusan,kode_program,nama_program,kode_kegiatan,nama_kegiatan,kode_sub_kegiatan,nama_sub_kegiatan,kode_sumber_dana,nama_sumber_dana,kode_rekening,nama_rekening,kode_standar_harga,nama_standar_harga,pagu';
/** A line of a sub-activity of waste collection, as the export of SIPD has it. */
export const line = (sub: string, name: string, account: string, what: string, amount: string) =>
	`2026,2,Urusan,2.11.0.00.0.00.01.0000,Dinas Lingkungan Hidup,2.11.0.00.0.00.01.0000,DLH,2.11,Lingkungan hidup,2.11.11,Pengelolaan persampahan,2.11.11.2.01,Pengurangan sampah,${sub},${name},1.1,PAD,${account},Belanja,,${what},${amount}`;
