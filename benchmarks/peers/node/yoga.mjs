// graphql-yoga with one set of DataLoaders a request.
import { createServer } from "node:http";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import * as tables from "./tables.mjs";

// Fields with arguments get a loader for each set of arguments.
function byArguments(make) {
  const made = new Map();
  return (...given) => {
    const key = given.join();
    if (!made.has(key)) made.set(key, new DataLoader(make(...given)));
    return made.get(key);
  };
}

const loaders = () => ({
  servicesOfOpd: new DataLoader(tables.servicesOfOpds),
  service: new DataLoader(tables.servicesByCode),
  opd: new DataLoader(tables.opdsByCode),
  timeline: byArguments((last) => (ids) => tables.timelines(ids, last)),
  topLines: byArguments((year, stage, first) => (codes) => tables.topLines(year, stage, codes, first)),
});

const resolvers = {
  DateTime: tables.DateTime,
  Query: {
    opds: tables.opds,
    track: (_, { number }) => tables.track(number),
    inbox: (_, { opd, first }) => tables.inbox(opd, first),
    budget: (_, { year }) => tables.budget(year, false),
    keptBudget: (_, { year }) => tables.budget(year, true),
  },
  Opd: { services: (opd, _, { load }) => load.servicesOfOpd.load(opd.code) },
  Case: {
    state: (c) => ({ name: c.state, kind: c.state_kind }),
    service: (c, _, { load }) => load.service.load(c.service_code),
    serviceName: async (c, _, { load }) => (await load.service.load(c.service_code)).name,
    opdName: async (c, _, { load }) => (await load.opd.load(c.opd)).name,
    timeline: (c, { last }, { load }) => load.timeline(last).load(c.id),
  },
  Budget: { opds: tables.opdBudgets },
  OpdBudget: {
    total: tables.total,
    topLines: (b, { first }, { load }) => load.topLines(b.year, b.stage, first).load(b.opd.code),
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs: tables.typeDefs, resolvers }),
  context: () => ({ load: loaders() }),
  graphiql: false,
  landingPage: false,
  logging: false,
});
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
