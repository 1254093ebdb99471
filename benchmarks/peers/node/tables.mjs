// One schema and its SQL for the Node servers that are written by hand; each brings its own batching.
import pg from "pg";
import { GraphQLScalarType } from "graphql";

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });

export const rows = async (sql, values) => (await pool.query(sql, values)).rows;

export const DateTime = new GraphQLScalarType({
  name: "DateTime",
  serialize: (value) => value.toISOString(),
});

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  type Query {
    opds: [Opd!]!
    track(number: String!): Case
    inbox(opd: String!, first: Int!): CaseConnection!
    budget(year: Int!): Budget
    keptBudget(year: Int!): Budget
  }
  type Opd { code: String! name: String! services: [Service!]! }
  type Service { code: String! name: String! category: String! }
  type State { name: String! kind: String! }
  type Event { at: DateTime! kind: String! }
  type Case {
    number: String! submittedAt: DateTime! dueAt: DateTime state: State! service: Service!
    serviceName: String! opdName: String! timeline(last: Int): [Event!]!
  }
  type CaseEdge { node: Case! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type CaseConnection { edges: [CaseEdge!]! pageInfo: PageInfo! }
  type FundSource { code: String! name: String! }
  type SourceTotal { source: FundSource! total: String! }
  type BudgetLine { account: String! name: String! amount: String! }
  type OpdBudget { opd: Opd! total: String! bySource: [SourceTotal!]! topLines(first: Int!): [BudgetLine!]! }
  type Budget { year: Int! opds: [OpdBudget!]! }
`;

const CASE = `id, number, service_code, opd, state, state_kind, submitted_at AS "submittedAt", due_at AS "dueAt",
  order_at AS "orderAt"`;

export const opds = () => rows("SELECT code, name FROM opds ORDER BY name");

export const track = async (number) =>
  (await rows(`SELECT ${CASE} FROM applications WHERE number = $1`, [number]))[0] ?? null;

export async function inbox(opd, first) {
  const found = await rows(
    `SELECT ${CASE} FROM applications WHERE opd = $1 AND closed_at IS NULL
     ORDER BY order_at, submitted_at, id LIMIT $2`,
    [opd, first + 1],
  );
  const cases = found.slice(0, first);
  const last = cases.at(-1);
  const keys = last && JSON.stringify([last.orderAt, last.submittedAt, last.id]);
  return {
    edges: cases.map((node) => ({ node })),
    pageInfo: {
      hasNextPage: found.length > first,
      endCursor: keys ? Buffer.from(keys).toString("base64url") : null,
    },
  };
}

export async function budget(year, kept) {
  const found = await rows("SELECT year, stage FROM budget_years WHERE year = $1", [year]);
  return found.length ? { ...found[0], kept } : null;
}

// The totals of a whole year come in one statement, live from the lines or from the kept summary.
export async function opdBudgets({ year, stage, kept }) {
  const [offices, totals] = await Promise.all([
    opds(),
    rows(
      kept
        ? `SELECT t.opd, t.fund_source, s.name, t.amount AS total FROM budget_totals t
           JOIN fund_sources s ON s.code = t.fund_source WHERE year = $1 AND stage = $2 ORDER BY t.fund_source`
        : `SELECT t.opd, t.fund_source, s.name, t.total FROM (
             SELECT opd, fund_source, sum(amount) AS total FROM budget_lines
             WHERE year = $1 AND stage = $2 GROUP BY opd, fund_source) t
           JOIN fund_sources s ON s.code = t.fund_source ORDER BY t.fund_source`,
      [year, stage],
    ),
  ]);
  const byOpd = new Map(offices.map((opd) => [opd.code, { opd, year, stage, bySource: [] }]));
  for (const t of totals) {
    byOpd.get(t.opd).bySource.push({ source: { code: t.fund_source, name: t.name }, total: t.total });
  }
  return [...byOpd.values()].filter((b) => b.bySource.length);
}

const SEN = 100n;
const sen = (text) => BigInt(text.replace(".", ""));

export function total({ bySource }) {
  const sum = bySource.reduce((all, s) => all + sen(s.total), 0n);
  return `${sum / SEN}.${String(sum % SEN).padStart(2, "0")}`;
}

// Batches: each takes many keys and gives an answer for each, in their order.
const grouped = (keys, found, of) => {
  const groups = new Map(keys.map((key) => [key, []]));
  for (const row of found) groups.get(of(row)).push(row);
  return keys.map((key) => groups.get(key));
};
const single = (keys, found, of) => {
  const known = new Map(found.map((row) => [of(row), row]));
  return keys.map((key) => known.get(key));
};

export const servicesOfOpds = async (codes) =>
  grouped(
    codes,
    await rows(
      `SELECT opd, code, name, category FROM services WHERE opd = ANY($1)
       ORDER BY popular NULLS LAST, name, code`,
      [codes],
    ),
    (row) => row.opd,
  );

export const servicesByCode = async (codes) =>
  single(
    codes,
    await rows("SELECT code, name, category FROM services WHERE code = ANY($1)", [codes]),
    (row) => row.code,
  );

export const opdsByCode = async (codes) =>
  single(codes, await rows("SELECT code, name FROM opds WHERE code = ANY($1)", [codes]), (row) => row.code);

export const timelines = async (ids, last) =>
  grouped(
    ids,
    await rows(
      `SELECT e.* FROM unnest($1::uuid[]) AS c(id) CROSS JOIN LATERAL (
         SELECT subject_id, at, kind FROM recorded_events
         WHERE subject_kind = 'application' AND subject_id = c.id ORDER BY seq DESC LIMIT $2) e`,
      [ids, last ?? 50],
    ),
    (row) => row.subject_id,
  );

export const topLines = async (year, stage, codes, first) =>
  grouped(
    codes,
    await rows(
      `SELECT l.* FROM unnest($1::text[]) AS o(code) CROSS JOIN LATERAL (
         SELECT opd, account, name, amount FROM budget_lines
         WHERE year = $2 AND stage = $3 AND opd = o.code ORDER BY amount DESC, id LIMIT $4) l`,
      [codes, year, stage, first],
    ),
    (row) => row.opd,
  );
