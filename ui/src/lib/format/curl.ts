const NEW_CODE = {
	name: 'New Production Sensor',
	device_type: 'IoT.Sensor.Temperature',
	permissions: ['sensor:read', 'telemetry:publish'],
	expires_in_minutes: 45
};

/** A line that tries a key over REST, ready for a terminal on this computer; `null` when the key may do neither. */
export function curlExample(
	key: { key: string; scopes: string[] },
	port: number,
	pin: string
): string | null {
	const server = `https://127.0.0.1:${port}/api/v1`;
	const asking = [`curl --insecure --pinnedpubkey '${pin}'`];
	const authorized = `-H 'Authorization: Bearer ${key.key}'`;
	if (key.scopes.includes('codes:create'))
		return [
			...asking,
			`${server}/devices/pairing-codes`,
			authorized,
			`-H 'Content-Type: application/json'`,
			`-d '${JSON.stringify(NEW_CODE)}'`
		].join(' \\\n  ');
	if (!key.scopes.includes('devices:read')) return null;
	return [...asking, `${server}/devices`, authorized].join(' \\\n  ');
}
