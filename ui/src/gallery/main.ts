import '$lib/styles/base.css';
import { mount, tick } from 'svelte';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import type { Theme } from '$lib/bindings/Theme';
import { hrefOf, type Page } from '$lib/state/router.svelte';
import Window from '../App.svelte';
import Components from './Components.svelte';
import Index from './Index.svelte';
import { scenes } from './scenes';
import { stage } from './stage';

// ?page=…&state=…&theme=light|dark|system&locale=en|en-XA; without a page, the list of all.
const wanted = new URLSearchParams(location.search);
const page = wanted.get('page');
const state = wanted.get('state') ?? '';
const theme = (wanted.get('theme') ?? 'light') as Theme;
const locale = wanted.get('locale') === 'en-XA' ? 'en-XA' : 'en';
overwriteGetLocale(() => locale as 'en');

const target = document.getElementById('app');
if (!target) throw new Error('gallery.html has no #app');

if (page === null) {
	mount(Index, { target });
} else if (page === 'components') {
	document.documentElement.dataset.theme = theme;
	mount(Components, { target });
} else {
	const scene = scenes[page]?.[state];
	if (!scene) throw new Error(`no scene ${page}/${state}`);
	const set = stage(hrefOf(page as Page));
	set.host.data = { ...set.host.data, theme };
	set.app.router.start(window);
	mount(Window, { target, props: { app: set.app } });
	const afterwards = await scene(set);
	await tick();
	await afterwards?.();
}
await tick();
// A face is asked for when the first text in it is laid out, which may be after this; so all of them are, here.
await Promise.all([...document.fonts].map((face) => face.load()));
document.documentElement.dataset.ready = 'true';
