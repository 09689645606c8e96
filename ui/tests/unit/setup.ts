import '@testing-library/jest-dom/vitest';
import { configure } from '@testing-library/svelte';

// A whole window takes long to draw on a busy computer.
configure({ asyncUtilTimeout: 10_000 });
