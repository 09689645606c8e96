export const PERMISSION_LIMIT = 64;

export type PermissionFault = 'empty' | 'too_long' | 'capital' | 'wildcard' | 'character' | 'shape';

/** Why `text` is no permission (`resource:action`), or `null` when it is one. */
export function permissionFault(text: string): PermissionFault | null {
	if (text === '') return 'empty';
	if (text.length > PERMISSION_LIMIT) return 'too_long';
	if (text.includes('*')) return 'wildcard';
	if (/[A-Z]/.test(text)) return 'capital';
	if (/[^a-z0-9._:-]/.test(text)) return 'character';
	if (!/^[a-z][a-z0-9._-]*:[a-z][a-z0-9._-]*$/.test(text)) return 'shape';
	return null;
}
