/** Below the answer, in one line: where it comes from. */

import { useLineage } from "./lineage";
import { counted, day } from "./words";

export function Strip() {
  const lineage = useLineage();
  if (!lineage) return null;
  const { measures, datasets, limitations } = lineage;
  const through = Object.values(datasets).flatMap(({ coversThrough }) => coversThrough ?? []);
  const found = limitations.filter(({ kind }) => kind === "FOUND").length;
  return (
    <section className="strip" aria-label="Lineage in short">
      <p>
        {counted(Object.keys(measures).length, "number")} from {Object.keys(datasets).join(", ")}
        {through.length > 0 && `, through ${day(through.sort().at(-1)!)}`}
        {found > 0 && <strong> · {counted(found, "thing")} to mind</strong>}
      </p>
      <button type="button" onClick={open}>
        See lineage
      </button>
    </section>
  );
}

/** By the sidebar's own button, which alone also widens a pane that is folded away. */
function open() {
  document.querySelector<HTMLButtonElement>('button[aria-label="Show Lineage"]')?.click();
}
