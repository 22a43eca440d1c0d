import { defineConfig } from 'vite';

export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  logLevel: 'error',
  // The published runtime re-exports names that it does not have.
  build: {
    minify: false,
    sourcemap: false,
    chunkSizeWarningLimit: 50_000,
    rolldownOptions: { shimMissingExports: true },
  },
});
