/** One line the client printed. Lines about an event carry the number of its request. */
export interface SaidLine {
  readonly number: number | undefined;
  readonly text: string;
  readonly name: string;
  readonly failed: boolean;
}
