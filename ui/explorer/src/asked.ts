/** What the page's address asks to be opened, and addresses that do. Never in `?query=`: that the server would answer. */

import type { Example } from "./examples";

export interface Opened {
  query: string;
  variables?: string;
}

/** `?example=Platforms`, or `#query=…&variables=…`; undefined where the address names nothing that is there. */
export function asked(examples: Example[]): Opened | undefined {
  const address = new URL(location.href);
  const { query, variables } = Object.fromEntries(new URLSearchParams(address.hash.slice(1)));
  const example = examples.find(({ name }) => name === address.searchParams.get("example"));
  if (!query && !example) return undefined;
  // Opened once: who goes on from there and loads the page again has what was written, not another tab.
  history.replaceState(null, "", location.pathname);
  if (!query) return { query: example!.question };
  return variables ? { query, variables } : { query };
}

/** The address that opens a question, with its variables. */
export function addressOf({ query, variables }: Opened): string {
  const said = new URLSearchParams(variables ? { query, variables } : { query });
  return `${location.origin}${location.pathname}#${said}`;
}
