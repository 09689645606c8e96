// oidc-provider's device authorization flow (RFC 8628) over SQLite, as durable as the platform: WAL, synchronous=FULL,
// one transaction per write. `node server.mjs DATABASE` prints the port it listens on.
//
// POST /device/auth is a code being made; POST /token is a device coming in by it. POST /approve stands for the person
// who says yes between the two, and is not measured.
import { DatabaseSync } from 'node:sqlite';
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const db = new DatabaseSync(process.argv[2]);
db.exec(`
	PRAGMA journal_mode = WAL;
	PRAGMA synchronous = FULL;
	CREATE TABLE entry (
		model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, user_code TEXT, uid TEXT, consumed_at INTEGER,
		PRIMARY KEY (model, id)
	) WITHOUT ROWID;
	CREATE INDEX entry_grant ON entry (grant_id) WHERE grant_id IS NOT NULL;
	CREATE INDEX entry_user_code ON entry (user_code) WHERE user_code IS NOT NULL;
	CREATE INDEX entry_uid ON entry (uid) WHERE uid IS NOT NULL;
`);
const statements = {
	put: db.prepare(`INSERT INTO entry (model, id, payload, grant_id, user_code, uid) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id`),
	find: db.prepare('SELECT payload, consumed_at FROM entry WHERE model = ? AND id = ?'),
	byUserCode: db.prepare('SELECT payload, consumed_at FROM entry WHERE user_code = ? AND model = ?'),
	byUid: db.prepare('SELECT payload, consumed_at FROM entry WHERE uid = ? AND model = ?'),
	consume: db.prepare('UPDATE entry SET consumed_at = unixepoch() WHERE model = ? AND id = ?'),
	destroy: db.prepare('DELETE FROM entry WHERE model = ? AND id = ?'),
	revoke: db.prepare('DELETE FROM entry WHERE grant_id = ?')
};
const read = (row) =>
	row && { ...JSON.parse(row.payload), ...(row.consumed_at && { consumed: row.consumed_at }) };

class SqliteAdapter {
	constructor(model) {
		this.model = model;
	}
	async upsert(id, payload) {
		statements.put.run(
			this.model,
			id,
			JSON.stringify(payload),
			payload.grantId ?? null,
			payload.userCode ?? null,
			payload.uid ?? null
		);
	}
	async find(id) {
		return read(statements.find.get(this.model, id));
	}
	async findByUserCode(userCode) {
		return read(statements.byUserCode.get(userCode, this.model));
	}
	async findByUid(uid) {
		return read(statements.byUid.get(uid, this.model));
	}
	async consume(id) {
		statements.consume.run(this.model, id);
	}
	async destroy(id) {
		statements.destroy.run(this.model, id);
	}
	async revokeByGrantId(grantId) {
		statements.revoke.run(grantId);
	}
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address();
const provider = new Provider(`http://127.0.0.1:${port}`, {
	adapter: SqliteAdapter,
	clients: [
		{
			client_id: 'device',
			token_endpoint_auth_method: 'none',
			grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
			response_types: [],
			redirect_uris: []
		}
	],
	features: { deviceFlow: { enabled: true }, devInteractions: { enabled: false } },
	findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
	jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
	clientDefaults: { id_token_signed_response_alg: 'ES256' },
	cookies: { keys: ['benchmark'] },
	ttl: { AccessToken: 900, DeviceCode: 3600, Grant: 3600, IdToken: 900 }
});

async function approve(userCode) {
	const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
	const grant = new provider.Grant({ accountId: 'person', clientId: 'device' });
	grant.addOIDCScope('openid');
	Object.assign(code, { accountId: 'person', authTime: Math.floor(Date.now() / 1000), scope: 'openid' });
	code.grantId = await grant.save();
	await code.save();
}

const handle = provider.callback();
server.on('request', async (request, response) => {
	if (request.url !== '/approve') return handle(request, response);
	let body = '';
	for await (const chunk of request) body += chunk;
	db.exec('BEGIN');
	for (const userCode of JSON.parse(body)) await approve(userCode);
	db.exec('COMMIT');
	response.end('ok');
});
console.log(port);
