// Apollo Client, without React.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { SERVER, fact, remembering, tell } from "./facts.mjs";

const BY_PLATFORM = gql`
  query ByPlatform($first: Int!, $after: String) {
    revenue(by: [PLATFORM], orderBy: [{ field: REVENUE_USD, direction: DESC }], first: $first, after: $after) {
      edges { cursor node { platform revenueUsd } }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }
`;
const PARTIAL = gql`
  query Partial {
    measures { coordinate }
    dataset(name: "nothing") { name }
  }
`;

function client(options = {}) {
  const [fetching, asked] = remembering();
  const http = new HttpLink({ uri: SERVER, fetch: fetching, useGETForQueries: options.useGETForQueries });
  const cache = new InMemoryCache({
    typePolicies: { Query: { fields: { revenue: relayStylePagination(["by"]) } } },
  });
  return [new ApolloClient({ link: options.link ? options.link.concat(http) : http, cache }), asked];
}

const platforms = (data) => data.revenue.edges.map(({ node }) => node.platform);

fact("a query has its answer", async () => {
  const [apollo] = client();
  const { data } = await apollo.query({ query: gql`{ revenue { total { revenueUsd streams } } }` });
  assert.equal(data.revenue.total.revenueUsd, 2628.65372866);
});

fact("variables are passed", async () => {
  const [apollo] = client();
  const { data } = await apollo.query({ query: BY_PLATFORM, variables: { first: 2 } });
  assert.deepEqual(platforms(data), ["Spotify", "Apple Music"]);
});

fact("pages are added up as Relay has them", async () => {
  const [apollo] = client();
  const question = { query: BY_PLATFORM, variables: { first: 2 } };
  const { data } = await apollo.query(question);
  await apollo.watchQuery(question).fetchMore({ variables: { after: data.revenue.pageInfo.endCursor } });
  const both = apollo.readQuery(question);
  assert.equal(platforms(both).length, 4);
  assert.equal(new Set(platforms(both)).size, 4);
});

fact("an error rejects under the usual policy", async () => {
  const [apollo] = client();
  const error = await apollo.query({ query: PARTIAL }).then(() => null, (reason) => reason);
  assert.ok(CombinedGraphQLErrors.is(error));
  assert.equal(error.errors[0].extensions.code, "BAD_USER_INPUT");
});

fact("partial data comes with its errors under the policy all", async () => {
  const [apollo] = client();
  const { data, error } = await apollo.query({ query: PARTIAL, errorPolicy: "all" });
  assert.ok(data.measures.length > 10);
  assert.equal(data.dataset, null);
  assert.deepEqual(error.errors[0].path, ["dataset"]);
});

fact("partial data comes without its errors under the policy ignore", async () => {
  const [apollo] = client();
  const { data, error } = await apollo.query({ query: PARTIAL, errorPolicy: "ignore" });
  assert.equal(data.dataset, null);
  assert.equal(error, undefined);
});

fact("a document that is not valid is an error of GraphQL and not of the network", async () => {
  const [apollo] = client();
  const error = await apollo.query({ query: gql`{ nothing }` }).then(() => null, (reason) => reason);
  assert.ok(CombinedGraphQLErrors.is(error));
  assert.equal(error.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

fact("a query by GET needs no further header", async () => {
  const [apollo, asked] = client({ useGETForQueries: true });
  await apollo.query({ query: BY_PLATFORM, variables: { first: 1 } });
  assert.deepEqual(asked.map(({ method }) => method), ["GET"]);
});

fact("a persisted query is sent once and then asked by its hash", async () => {
  const sha256 = (text) => createHash("sha256").update(text).digest("hex");
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
  const [apollo, asked] = client({ link });
  const query = gql`query AskedByItsHash($first: Int!) { revenue(by: [ARTIST], first: $first) { totalCount } }`;
  for (const first of [1, 2]) {
    const { data } = await apollo.query({ query, variables: { first }, fetchPolicy: "network-only" });
    assert.ok(data.revenue.totalCount > 1);
  }
  assert.deepEqual(asked.map(({ method }) => method), ["GET", "POST", "GET"]);
  assert.equal(asked.at(-1).url.searchParams.has("query"), false);
});

fact("a mutation is run", async () => {
  const [apollo] = client();
  const { data } = await apollo.mutate({ mutation: gql`mutation { reload { datasets { changed } } }` });
  assert.deepEqual(data.reload.datasets.filter(({ changed }) => changed), []);
});

fact("a query goes over a WebSocket as well", async () => {
  const socket = createClient({ url: SERVER.replace("http", "ws"), webSocketImpl: WebSocket });
  const apollo = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
  const { data } = await apollo.query({ query: BY_PLATFORM, variables: { first: 2 } });
  assert.deepEqual(platforms(data), ["Spotify", "Apple Music"]);
});

const KPIS = gql`subscription Kpis { kpiUpdates { id value } }`;

function firstOf(apollo) {
  return new Promise((resolve, reject) => {
    const listening = apollo.subscribe({ query: KPIS }).subscribe({
      next: (told) => { resolve(told); setTimeout(() => listening.unsubscribe()); },
      error: reject,
    });
  });
}

fact("a subscription is told in parts over HTTP", async () => {
  const [apollo, asked] = client();
  const { data, error } = await firstOf(apollo);
  assert.equal(error, undefined);
  assert.equal(data.kpiUpdates.length, 13);
  assert.equal(asked.length, 1);
});

fact("a subscription goes over a WebSocket", async () => {
  const socket = createClient({ url: SERVER.replace("http", "ws"), webSocketImpl: WebSocket });
  const apollo = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
  const { data } = await firstOf(apollo);
  assert.equal(data.kpiUpdates.length, 13);
});

await tell();
