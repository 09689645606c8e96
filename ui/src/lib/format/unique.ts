/** Each once, in the order they came. */
export const unique = <T>(all: T[]): T[] => [...new Set(all)];
