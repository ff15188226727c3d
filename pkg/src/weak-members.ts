/** Objects that can be gone through and are kept alive by others: a forgotten one is taken out. */
export class WeakMembers<T extends object> {
  readonly #refs = new Set<WeakRef<T>>();
  readonly #forgotten = new FinalizationRegistry<WeakRef<T>>((ref) => this.#refs.delete(ref));

  add(member: T): void {
    const ref = new WeakRef(member);
    this.#refs.add(ref);
    this.#forgotten.register(member, ref);
  }

  clear(): void {
    this.#refs.clear();
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const ref of this.#refs) {
      const member = ref.deref();
      if (member) yield member;
    }
  }
}
