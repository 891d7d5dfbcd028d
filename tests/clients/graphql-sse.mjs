// graphql-sse, with a connection for each operation.
import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { SERVER, fact, tell } from "./facts.mjs";

const TOTAL = { query: "{ revenue { total { revenueUsd } } }" };

const connected = () => createClient({ url: SERVER, retryAttempts: 0 });

async function answers(client, payload) {
  const all = [];
  for await (const answer of client.iterate(payload)) all.push(answer);
  return all;
}

fact("a query has one answer and is complete", async () => {
  const [answer, ...others] = await answers(connected(), TOTAL);
  assert.equal(answer.data.revenue.total.revenueUsd, 2628.65372866);
  assert.ok(answer.extensions.lineage.limitations.length);
  assert.deepEqual(others, []);
});

fact("variables are passed", async () => {
  const query = "query Top($first: Int!) { revenue(by: [ARTIST], first: $first) { nodes { artist } } }";
  const [answer] = await answers(connected(), { query, variables: { first: 2 } });
  assert.equal(answer.data.revenue.nodes.length, 2);
});

fact("many questions at once have their answers", async () => {
  const client = connected();
  const all = await Promise.all(Array.from({ length: 20 }, () => answers(client, TOTAL)));
  assert.deepEqual(all.map(([answer]) => answer.data.revenue.total.revenueUsd), Array(20).fill(2628.65372866));
});

fact("partial data comes with its errors", async () => {
  const query = '{ measures { coordinate } dataset(name: "nothing") { name } }';
  const [answer] = await answers(connected(), { query });
  assert.ok(answer.data.measures.length > 10);
  assert.equal(answer.errors[0].extensions.code, "BAD_USER_INPUT");
});

fact("a document that is not valid is told", async () => {
  const [answer] = await answers(connected(), { query: "{ nothing }" });
  assert.equal(answer.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
});

fact("a subscription tells the present state first, and ends when it is left", async () => {
  for await (const { data, extensions } of connected().iterate({ query: "subscription { kpiUpdates { id value } }" })) {
    assert.equal(data.kpiUpdates.length, 13);
    assert.ok(extensions.lineage.limitations.length);
    break;
  }
});

fact("each message is an answer of its own", async () => {
  const names = [];
  for await (const { data } of connected().iterate({ query: "subscription { datasetChanged { name } }" })) {
    names.push(data.datasetChanged.name);
    if (names.length === 12) break;
  }
  assert.equal(new Set(names).size, 12);
});

await tell();
