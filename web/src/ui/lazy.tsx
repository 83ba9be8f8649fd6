// A part of a page that is fetched after the page itself.
import { useSignal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { ErrorBox } from "./parts";

export function Lazy<P extends object>(props: { load: () => Promise<ComponentType<P>>; waiting: ComponentChildren } & P) {
  const Part = useSignal<ComponentType<P> | null>(null);
  const error = useSignal<Error | null>(null);
  useEffect(() => {
    props.load().then(
      (c) => (Part.value = c),
      (e: Error) => (error.value = e),
    );
  }, []);
  if (error.value) return <ErrorBox error={error.value} />;
  const { load: _load, waiting, ...rest } = props;
  const C = Part.value;
  return C ? <C {...(rest as unknown as P)} /> : <>{waiting}</>;
}
