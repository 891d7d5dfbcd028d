// urql, without React; the cache is left out, so that every question reaches the server.
import assert from "node:assert/strict";
import { Client, fetchExchange, gql } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { SERVER, fact, remembering, tell } from "./facts.mjs";

const TOTAL = gql`query Total { revenue { total { revenueUsd } } }`;
const TOP = gql`query Top($first: Int!) { revenue(by: [ARTIST], first: $first) { nodes { artist } totalCount } }`;

function client(options = {}, ...exchanges) {
  const [fetching, asked] = remembering();
  const preferGetMethod = options.preferGetMethod ?? false;
  const made = new Client({
    url: SERVER, fetch: fetching, exchanges: [...exchanges, fetchExchange], ...options, preferGetMethod,
  });
  return [made, asked];
}

fact("a query has its answer", async () => {
  const [urql] = client();
  const { data, error } = await urql.query(TOTAL, {}).toPromise();
  assert.equal(error, undefined);
  assert.equal(data.revenue.total.revenueUsd, 2628.65372866);
});

fact("lineage is in the extensions", async () => {
  const [urql] = client();
  const { extensions } = await urql.query(TOTAL, {}).toPromise();
  assert.ok(extensions.lineage.limitations.some(({ code }) => code === "PAYMENT_DELAY"));
});

fact("variables are passed", async () => {
  const [urql] = client();
  const { data } = await urql.query(TOP, { first: 1 }).toPromise();
  assert.equal(data.revenue.nodes.length, 1);
});

fact("partial data comes with its errors", async () => {
  const [urql] = client();
  const question = gql`{ measures { coordinate } dataset(name: "nothing") { name } }`;
  const { data, error } = await urql.query(question, {}).toPromise();
  assert.ok(data.measures.length > 10);
  assert.equal(error.graphQLErrors[0].extensions.code, "BAD_USER_INPUT");
});

fact("a document that is not valid is an error of GraphQL and not of the network", async () => {
  const [urql] = client();
  const { error } = await urql.query(gql`{ nothing }`, {}).toPromise();
  assert.equal(error.networkError, undefined);
  assert.equal(error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

fact("a query by GET is answered with the header", async () => {
  const fetchOptions = { headers: { "graphql-require-preflight": "1" } };
  const [urql, asked] = client({ preferGetMethod: "force", fetchOptions });
  const { data } = await urql.query(TOP, { first: 2 }).toPromise();
  assert.equal(data.revenue.nodes.length, 2);
  assert.deepEqual(asked.map(({ method }) => method), ["GET"]);
});

fact("a persisted query is sent once and then asked by its hash", async () => {
  const fetchOptions = { headers: { "graphql-require-preflight": "1" } };
  const exchange = persistedExchange({ preferGetForPersistedQueries: true });
  const [urql, asked] = client({ fetchOptions, preferGetMethod: undefined }, exchange);
  const question = gql`query KnownByItsHash($first: Int!) { streams(by: [PLATFORM], first: $first) { totalCount } }`;
  for (const first of [1, 2]) {
    const { data, error } = await urql.query(question, { first }).toPromise();
    assert.equal(error, undefined);
    assert.ok(data.streams.totalCount > 0);
  }
  assert.equal(asked.length, 3);
  assert.equal(asked.at(-1).url.searchParams.has("query"), false);
});

fact("a mutation is run", async () => {
  const [urql] = client();
  const { data } = await urql.mutation(gql`mutation { reload { datasets { changed } } }`, {}).toPromise();
  assert.deepEqual(data.reload.datasets.filter(({ changed }) => changed), []);
});

await tell();
