// Compiles the message catalogue. `node scripts/messages.mjs` makes the English one the app ships;
// `--gallery` makes English plus the pseudo-locale that tests and the gallery use.
import { compile } from '@inlang/paraglide-js';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pseudoCatalogue } from './pseudo-locale.mjs';

const ui = join(dirname(fileURLToPath(import.meta.url)), '..');
const gallery = process.argv.includes('--gallery');

if (gallery) {
	const english = await readFile(join(ui, 'i18n/messages/en.json'), 'utf8');
	const out = join(ui, 'i18n/gallery-messages');
	await mkdir(out, { recursive: true });
	await writeFile(join(out, 'en.json'), english);
	const pseudo = JSON.stringify(pseudoCatalogue(JSON.parse(english)), null, '\t');
	await writeFile(join(out, 'en-XA.json'), `${pseudo}\n`);
}

await compile({
	project: join(ui, `i18n/${gallery ? 'gallery' : 'app'}.inlang`),
	outdir: join(ui, gallery ? '.paraglide-gallery' : 'src/lib/paraglide'),
	strategy: ['globalVariable', 'baseLocale'],
	emitTsDeclarations: true,
	emitReadme: false
});
