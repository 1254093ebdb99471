// Every address of the app and the screen it opens; all but home are loaded when they are needed.
import { begin } from './lib/ahead';
import { Service, Track, VerifyLetter } from './lib/gql/generated/catalogue';
import type { Params, Route } from './lib/router.svelte';
import Home from './routes/Home.svelte';

/**
 * `focused`: one task, no navigation below it. `wide`: a list with a detail pane on large screens.
 * `screen`: addresses that share one living screen. `ahead`: asks for the data before the screen's script is there.
 */
export type AppRoute = Route & {
	focused?: boolean;
	wide?: boolean;
	screen?: string;
	ahead?: (params: Params) => void;
};

const office = { load: () => import('./routes/office/Office.svelte'), wide: true, screen: 'office' };

export const routes: AppRoute[] = [
	{ pattern: '/', load: async () => ({ default: Home }), nav: 'home' },
	{ pattern: '/layanan', load: () => import('./routes/AllServices.svelte'), nav: 'home' },
	{
		pattern: '/layanan/:code',
		load: () => import('./routes/Service.svelte'),
		nav: 'home',
		ahead: ({ code = '' }) => begin(Service, { code }),
	},
	{
		pattern: '/layanan/:code/ajukan',
		load: () => import('./routes/apply/Apply.svelte'),
		focused: true,
		ahead: ({ code = '' }) => begin(Service, { code }),
	},
	{ pattern: '/permohonan', load: () => import('./routes/MyApplications.svelte'), nav: 'mine' },
	{ pattern: '/permohonan/:number', load: () => import('./routes/Case.svelte'), nav: 'mine' },
	{ pattern: '/permohonan/:number/terima', load: () => import('./routes/Receipt.svelte'), nav: 'mine' },
	{ pattern: '/lacak', load: () => import('./routes/Track.svelte'), nav: 'track', screen: 'track' },
	{
		pattern: '/lacak/:number',
		load: () => import('./routes/Track.svelte'),
		nav: 'track',
		screen: 'track',
		ahead: ({ number = '' }) => begin(Track, { number }),
	},
	{ pattern: '/anggaran', load: () => import('./routes/budget/Budget.svelte'), nav: 'budget' },
	{
		pattern: '/anggaran/tetap/:import',
		load: () => import('./routes/budget/Figure.svelte'),
		nav: 'budget',
	},
	{
		pattern: '/anggaran/tetap/:import/:opd',
		load: () => import('./routes/budget/Figure.svelte'),
		nav: 'budget',
	},
	{
		pattern: '/anggaran/tetap/:import/:opd/:code',
		load: () => import('./routes/budget/Figure.svelte'),
		nav: 'budget',
	},
	{
		pattern: '/anggaran/:year/banding',
		load: () => import('./routes/budget/Compare.svelte'),
		nav: 'budget',
	},
	{
		pattern: '/anggaran/:year/kelurahan',
		load: () => import('./routes/budget/Kelurahan.svelte'),
		nav: 'budget',
	},
	{
		pattern: '/anggaran/:year/kelurahan/:kelurahan',
		load: () => import('./routes/budget/Kelurahan.svelte'),
		nav: 'budget',
	},
	{
		pattern: '/anggaran/:year/pendapatan',
		load: () => import('./routes/budget/Revenue.svelte'),
		nav: 'budget',
	},
	{ pattern: '/anggaran/:year', load: () => import('./routes/budget/Place.svelte'), nav: 'budget' },
	{ pattern: '/anggaran/:year/:opd', load: () => import('./routes/budget/Place.svelte'), nav: 'budget' },
	{
		pattern: '/anggaran/:year/:opd/:code',
		load: () => import('./routes/budget/Place.svelte'),
		nav: 'budget',
	},
	{ pattern: '/diikuti', load: () => import('./routes/participation/Following.svelte'), nav: 'account' },
	{ pattern: '/pertanyaan', load: () => import('./routes/office/Questions.svelte'), nav: 'account' },
	{ pattern: '/usulan', load: () => import('./routes/participation/Proposals.svelte'), nav: 'budget' },
	{ pattern: '/usulan/baru', load: () => import('./routes/participation/NewProposal.svelte'), nav: 'budget' },
	{ pattern: '/usulan/:key', load: () => import('./routes/participation/Proposal.svelte'), nav: 'budget' },
	{ pattern: '/kabar', load: () => import('./routes/Notices.svelte'), nav: 'home' },
	{ pattern: '/draf', load: () => import('./routes/Drafts.svelte'), nav: 'mine' },
	{ pattern: '/hari-libur', load: () => import('./routes/Holidays.svelte'), nav: 'account' },
	{ pattern: '/papan', load: () => import('./routes/Board.svelte'), nav: 'account' },
	{ pattern: '/pengganti', load: () => import('./routes/standins/StandIns.svelte'), nav: 'account' },
	{ pattern: '/pengganti/pergi', load: () => import('./routes/standins/Away.svelte'), nav: 'account' },
	{ pattern: '/pengganti/tunjuk', load: () => import('./routes/standins/Name.svelte'), nav: 'account' },
	{ pattern: '/pengganti/:id', load: () => import('./routes/standins/Order.svelte'), nav: 'account' },
	{ pattern: '/perjalanan', load: () => import('./routes/travel/Trips.svelte'), nav: 'account' },
	{ pattern: '/perjalanan/baru', load: () => import('./routes/travel/NewTrip.svelte'), nav: 'account' },
	{ pattern: '/perjalanan/:id', load: () => import('./routes/travel/Trip.svelte'), nav: 'account' },
	{ pattern: '/keuangan', load: () => import('./routes/treasury/Imports.svelte'), nav: 'account' },
	{ pattern: '/keuangan/baru', load: () => import('./routes/treasury/NewImport.svelte'), nav: 'account' },
	{ pattern: '/keuangan/:id', load: () => import('./routes/treasury/Import.svelte'), nav: 'account' },
	{
		pattern: '/kemajuan/:year/:opd/:code',
		load: () => import('./routes/progress/Record.svelte'),
		nav: 'budget',
	},
	{ pattern: '/kiriman', load: () => import('./routes/Outbox.svelte'), nav: 'account' },
	{ pattern: '/akun', load: () => import('./routes/Account.svelte'), nav: 'account' },
	{ pattern: '/membantu', load: () => import('./routes/Helped.svelte'), nav: 'account' },
	{ pattern: '/pengawasan', load: () => import('./routes/office/Oversight.svelte'), nav: 'account' },
	{ pattern: '/akun/profil', load: () => import('./routes/Profile.svelte'), nav: 'account' },
	{ pattern: '/akun/kunci', load: () => import('./routes/Passkeys.svelte'), nav: 'account' },
	{ pattern: '/masuk', load: () => import('./routes/Login.svelte'), nav: 'account' },
	{ pattern: '/pindai', load: () => import('./routes/Scan.svelte'), nav: 'home' },
	{
		pattern: '/v/:id',
		load: () => import('./routes/Verify.svelte'),
		ahead: ({ id = '' }) => begin(VerifyLetter, { id }),
	},
	{ pattern: '/loket', nav: 'inbox', ...office },
	{ pattern: '/berkas', nav: 'files', ...office },
	{ pattern: '/berkas/:number', nav: 'files', ...office },
	{ pattern: '/tanda-tangan', load: () => import('./routes/office/Desk.svelte'), nav: 'desk' },
];
