/** The worked questions of the docs, to be opened beside what is written already. */

import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { createContext, useContext } from "react";

import { Prose } from "./prose";

export interface Example {
  name: string;
  title: string;
  text: string;
  question: string;
}

export const Examples = createContext<Example[]>([]);

/** The questions as the server has them with it; none where it does not give them. */
export async function worked(): Promise<Example[]> {
  const response = await fetch("static/examples.json").catch(() => undefined);
  return response?.ok ? response.json() : [];
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: "Examples", icon: Icon, content: List };

function List() {
  const examples = useContext(Examples);
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "queryEditor", "variableEditor"),
  );
  const { addTab, changeTab } = useGraphiQLActions();
  const current = tabs[activeTabIndex]?.query?.trim();

  function open({ question }: Example) {
    const index = tabs.findIndex((tab) => tab.query?.trim() === question.trim());
    if (index >= 0 && index !== activeTabIndex) changeTab(index);
    if (index < 0) {
      if (current) addTab();
      queryEditor?.setValue(question);
      variableEditor?.setValue("");
    }
    queryEditor?.focus();
  }

  return (
    <section className="pane" aria-label="Examples">
      <h2>Examples</h2>
      <p className="quiet">Open one, then run it (Ctrl-Enter) or change it. Nothing is asked before.</p>
      <ul className="examples">
        {examples.map((example) => (
          <li key={example.name}>
            <button
              type="button"
              aria-current={current === example.question.trim() ? "true" : undefined}
              onClick={() => open(example)}
            >
              {example.title}
            </button>
            {example.text && <Prose text={example.text} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Icon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M3 3.5h10.5a2 2 0 0 1 2 2v11H5a2 2 0 0 1-2-2z" strokeLinejoin="round" />
      <path d="M6.8 7.4a2.3 2.3 0 1 1 3.3 2.1c-.6.3-.9.7-.9 1.4M9.2 13.4v.1" />
    </svg>
  );
}
