/** A paragraph; what stands between backticks is code. */
export function Prose({ text, className }: { text: string; className?: string }) {
  const parts = text.split("`");
  return <p className={className}>{parts.map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}</p>;
}
