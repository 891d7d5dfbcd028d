/** Wraps long lines in the operation's editor: the panes beside it leave it little room. */

import { useGraphiQL } from "@graphiql/react";
import { useEffect } from "react";

export function Wrapped() {
  const editor = useGraphiQL(({ queryEditor }) => queryEditor);
  useEffect(() => editor?.updateOptions({ wordWrap: "on", wrappingIndent: "indent" }), [editor]);
  return null;
}
