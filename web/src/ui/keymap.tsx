import { useEffect, useRef } from "preact/hooks";
import { globalKeys, localKeys, showKeys } from "../lib/keys";

export function KeyMap() {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = box.current;
    if (!d) return;
    if (showKeys.value && !d.open) d.showModal();
    if (!showKeys.value && d.open) d.close();
  }, [showKeys.value]);
  const list = (keys: { keys: string; does: string }[]) => (
    <dl class="keys">
      {keys.map((k) => (
        <div key={k.keys}>
          <dt>
            {k.keys.split(" ").map((x) => (
              <kbd key={x}>{x}</kbd>
            ))}
          </dt>
          <dd>{k.does}</dd>
        </div>
      ))}
    </dl>
  );
  return (
    <dialog ref={box} class="keymap" aria-labelledby="keymap-title" onClose={() => (showKeys.value = false)}>
      <h2 id="keymap-title">Keyboard</h2>
      {localKeys().length > 0 && (
        <>
          <h3>This page</h3>
          {list(localKeys())}
        </>
      )}
      <h3>Everywhere</h3>
      {list([...globalKeys(), { keys: "Tab", does: "next control" }, { keys: "Esc", does: "close" }])}
      <form method="dialog">
        <button class="main">Close</button>
      </form>
    </dialog>
  );
}
