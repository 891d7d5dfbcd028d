/** The editor's workers, as files of our own: Vite finds them only where they are named by hand. */

import type { Environment } from "monaco-editor/esm/vs/editor/editor.api.js";
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";

const WORKERS: Record<string, new () => Worker> = { json: JsonWorker, graphql: GraphQLWorker };

const MonacoEnvironment: Environment = { getWorker: (_, label) => new (WORKERS[label] ?? EditorWorker)() };

Object.assign(globalThis, { MonacoEnvironment });
