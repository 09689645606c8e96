import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.woff2': 'font/woff2'
};

/**
 * Serves a folder on a free port of this computer.
 * @param {string} folder
 * @returns {Promise<{ origin: string, close: () => void }>}
 */
export async function serve(folder) {
	const server = createServer(async (request, response) => {
		const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
		try {
			const body = await readFile(join(folder, path));
			const type = types[/** @type {keyof typeof types} */ (extname(path))];
			response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(body);
		} catch {
			response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
		}
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the server has no port');
	return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
