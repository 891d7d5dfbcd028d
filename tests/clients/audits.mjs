// Whether the server is one of GraphQL over HTTP, as the audits of graphql-http see it.
import process from "node:process";
import { serverAudits } from "graphql-http";

// A question in the address needs a header which pages of other sites cannot send.
const preflighted = (url, options = {}) => {
  const isGet = (options.method ?? "GET") === "GET";
  const headers = isGet ? { ...options.headers, "graphql-require-preflight": "1" } : options.headers;
  return fetch(url, { ...options, headers });
};

for (const { id, name, fn } of serverAudits({ url: process.argv[2], fetchFn: preflighted })) {
  const { status, reason } = await fn();
  const problem = status === "ok" ? null : `${name}: ${status}, ${reason}`;
  process.stdout.write(JSON.stringify({ name: id, problem }) + "\n");
}
process.exit(0);
