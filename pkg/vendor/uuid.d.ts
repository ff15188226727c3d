/** A UUID of version 7, later than every other one that this copy of the code has made. */
export function v7(): string;
