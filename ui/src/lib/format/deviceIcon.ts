import Bot from '@lucide/svelte/icons/bot';
import Cloud from '@lucide/svelte/icons/cloud';
import Cpu from '@lucide/svelte/icons/cpu';
import Globe from '@lucide/svelte/icons/globe';
import House from '@lucide/svelte/icons/house';
import Lightbulb from '@lucide/svelte/icons/lightbulb';
import Plug from '@lucide/svelte/icons/plug';
import Router from '@lucide/svelte/icons/router';
import Smartphone from '@lucide/svelte/icons/smartphone';
import Thermometer from '@lucide/svelte/icons/thermometer';
import type { Component } from 'svelte';

/** Types are free text, so a picture goes by the words in them. The first match wins. */
const icons: [RegExp, Component][] = [
	[/sensor|temperature|thermo/i, Thermometer],
	[/gateway|router/i, Router],
	[/hub|home/i, House],
	[/light|lamp/i, Lightbulb],
	[/phone|tablet|mobile/i, Smartphone],
	[/cloud|vm/i, Cloud],
	[/web|browser/i, Globe],
	[/llm|assistant|agent/i, Bot],
	[/integration|service\.int/i, Plug]
];

export function deviceIcon(type: string): Component {
	return icons.find(([words]) => words.test(type))?.[1] ?? Cpu;
}
