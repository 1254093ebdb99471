// mercurius with its JIT and its own loaders.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import * as tables from "./tables.mjs";

const keys = (queries, of) => [...new Set(queries.map(({ obj }) => of(obj)))];

// Each query of a batch gets the answer of its key.
async function each(queries, of, batch) {
  const wanted = keys(queries, of);
  const found = await batch(wanted);
  const known = new Map(wanted.map((key, place) => [key, found[place]]));
  return queries.map(({ obj }) => known.get(of(obj)));
}

// The product's own notifications of events, over one connection, as its subscribers would build it.
async function listen(pubsub) {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  client.on("notification", async ({ payload }) => {
    if (!payload.startsWith("e:")) return;
    const event = JSON.parse(payload.slice(2));
    const [found] = await tables.rows("SELECT number FROM applications WHERE id = $1", [event.s]);
    const state = { name: event.t, title: event.t };
    const change = { number: found.number, version: event.n, kind: event.e, at: new Date(event.a), state };
    pubsub.publish({ topic: `case:${event.s}`, payload: { caseChanged: change } });
  });
  await client.query("LISTEN lugas");
}

const liveTypes = /* GraphQL */ `
  type Subscription { caseChanged(number: String!): CaseChange! }
  type CaseChange { number: String! version: Int! kind: String! at: DateTime! state: ChangedState! }
  type ChangedState { name: String! title: String! }
`;

const resolvers = {
  Subscription: {
    caseChanged: {
      subscribe: async (_, { number }, { pubsub }) =>
        pubsub.subscribe(`case:${(await tables.track(number)).id}`),
    },
  },
  DateTime: tables.DateTime,
  Query: {
    opds: tables.opds,
    track: (_, { number }) => tables.track(number),
    inbox: (_, { opd, first }) => tables.inbox(opd, first),
    budget: (_, { year }) => tables.budget(year, false),
    keptBudget: (_, { year }) => tables.budget(year, true),
  },
  Case: { state: (c) => ({ name: c.state, kind: c.state_kind }) },
  Budget: { opds: tables.opdBudgets },
  OpdBudget: { total: tables.total },
};

const loaders = {
  Opd: { services: (queries) => each(queries, (o) => o.code, tables.servicesOfOpds) },
  Case: {
    service: (queries) => each(queries, (c) => c.service_code, tables.servicesByCode),
    serviceName: async (queries) =>
      (await each(queries, (c) => c.service_code, tables.servicesByCode)).map((s) => s.name),
    opdName: async (queries) => (await each(queries, (c) => c.opd, tables.opdsByCode)).map((o) => o.name),
    timeline: (queries) => each(queries, (c) => c.id, (ids) => tables.timelines(ids, queries[0].params.last)),
  },
  OpdBudget: {
    topLines: (queries) => {
      const { year, stage } = queries[0].obj;
      const first = queries[0].params.first;
      return each(queries, (b) => b.opd.code, (codes) => tables.topLines(year, stage, codes, first));
    },
  },
};

const app = Fastify();
app.register(mercurius, {
  schema: tables.typeDefs + liveTypes,
  resolvers,
  loaders,
  jit: 1,
  graphiql: false,
  subscription: true,
});
app.ready().then(() => listen(app.graphql.pubsub));
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
