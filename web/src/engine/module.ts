// A module of the core (tools/build_wasm.sh): its functions on numbers and pointers, with texts, arrays and errors in the
// page's terms. Views into its memory die when the memory grows, so arrays come out as copies.

export type Call = (...args: number[]) => number;

/** What the core says when it refuses: its sentence, and its code ("LG_ERR_RANGE"). */
export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "EngineError";
  }
}

/** A row of the core's table of parameters: sliders are made of it. */
export interface Field {
  name: string;
  unit: string;
  default: number | null; // null: must be given, or the model finds it
  low: number;
  high: number;
  doc: string;
}

export class Module {
  private readonly memory: WebAssembly.Memory;
  private constructor(private readonly exports: WebAssembly.Exports) {
    this.memory = exports["memory"] as WebAssembly.Memory;
  }

  static async from(bytes: BufferSource): Promise<Module> {
    return new Module((await WebAssembly.instantiate(bytes, {})).instance.exports);
  }

  call(name: string, ...args: number[]): number {
    return (this.exports[name] as Call)(...args);
  }

  /** A call whose answer is a status. */
  must(name: string, ...args: number[]): void {
    const status = this.call(name, ...args);
    if (status !== 0) throw new EngineError(this.text(this.call("door_status", status)), this.text(this.call("door_message")));
  }

  /** A call whose answer is a pointer, 0 for failure. */
  made(name: string, ...args: number[]): number {
    const at = this.call(name, ...args);
    if (at === 0) throw new EngineError("LG_ERR_ARGUMENT", this.text(this.call("door_message")));
    return at;
  }

  text(at: number): string {
    const bytes = new Uint8Array(this.memory.buffer, at);
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }

  doubles(at: number, n: number): Float64Array {
    return n === 0 ? new Float64Array(0) : new Float64Array(this.memory.buffer, at, n).slice();
  }

  /** Calls `use` with a text in the module's memory. */
  withText<T>(text: string, use: (at: number) => T): T {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const at = this.made("door_alloc", bytes.length);
    new Uint8Array(this.memory.buffer, at).set(bytes);
    try {
      return use(at);
    } finally {
      this.call("door_free", at);
    }
  }

  /** The same with numbers. */
  withDoubles<T>(values: ArrayLike<number>, use: (at: number) => T): T {
    const at = this.made("door_alloc", 8 * Math.max(values.length, 1));
    new Float64Array(this.memory.buffer, at, values.length).set(values);
    try {
      return use(at);
    } finally {
      this.call("door_free", at);
    }
  }
}
