/** A line that makes a pairing code over REST, ready for a terminal on this computer. */
export function curlExample(key: string, port: number, pin: string): string {
	const body = {
		name: 'New Production Sensor',
		device_type: 'IoT.Sensor.Temperature',
		permissions: ['sensor:read', 'telemetry:publish'],
		expires_in_minutes: 45
	};
	return [
		`curl --insecure --pinnedpubkey '${pin}'`,
		`https://127.0.0.1:${port}/api/v1/devices/pairing-codes`,
		`-H 'Authorization: Bearer ${key}'`,
		`-H 'Content-Type: application/json'`,
		`-d '${JSON.stringify(body)}'`
	].join(' \\\n  ');
}
