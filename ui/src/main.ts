import '$lib/styles/base.css';
import { mount } from 'svelte';
import { systemClock } from '$lib/clock';
import { tauriHost } from '$lib/host';
import { App } from '$lib/state/app.svelte';
import Window from './App.svelte';

const app = new App({
	host: tauriHost,
	clock: systemClock,
	hash: location.hash,
	darkQuery: matchMedia('(prefers-color-scheme: dark)')
});
app.ticker.start();
app.theme.start();
app.router.start(window);

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(Window, { target, props: { app } });
void app.start();
