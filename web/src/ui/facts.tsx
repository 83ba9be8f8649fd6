// What is known of a thing, as a list of names and values.

/** A fact is a name and its words (with the unit); one without words is left out. */
export type Fact = [string, string | null | undefined];

export function FactList({ facts }: { facts: Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, words]) => words)
        .map(([name, words]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
    </dl>
  );
}
