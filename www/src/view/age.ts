const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** How long ago a key was made, in its largest unit. */
export function age(created: Date | undefined, now = Date.now()): string {
  if (created === undefined) return "age not known";
  const passed = now - created.getTime();
  for (const [unit, length] of UNITS) {
    const count = Math.floor(passed / length);
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"} old`;
  }
  return "new";
}
