/** The lineage of an answer, as `extensions.lineage` tells it. */

import { useGraphiQL } from "@graphiql/react";
import { useMemo } from "react";

export interface Measure {
  meaning?: string;
  method?: string;
  additivity?: "ADDITIVE" | "SEMI_ADDITIVE" | "NON_ADDITIVE";
  unit: string;
  datasets: string[];
  limitations: string[];
}

export interface Dataset {
  available: boolean;
  rows?: number;
  rowsRejected?: number;
  coversFrom?: string | null;
  coversThrough?: string | null;
  stale?: boolean;
  files?: { name: string; sizeBytes: number; modifiedAt: string }[];
}

export interface Limitation {
  code: string;
  kind: "FOUND" | "STANDING";
  text: string;
  fields: string[];
}

export interface Lineage {
  asOf: string | null;
  version: string;
  measures: Record<string, Measure>;
  datasets: Record<string, Dataset>;
  limitations: Limitation[];
}

/** The lineage of the answer in the current tab: undefined before there is one, null where it has none. */
export function useLineage(): Lineage | null | undefined {
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response);
  return useMemo(() => (response ? lineageIn(response) : undefined), [response]);
}

function lineageIn(response: string): Lineage | null {
  try {
    return JSON.parse(response).extensions?.lineage ?? null;
  } catch {
    return null; // what the fetcher says of a request that failed is no JSON
  }
}
