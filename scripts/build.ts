import { join, relative } from 'node:path';
import { bundleExporter } from './bundle.ts';

/** `npm run build`: bundles the exporter into one file for the image. */
const root = join(import.meta.dirname, '..');
const file = join(root, 'dist/pod-exporter.mjs');
const size = await bundleExporter(file);
console.log(`${relative(root, file)}: ${(size / 1024).toFixed(0)} KiB`);
