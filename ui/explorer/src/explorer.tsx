/** GraphiQL, with the worked questions and the lineage beside it. */

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";

import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/react/style.css";
import "graphiql/graphiql.css";
import "./explorer.css";

import type { Opened } from "./asked";
import { type Example, Examples, EXAMPLES_PLUGIN } from "./examples";
import { fetcher } from "./fetcher";
import { LINEAGE_PLUGIN } from "./lineage-pane";
import { LinkButton } from "./link";
import { stored } from "./stored";
import { Strip } from "./strip";
import { Wrapped } from "./wrapped";

const PLUGINS = [EXAMPLES_PLUGIN, LINEAGE_PLUGIN, explorerPlugin(), HISTORY_PLUGIN];

export function Explorer({ examples, initial }: { examples: Example[]; initial: Opened | undefined }) {
  return (
    <Examples value={examples}>
      <GraphiQL
        fetcher={fetcher}
        storage={stored}
        plugins={PLUGINS}
        visiblePlugin={EXAMPLES_PLUGIN}
        defaultQuery={examples[0]?.question ?? "{\n  __typename\n}\n"}
        {...(initial && { initialQuery: initial.query, initialVariables: initial.variables ?? "" })}
        inputValueDeprecation
        schemaDescription
      >
        <GraphiQL.Logo>
          <h1>
            <a href="./">bedrot-graph</a>
          </h1>
        </GraphiQL.Logo>
        <GraphiQL.Toolbar>
          {({ prettify, merge, copy }) => (
            <>
              {prettify}
              {merge}
              {copy}
              <LinkButton />
            </>
          )}
        </GraphiQL.Toolbar>
        <Wrapped />
        <GraphiQL.Footer>
          <Strip />
        </GraphiQL.Footer>
      </GraphiQL>
    </Examples>
  );
}
