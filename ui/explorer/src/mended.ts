/**
 * What GraphiQL's own markup says wrongly to those who hear the page, put right as it appears.
 *
 * Its tabs are interactive within interactive, its panes and its editors are no landmarks, and fields of its plugins
 * have no names.
 */

type Mend = (element: HTMLElement) => void;

const says = (name: string, value: string): Mend => (element) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};
const saysNot = (name: string): Mend => (element) => element.removeAttribute(name);

const MENDS: Record<string, Mend[]> = {
  "#graphiql-session": [says("role", "main")],
  ".graphiql-session-header": [says("role", "banner")],
  ".graphiql-sidebar": [says("role", "navigation"), says("aria-label", "Panes and settings")],
  ".graphiql-plugin": [says("role", "complementary"), says("aria-label", "Pane")],
  ".graphiql-tabs[role]": [saysNot("role")],
  ".graphiql-tab[role]": [saysNot("role")],
  ".graphiql-tab[aria-selected]": [
    (tab) => says("aria-current", tab.getAttribute("aria-selected")!)(tab.querySelector("button")!),
    saysNot("aria-selected"),
  ],
  ".graphiql-history-item-label[aria-label]": [saysNot("aria-label")],
  ".graphiql-explorer-root :is(input, select):not([aria-label])": [
    (field) =>
      says("aria-label", field.closest<HTMLElement>("[data-arg-name]")?.dataset.argName ?? "Name of the operation")(field),
  ],
};

export function mend(root: HTMLElement): void {
  const all = () => {
    for (const [selector, mends] of Object.entries(MENDS)) {
      for (const element of root.querySelectorAll<HTMLElement>(selector)) mends.forEach((each) => each(element));
    }
  };
  new MutationObserver(all).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ["role", "aria-selected"],
  });
}
