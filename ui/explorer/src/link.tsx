/** A button that gives the address of what is written in the editor. */

import { pick, ToolbarButton, useGraphiQL } from "@graphiql/react";
import { useState } from "react";

import { addressOf } from "./asked";

export function LinkButton() {
  const { queryEditor, variableEditor } = useGraphiQL(pick("queryEditor", "variableEditor"));
  const [isCopied, setCopied] = useState(false);

  async function copy() {
    const address = addressOf({ query: queryEditor?.getValue() ?? "", variables: variableEditor?.getValue() ?? "" });
    history.replaceState(null, "", address); // there to be copied by hand, where the clipboard is not ours to use
    await navigator.clipboard?.writeText(address).catch(() => undefined);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <ToolbarButton label={isCopied ? "The link is in the address bar" : "Link to this question"} onClick={copy}>
      <svg className="graphiql-toolbar-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" aria-hidden="true">
        <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1.2 1.2M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1.2-1.2" />
      </svg>
    </ToolbarButton>
  );
}
