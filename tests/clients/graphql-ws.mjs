// graphql-ws, over WebSockets.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { SERVER, fact, tell } from "./facts.mjs";

const TOTAL = { query: "{ revenue { total { revenueUsd } } }" };
const ADDRESS = SERVER.replace("http", "ws");

const connected = (options = {}) => {
  return createClient({ url: ADDRESS, webSocketImpl: WebSocket, retryAttempts: 0, ...options });
};

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

fact("many questions at once have their answers on one socket", async () => {
  let sockets = 0;
  const client = connected({ on: { connected: () => { sockets += 1; } } });
  const all = await Promise.all(Array.from({ length: 20 }, () => answers(client, TOTAL)));
  assert.deepEqual(all.map(([answer]) => answer.data.revenue.total.revenueUsd), Array(20).fill(2628.65372866));
  assert.equal(sockets, 1);
});

fact("a mutation is run", async () => {
  const [answer] = await answers(connected(), { query: "mutation { reload { datasets { changed } } }" });
  assert.deepEqual(answer.data.reload.datasets.filter(({ changed }) => changed), []);
});

fact("partial data comes with its errors", async () => {
  const query = '{ measures { coordinate } dataset(name: "nothing") { name } }';
  const [answer] = await answers(connected(), { query });
  assert.ok(answer.data.measures.length > 10);
  assert.equal(answer.errors[0].extensions.code, "BAD_USER_INPUT");
});

fact("a document that is not valid is an error and leaves the socket open", async () => {
  const client = connected({ lazy: false });
  const errors = await answers(client, { query: "{ nothing }" }).then(() => null, (reason) => reason);
  assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  const [answer] = await answers(client, TOTAL);
  assert.equal(answer.data.revenue.total.revenueUsd, 2628.65372866);
});

fact("a ping is answered", async () => {
  const pong = new Promise((resolve) => {
    connected({ lazy: false, keepAlive: 50, on: { pong: (received) => received && resolve() } });
  });
  await pong;
});

fact("a subscription tells the present state first, and ends when it is left", async () => {
  const client = connected();
  const query = "subscription { kpiUpdates { id value } }";
  for await (const { data } of client.iterate({ query })) {
    assert.equal(data.kpiUpdates.length, 13);
    break;
  }
  const [answer] = await answers(client, TOTAL); // over the same socket
  assert.equal(answer.data.revenue.total.revenueUsd, 2628.65372866);
});

fact("many subscriptions run on one socket", async () => {
  const client = connected();
  const names = new Set();
  const listen = async () => {
    for await (const { data } of client.iterate({ query: "subscription { datasetChanged { name } }" })) {
      names.add(data.datasetChanged.name);
      if (names.size === 12) break;
    }
  };
  await Promise.race(Array.from({ length: 20 }, listen));
  assert.ok(names.has("daily_streams"));
});

await tell();
