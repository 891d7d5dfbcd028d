/** Sends what is written to the endpoint, at whose own address the page stands, whatever a proxy has made of it. */

import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { type DocumentNode, Kind, parse } from "graphql";

const send = createGraphiQLFetcher({
  url: location.pathname,
  subscriptionUrl: `${location.origin.replace(/^http/, "ws")}${location.pathname}`,
});

/**
 * GraphiQL reads its editor a moment after it has changed; who is quicker than that would send the name of the
 * operation of before. So it is read again.
 */
export const fetcher: Fetcher = (asked, options) => {
  const documentAST = parsed(asked.query);
  if (!documentAST) return send(asked, options);
  const isThere = documentAST.definitions.some(
    (each) => each.kind === Kind.OPERATION_DEFINITION && each.name?.value === asked.operationName,
  );
  const { operationName, ...nameless } = asked;
  return send(isThere ? asked : nameless, { ...options, documentAST });
};

function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined; // the server says it better
  }
}
