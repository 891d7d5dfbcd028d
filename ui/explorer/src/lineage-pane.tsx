/** Where the numbers of the last answer come from, and what they cannot tell. */

import { type GraphiQLPlugin } from "@graphiql/react";
import { Fragment, useId } from "react";

import { type Dataset, type Lineage, type Limitation, type Measure, useLineage } from "./lineage";
import { counted, day, size, unit } from "./words";

export const LINEAGE_PLUGIN: GraphiQLPlugin = { title: "Lineage", icon: Icon, content: Pane };

const ADDS_UP = {
  ADDITIVE: "parts add up",
  SEMI_ADDITIVE: "parts add up, but not over time",
  NON_ADDITIVE: "parts do not add up",
};

function Pane() {
  const lineage = useLineage();
  return (
    <section className="pane" aria-label="Lineage">
      <h2>Lineage</h2>
      {lineage ? <Whole lineage={lineage} /> : <p className="quiet">{lineage === undefined ? NOTHING_YET : NONE}</p>}
    </section>
  );
}

const NOTHING_YET = "Ask a question: where each number of its answer comes from is shown here.";
const NONE = "This answer has no number of the lake in it, or its lineage was not asked for.";

function Whole({ lineage }: { lineage: Lineage }) {
  const id = useId();
  const { measures, datasets, limitations } = lineage;
  return (
    <>
      <p className="quiet">
        Of the answer in this tab.{" "}
        {lineage.asOf && (
          <>
            The newest date in the lake is <time dateTime={lineage.asOf}>{day(lineage.asOf)}</time>.
          </>
        )}
      </p>
      {Object.keys(measures).length > 0 && (
        <>
          <h3>Numbers</h3>
          {Object.entries(measures).map(([name, measure]) => (
            <Number key={name} name={name} measure={measure} lineage={lineage} id={id} />
          ))}
        </>
      )}
      <h3>Files</h3>
      {Object.entries(datasets).map(([name, dataset]) => (
        <Source key={name} name={name} dataset={dataset} />
      ))}
      {limitations.length > 0 && <Limitations limitations={limitations} id={id} />}
      <p className="quiet">
        Data version <code>{lineage.version}</code>
      </p>
    </>
  );
}

function Number({ name, measure, lineage, id }: { name: string; measure: Measure; lineage: Lineage; id: string }) {
  const [type, field] = name.split(".");
  const told = new Set(lineage.limitations.map(({ code }) => code));
  return (
    <article className="card">
      <h4>
        <code>
          <span className="quiet">{type}.</span>
          {field}
        </code>
        <span className="unit">{unit(measure.unit)}</span>
      </h4>
      {measure.meaning && <p>{measure.meaning}</p>}
      <dl>
        {measure.method && (
          <>
            <dt>Method</dt>
            <dd>
              {measure.method}
              {measure.additivity && <span className="quiet"> ({ADDS_UP[measure.additivity]})</span>}
            </dd>
          </>
        )}
        <dt>From</dt>
        <dd>
          {measure.datasets.length === 0 && "nothing that is read"}
          {measure.datasets.map((dataset) => (
            <Freshness key={dataset} name={dataset} dataset={lineage.datasets[dataset]} />
          ))}
        </dd>
        {measure.limitations.length > 0 && (
          <>
            <dt>Cannot tell</dt>
            <dd className="chips">
              {measure.limitations.map((code) =>
                told.has(code) ? (
                  <button type="button" key={code} className="chip" onClick={() => show(`${id}${code}`)}>
                    {code}
                  </button>
                ) : (
                  <span key={code} className="chip">
                    {code}
                  </span>
                ),
              )}
            </dd>
          </>
        )}
      </dl>
    </article>
  );
}

/** So many files are named beside a number; all of them stand below. */
const FEW = 3;

function Freshness({ name, dataset }: { name: string; dataset: Dataset | undefined }) {
  const through = dataset?.coversThrough;
  const files = dataset?.files ?? [];
  return (
    <span className="from" title={name}>
      {files.length > 0 && files.length <= FEW ? (
        files.map((file, at) => (
          <Fragment key={file.name}>
            {at > 0 && ", "}
            <code>{file.name}</code>
          </Fragment>
        ))
      ) : (
        <>
          {files.length > FEW && `${files.length} files of `}
          <code>{name}</code>
        </>
      )}
      {dataset?.available && through && <> through {day(through)}</>}
      {dataset?.stale && <strong className="badge warning">stale</strong>}
      {dataset && !dataset.available && <strong className="badge critical">cannot be read</strong>}
    </span>
  );
}

function Source({ name, dataset }: { name: string; dataset: Dataset }) {
  const { rows = 0, rowsRejected = 0, coversFrom, coversThrough, files = [] } = dataset;
  return (
    <article className="card">
      <h4>
        <code>{name}</code>
        {dataset.stale && <strong className="badge warning">stale</strong>}
        {!dataset.available && <strong className="badge critical">cannot be read</strong>}
      </h4>
      {dataset.available && (
        <p>
          {counted(rows, "row")}, {rowsRejected ? <strong>{counted(rowsRejected, "row")} rejected</strong> : "none rejected"}
          {coversFrom && coversThrough && (
            <>
              ; {day(coversFrom)} – {day(coversThrough)}
            </>
          )}
        </p>
      )}
      <ul className="files">
        {files.map((file) => (
          <li key={file.name}>
            <code>{file.name}</code>{" "}
            <span className="quiet">
              {size(file.sizeBytes)}, written {day(file.modifiedAt)}
            </span>
          </li>
        ))}
      </ul>
    </article>
  );
}

function Limitations({ limitations, id }: { limitations: Limitation[]; id: string }) {
  const found = limitations.filter(({ kind }) => kind === "FOUND");
  const standing = limitations.filter(({ kind }) => kind === "STANDING");
  return (
    <>
      {found.length > 0 && <h3>Mind, in this answer</h3>}
      <Told limitations={found} id={id} />
      {standing.length > 0 && <h3>What such numbers cannot tell</h3>}
      <Told limitations={standing} id={id} />
    </>
  );
}

function Told({ limitations, id }: { limitations: Limitation[]; id: string }) {
  const first = new Set<string>();
  return limitations.map(({ code, kind, text, fields }) => {
    const anchor = first.has(code) ? undefined : `${id}${code}`;
    first.add(code);
    return (
      <article key={`${code} ${text}`} id={anchor} tabIndex={-1} className={`card limitation ${kind.toLowerCase()}`}>
        <p>{text}</p>
        <p className="quiet">
          <code>{code}</code> · {fields.join(", ")}
        </p>
      </article>
    );
  });
}

function show(id: string) {
  const element = document.getElementById(id);
  element?.scrollIntoView({ block: "nearest" });
  element?.focus();
}

function Icon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M2.5 5c2.5-2 5-2 7.5 0s5 2 7.5 0M2.5 10.2c2.5-2 5-2 7.5 0s5 2 7.5 0M2.5 15.4c2.5-2 5-2 7.5 0s5 2 7.5 0" />
    </svg>
  );
}
