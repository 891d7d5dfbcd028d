// graphql-request: one function, and a client with headers.
import assert from "node:assert/strict";
import { ClientError, GraphQLClient, gql, rawRequest, request } from "graphql-request";
import { SERVER, fact, tell } from "./facts.mjs";

const TOP = gql`query Top($first: Int!) { revenue(by: [ARTIST], first: $first) { nodes { artist revenueUsd } } }`;

fact("a query has its answer", async () => {
  const data = await request(SERVER, gql`{ revenue { total { revenueUsd } } }`);
  assert.equal(data.revenue.total.revenueUsd, 2628.65372866);
});

fact("variables are passed", async () => {
  const data = await request(SERVER, TOP, { first: 2 });
  assert.equal(data.revenue.nodes.length, 2);
});

fact("lineage is in the extensions", async () => {
  const { extensions } = await rawRequest(SERVER, TOP, { first: 1 });
  assert.equal(extensions.lineage.measures["Revenue.revenueUsd"].unit, "USD");
});

fact("an error is thrown with its code", async () => {
  const error = await request(SERVER, gql`{ nothing }`).then(() => null, (reason) => reason);
  assert.ok(error instanceof ClientError);
  assert.equal(error.response.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

fact("partial data comes with its errors under the policy all", async () => {
  const client = new GraphQLClient(SERVER, { errorPolicy: "all" });
  const { data, errors } = await client.rawRequest(gql`{ measures { coordinate } dataset(name: "nothing") { name } }`);
  assert.ok(data.measures.length > 10);
  assert.equal(errors[0].extensions.code, "BAD_USER_INPUT");
});

fact("a query by GET is answered with the header", async () => {
  const client = new GraphQLClient(SERVER, { method: "GET", headers: { "graphql-require-preflight": "1" } });
  const data = await client.request(TOP, { first: 1 });
  assert.equal(data.revenue.nodes.length, 1);
});

fact("a batch is refused with a code", async () => {
  const client = new GraphQLClient(SERVER);
  const error = await client.batchRequests([{ document: "{ __typename }" }]).then(() => null, (reason) => reason);
  assert.equal(error.response.status, 400);
  assert.match(error.message, /batches are not answered/);
});

await tell();
