import { defineConfig } from 'vitest/config';

/** Looks at what `npm run build` made. */
export default defineConfig({ test: { include: ['tests/shipped/**/*.test.ts'] } });
